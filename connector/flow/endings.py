"""Endings: how a command leaves the hands of dispatch, and the line that the journal keeps of it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from connector import log
from connector.bitrix24.outcome import Answer
from connector.flow.effects import Ending, Settled, effect_of
from connector.flow.portal import Portal
from connector.flow.telling import tell_of_parked, tell_of_quarrel
from connector.store import Connection, effects, journal, outbox
from connector.store.journal import NewLine
from connector.store.outbox import QueuedCommand

logger = logging.getLogger(__name__)

FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 2, 300
#: The portal may work on a call for its whole time limit; so long after that it is looked for.
SETTLE_SPAN = timedelta(seconds=10)


def end(conn: Connection, portal: Portal, command: QueuedCommand, settled: Settled, now: datetime) -> None:
    """Nothing is on its way any more: write down how the command ended, or when it comes again."""
    effects.withdraw(conn, portal.name, command.key)
    match settled.ending:
        case Ending.DONE:
            outbox.done(conn, command, now, remote_id=settled.remote_id, reason=settled.reason)
        case Ending.GIVEN_UP:
            outbox.done(conn, command, now, reason=settled.reason)
            note(conn, portal, command, "given_up", settled.reason, now)
        case Ending.WITHDRAWN:
            outbox.withdraw(conn, command, now, settled.reason)
        case Ending.CONFLICT:
            # One that may have left us may also have landed, after the move that it lost against.
            may_have_landed = command.state is outbox.State.UNKNOWN and command.sent_at is not None
            verify_at = verification_at(portal, command, now) if may_have_landed else None
            outbox.conflict(conn, command, now, settled.reason, verify_at=verify_at)
            note(conn, portal, command, "conflict", settled.reason, now)
        case Ending.QUARREL:
            outbox.conflict(conn, command, now, settled.reason)
            note(conn, portal, command, "conflict", settled.reason, now)
            tell_of_quarrel(conn, portal, command, now)
        case Ending.PARKED:
            _park(conn, portal, command, settled, now)
        case Ending.PUT_BACK:
            outbox.retry_at(conn, command, now + delay_of(command, None), settled.reason)


def _park(conn: Connection, portal: Portal, command: QueuedCommand, settled: Settled, now: datetime) -> None:
    was_sent = command.state is outbox.State.UNKNOWN
    flag = outbox.CARD if settled.is_up_to_card else outbox.UNSURE if was_sent else None
    if outbox.park(conn, command, now, settled.reason, flag=flag):
        note(conn, portal, command, "parked", settled.reason, now)
        tell_of_parked(conn, portal, command, settled.reason, now, is_up_to_card=settled.is_up_to_card)


def verification_at(portal: Portal, command: QueuedCommand, now: datetime) -> datetime | None:
    """When an effect that is done is looked at again; None: never."""
    return now + portal.config.call_cap + SETTLE_SPAN if effect_of(command.kind).is_verified else None


def become_unknown(
    conn: Connection, portal: Portal, command: QueuedCommand, reason: str, now: datetime
) -> None:
    """It may have run: leave it alone until the portal cannot be working on it any more."""
    outbox.unknown(conn, command, now + portal.config.call_cap + SETTLE_SPAN, reason)


def note(
    conn: Connection, portal: Portal, command: QueuedCommand, kind: str, text: str, now: datetime
) -> None:
    """A line of the journal and of the log."""
    line = NewLine(
        kind=kind,
        text=f"{command.kind}: {text}",
        ref=command.ref,
        pipeline=command.pipeline,
        signal_key=command.cause,
        command_key=command.key,
    )
    journal.add_many(conn, portal.name, [line], now)
    log_outcome(portal, command, kind, level=logging.WARNING, reason=text)


def log_outcome(
    portal: Portal, command: QueuedCommand, status: str, *, level: int = logging.INFO, **more: Any
) -> None:
    facts: dict[str, Any] = {"portal": portal.name, "item": command.ref, "command": command.kind, **more}
    log.note(logger, "dispatch", status, level=level, **facts)


def refusal_of(answer: Answer) -> str:
    """What the portal said, in its own words."""
    code = f"({answer.error})" if answer.error else ""
    return " ".join(part for part in (answer.description, code) if part) or answer.trouble.value


def delay_of(command: QueuedCommand, answer: Answer | None) -> timedelta:
    """When to try again what certainly did not run."""
    if answer is not None and answer.retry_after is not None:
        return timedelta(seconds=answer.retry_after)
    return timedelta(seconds=min(FIRST_DELAY_SECONDS * 2**command.delays, LONGEST_DELAY_SECONDS))
