"""Settling: what became of commands whose outcome is unknown. They are looked for, and only then repeated."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connector.bitrix24.call import Call, renamed
from connector.bitrix24.outcome import Answer
from connector.errors import CRMError
from connector.flow.effects import Ending, Found, Look, Settled, effect_of
from connector.flow.endings import delay_of, end, note, refusal_of, verification_at
from connector.flow.portal import Portal
from connector.store import Connection, outbox
from connector.store.leases import Lease
from connector.store.outbox import QueuedCommand

logger = logging.getLogger(__name__)

CLAIM = 50
#: Probes that must find nothing, this far apart, before a repeat; tries before a person must decide.
PROBES, PROBE_SPAN, MOST_TRIES = 2, timedelta(seconds=10), 5
#: A command that could not be looked for so often in a row, in about a day, waits for a person.
MOST_LOOKS = 300

_ENDINGS = {
    Found.CONFLICT: Ending.CONFLICT,
    Found.PARKED: Ending.PARKED,
    Found.GIVEN_UP: Ending.GIVEN_UP,
}


def settle(portal: Portal, lease: Lease) -> int:
    """Look for the unknown commands whose time has come; returns how many were looked at."""
    with portal.database.write() as conn:
        unknown = outbox.claim_unknown(conn, portal.name, lease, portal.clock.now(), CLAIM)
    probes = {
        f"p{number}_{name}": renamed(call, f"p{number}_")
        for number, command in enumerate(unknown)
        for name, call in _probe(portal, command).items()
    }
    try:
        batch = portal.client.ask_many(probes) if probes else {}
    except CRMError as error:
        _put_off(portal, unknown, str(error))
        return 0
    for number, command in enumerate(unknown):
        prefix = f"p{number}_"
        answers = {name[len(prefix) :]: each for name, each in batch.items() if name.startswith(prefix)}
        _settle_one(portal, command, answers)
    return len(unknown)


def _probe(portal: Portal, command: QueuedCommand) -> Mapping[str, Call]:
    """One that cannot be looked for is a defect of ours: the other commands are looked for all the same."""
    try:
        return effect_of(command.kind).probe(portal, command)
    except (ValueError, TypeError, KeyError):
        logger.exception("action=settle status=defect item=%s command=%s", command.ref, command.kind)
        return {}


def _put_off(portal: Portal, unknown: Sequence[QueuedCommand], reason: str) -> None:
    now = portal.clock.now()
    with portal.database.write() as conn:
        for command in unknown:
            _look_again(conn, portal, command, reason, now)


def _settle_one(portal: Portal, command: QueuedCommand, answers: Mapping[str, Answer]) -> None:
    """One command, one commit: what is wrong with one answer is no matter of the others."""
    now = portal.clock.now()
    with portal.database.write() as conn:
        try:
            with conn.begin_nested():
                _judge(conn, portal, command, answers, now)
        except CRMError as error:
            _look_again(conn, portal, command, str(error), now)
        except (ValueError, TypeError, KeyError) as error:
            logger.exception("action=settle status=defect item=%s command=%s", command.ref, command.kind)
            _look_again(conn, portal, command, f"{type(error).__name__}: {error}", now)


def _judge(
    conn: Connection, portal: Portal, command: QueuedCommand, answers: Mapping[str, Answer], now: datetime
) -> None:
    effect = effect_of(command.kind)
    failed = next((answer for answer in answers.values() if not answer.is_done), None)
    if failed is not None:
        _look_again(conn, portal, command, refusal_of(failed), now)
        return
    if effect.is_repeatable:
        _repeat(conn, portal, command, now, "safe to send again")
        return
    look = effect.look(portal, command, answers)
    if look.found is Found.DONE:
        effect.adopt(conn, portal, command, answers, now)
        outbox.done(
            conn,
            command,
            now,
            remote_id=look.remote_id,
            reason="found by its marker",
            verify_at=verification_at(portal, command, now),
        )
        note(conn, portal, command, "adopted", "the portal had done it already: it is not done again", now)
    elif look.found is not Found.NOTHING and _needs_no_person(command, look):
        end(conn, portal, command, Settled(_ENDINGS[look.found], look.reason), now)
    else:
        _found_nothing(conn, portal, command, look, now)


def _needs_no_person(command: QueuedCommand, look: Look) -> bool:
    """Whether it ends here: what may go out once only goes out again when a person has said so.

    After a restore the look itself tells whether it went out, where looking can tell.
    """
    may_go_again = {
        outbox.APPROVED: (Found.PARKED, Found.GIVEN_UP),
        outbox.RESTORED: (Found.GIVEN_UP,),
    }
    return look.found not in may_go_again.get(command.flag or "", ())


def _found_nothing(
    conn: Connection, portal: Portal, command: QueuedCommand, look: Look, now: datetime
) -> None:
    # What was sent long ago, if ever, is not under way any more: one look is enough.
    if command.probes + 1 < PROBES and command.flag not in (outbox.APPROVED, outbox.RESTORED):
        outbox.found_nothing(conn, command, now + PROBE_SPAN)
    else:
        _repeat(conn, portal, command, now, look.reason or "the portal has no trace of it")


def _look_again(conn: Connection, portal: Portal, command: QueuedCommand, reason: str, now: datetime) -> None:
    """The probe had no answer: later again, but not for ever.

    Looks are counted and not days: nobody looks while the program does not run.
    """
    if command.delays >= MOST_LOOKS:
        end(conn, portal, command, Settled(Ending.PARKED, f"it cannot be looked for: {reason}"), now)
    else:
        outbox.probe_failed(conn, command, now + delay_of(command, None), reason)


def _repeat(conn: Connection, portal: Portal, command: QueuedCommand, now: datetime, reason: str) -> None:
    if command.tries >= MOST_TRIES:
        parked = Settled(Ending.PARKED, f"sent {command.tries} times without an answer")
        end(conn, portal, command, parked, now)
    else:
        outbox.repeat(conn, command, now, reason)
