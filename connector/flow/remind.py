"""Remind: timers that fell due become signals."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from connector.errors import StoreError
from connector.flow.portal import Portal
from connector.flow.signals import timer_signal
from connector.store import Connection, processes, signals, timers
from connector.store.processes import StoredProcess
from connector.store.timers import DueTimer
from pipelines.engine.process import Process
from pipelines.engine.timers import due_timers
from pipelines.findings import DefinitionError

logger = logging.getLogger(__name__)

BATCH = 200


def remind(portal: Portal) -> int:
    """Tell processes that their time has come; returns how many timers fired."""
    now = portal.clock.now()
    with portal.database.read() as conn:
        due = timers.due(conn, portal.name, now, BATCH)
    if not due:
        return 0
    with portal.database.write() as conn:
        for timer in _in_order(conn, portal, due, now):
            news = timer_signal(timer.pipeline, timer.name, timer.due_at, now)
            signals.add_many(conn, portal.name, timer.ref, [news], now)
        timers.fired(conn, due, now)
    return len(due)


def _in_order(conn: Connection, portal: Portal, due: Sequence[DueTimer], now: datetime) -> list[DueTimer]:
    """By instant; those of one process and instant in the order of its file."""
    places: dict[tuple[int, str], int] = {}
    for process_id, count in Counter(timer.process_id for timer in due).items():
        stored = processes.get(conn, process_id) if count > 1 else None
        if stored is not None:
            names = _names_in_order(conn, portal, stored, now)
            places |= {(process_id, name): place for place, name in enumerate(names)}
    return sorted(due, key=lambda timer: (timer.due_at, places.get((timer.process_id, timer.name), 0)))


def _names_in_order(
    conn: Connection, portal: Portal, stored: StoredProcess, now: datetime
) -> tuple[str, ...]:
    """A process that cannot be read is told in any order: then its item is parked with the reason, alone."""
    try:
        return due_timers(portal.versions.get(conn, stored.version), Process.from_json(stored.state), now)
    except (StoreError, DefinitionError, ValueError):
        logger.exception("action=remind status=unreadable portal=%s item=%s", portal.name, stored.ref)
        return ()
