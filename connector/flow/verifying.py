"""Verifying: a stage that was pushed is looked at again when nothing can be under way any more.

Between our last look at the history and the write a rep may have moved the card: then the first row after the
visit is not ours, and the rep was overridden. That is flagged, said on the card, and never fought. The store
is enough for it: the stage history is read every minute anyway, and our row was known as it came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from connector.flow.effects.items import ROW_SPAN
from connector.flow.endings import SETTLE_SPAN, note
from connector.flow.portal import Portal
from connector.flow.signals import visit_key
from connector.flow.telling import tell_of_override
from connector.records import StageMove
from connector.store import Connection, mirror, outbox, signals, visits
from connector.store.outbox import QueuedCommand, State

#: Commands of one commit.
BUNDLE = 50
#: A row that is not there yet is waited for: so long between looks, so long in all. A write of the stage in
#: which the card stood already leaves none.
AGAIN, LONGEST = timedelta(minutes=1), timedelta(minutes=10)
OVERRIDE = "override"


def verify(portal: Portal, due: Sequence[QueuedCommand]) -> int:
    """Look at the pushed stages whose time has come (`outbox.to_verify`); returns how many those are."""
    now = portal.clock.now()
    with portal.database.write() as conn:
        for command in due:
            _verify(conn, portal, command, now)
    return len(due)


def _verify(conn: Connection, portal: Portal, command: QueuedCommand, now: datetime) -> None:
    later = visits.after(conn, portal.name, command.ref, command.payload["visit"])
    ours = _ours(conn, portal, command, later)
    is_awaited = ours is None if command.state is State.DONE else not later
    # A deleted card has no history, and nobody to tell.
    is_there = mirror.get_item(conn, portal.name, command.ref) is not None
    if is_awaited and is_there and command.finished_at is not None and now < command.finished_at + LONGEST:
        outbox.verify_later(conn, command, now + AGAIN)
        return
    theirs = _overridden(portal, command, later, ours)
    outbox.verified(conn, command, flag=OVERRIDE if theirs is not None else None)
    if theirs is not None:
        text = f"the card was moved to {theirs.stage_id} meanwhile, before our move: the rep was told"
        note(conn, portal, command, OVERRIDE, text, now)
        tell_of_override(conn, portal, command, theirs, now)


def _ours(conn: Connection, portal: Portal, command: QueuedCommand, later: Sequence[StageMove]) -> int | None:
    """Which of the rows was taken for the command's, if any was.

    Of several in the same moment the last: the portal counts seconds, and a rep who has lost against us hears
    of it rather once too often than not at all.
    """
    told = signals.payloads_of(conn, portal.name, command.ref, [visit_key(move) for move in later])
    causes = {key: payload["command"] for key, payload in told.items()}
    ours = next((move for move in later if causes.get(visit_key(move)) == command.key), None)
    if ours is None:
        return None
    # Nobody heard when it landed: any time while the portal could be at it.
    span = portal.config.call_cap + SETTLE_SPAN if command.remote_id is not None else ROW_SPAN
    alike = (n for n, move in enumerate(later) if move.stage_id == ours.stage_id)
    return max(n for n in alike if abs(later[n].at - ours.at) <= span)


def _overridden(
    portal: Portal, command: QueuedCommand, later: Sequence[StageMove], ours: int | None
) -> StageMove | None:
    """The move of somebody else that ours came after; None if ours was the first, or never landed."""
    if ours is not None:
        return later[ours - 1] if ours else None
    if not later or later[0].stage_id == command.payload["stage_id"]:
        return None
    if command.state is State.DONE:
        return later[0]
    # Nobody knows whether it ran: it did if the card came into our stage while it could.
    assert command.sent_at is not None  # what was never sent is not verified
    until = command.sent_at + portal.config.call_cap + SETTLE_SPAN
    landed = any(each.stage_id == command.payload["stage_id"] and each.at <= until for each in later[1:])
    return later[0] if landed else None
