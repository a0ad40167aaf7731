"""Remind: timers that fell due become signals."""

from __future__ import annotations

from connector.flow.portal import Portal
from connector.flow.signals import timer_signal
from connector.store import signals, timers

BATCH = 200


def remind(portal: Portal) -> int:
    """Tell processes that their time has come; returns how many timers fired."""
    now = portal.clock.now()
    with portal.database.read() as conn:
        due = timers.due(conn, portal.name, now, BATCH)
    if not due:
        return 0
    with portal.database.write() as conn:
        for timer in due:
            news = timer_signal(timer.pipeline, timer.name, timer.due_at, now)
            signals.add_many(conn, portal.name, timer.ref, [news], now)
        timers.fired(conn, due, now)
    return len(due)
