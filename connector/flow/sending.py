"""Sending: due commands are claimed, put into one batch, sent, and each outcome is written down."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.bitrix24.call import BATCH_SIZE, Call, renamed
from connector.bitrix24.outcome import Answer, Outcome
from connector.errors import CRMError
from connector.flow import brake
from connector.flow.effects import ECHO_SPAN, Ending, Prepared, Settled, effect_of
from connector.flow.endings import (
    SETTLE_SPAN,
    become_unknown,
    delay_of,
    end,
    log_outcome,
    refusal_of,
    verification_at,
)
from connector.flow.portal import Portal
from connector.store import Connection, effects, outbox
from connector.store.effects import Effect as Echo
from connector.store.leases import Lease
from connector.store.outbox import QueuedCommand

logger = logging.getLogger(__name__)

CLAIM = 50
#: A batch may take the portal's whole time limit, and a cut one leaves every create in it unknown.
CREATES_IN_A_BATCH = 10
#: Each may take its whole timeout, and the lease must outlive them.
OUTSIDE_IN_A_BATCH = 5
#: The code by which the portal says what is wrong with the card: a field that a stage requires is empty, what
#: REST shows in this answer only (crm/universal/crm-item-update.md). A value that is not taken is ours, such
#: as a stage that was deleted: nothing on the card mends it.
_EMPTY_FIELD = "CRM_FIELD_ERROR_REQUIRED"


@dataclass(frozen=True, slots=True)
class Sending:
    """A claimed command with the calls that carry it, under names that are unique in the batch."""

    command: QueuedCommand
    prepared: Prepared
    prefix: str

    @property
    def calls(self) -> dict[str, Call]:
        return {
            f"{self.prefix}{name}": renamed(call, self.prefix) for name, call in self.prepared.calls.items()
        }

    @property
    def main(self) -> str:
        return self.prepared.main

    def answers(self, batch: Mapping[str, Answer]) -> dict[str, Answer]:
        """The answers to this command's calls, by their own names."""
        names = self.prepared.calls if self.prepared.outside is None else (self.main,)
        return {name: batch[f"{self.prefix}{name}"] for name in names}


def send(portal: Portal, lease: Lease) -> int:
    """Send what is due, as much as one batch takes; returns how many commands were claimed."""
    claimed = _claim(portal, lease)
    if not claimed:
        return 0
    ready = _prepare(portal, claimed)
    if ready:
        _expect_echoes(portal, lease, ready)
        if not _can_outlive(portal, lease):
            _put_back(portal, ready)
            return len(claimed)
        calls = {name: call for sending in ready for name, call in sending.calls.items()}
        answers = portal.client.send_many(calls) if calls else {}
        batch = answers | _call_out(portal, ready)
        for sending in ready:
            _record(portal, sending, sending.answers(batch))
    return len(claimed)


def _can_outlive(portal: Portal, lease: Lease) -> bool:
    """Whether what is sent now has settled before somebody else may take over and look for it.

    The looks beforehand may have taken minutes. Asked last of all: past this point only the portal could stop
    a late write, and REST 2 has nothing for that.
    """
    return lease.until_at - portal.clock.now() >= portal.config.call_cap + SETTLE_SPAN


def _put_back(portal: Portal, ready: Sequence[Sending]) -> None:
    now = portal.clock.now()
    with portal.database.write() as conn:
        for each in ready:
            effects.withdraw(conn, portal.name, each.command.key)
            outbox.retry_at(conn, each.command, now, "looking beforehand took too long")


def _claim(portal: Portal, lease: Lease) -> list[QueuedCommand]:
    now = portal.clock.now()
    with portal.database.write() as conn:
        if brake.holds(conn, portal, now):
            return []
        return outbox.claim(conn, portal.name, lease, now, CLAIM)


def _prepare(portal: Portal, claimed: Sequence[QueuedCommand]) -> list[Sending]:
    """What is to be sent now; everything else that was claimed is ended or put back."""
    settled = _guard(portal, claimed)
    ready: list[Sending] = []
    now = portal.clock.now()
    room, creates, outside = BATCH_SIZE, CREATES_IN_A_BATCH, OUTSIDE_IN_A_BATCH
    with portal.database.write() as conn:
        for command in claimed:
            prepared = settled.get(command.key) or _prepared(conn, portal, command)
            if isinstance(prepared, Settled):
                end(conn, portal, command, prepared, now)
                continue
            size, makes = len(prepared.calls), int(not effect_of(command.kind).is_repeatable)
            leaves = int(prepared.outside is not None)
            if size > room or makes > creates or leaves > outside:
                outbox.retry_at(conn, command, now, "the batch was full")
                continue
            room, creates, outside = room - size, creates - makes, outside - leaves
            ready.append(Sending(command, prepared, f"c{len(ready)}_"))
    return ready


def _prepared(conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
    """A payload that cannot be put into calls is a defect of ours, and holds up nobody else's command."""
    try:
        return effect_of(command.kind).prepare(conn, portal, command)
    except (ValueError, TypeError, KeyError) as error:
        logger.exception("action=dispatch status=defect item=%s command=%s", command.ref, command.kind)
        return Settled(Ending.PARKED, f"it cannot be written as a call: {type(error).__name__}: {error}")


def _guard(portal: Portal, claimed: Sequence[QueuedCommand]) -> dict[str, Settled | Prepared]:
    """What reading beforehand has decided, by key; one whose guard cannot be read is put back."""
    settled: dict[str, Settled | Prepared] = {}
    for kind in dict.fromkeys(command.kind for command in claimed):
        same = [command for command in claimed if command.kind == kind]
        try:
            settled |= effect_of(kind).guard(portal, same)
        except CRMError as error:
            settled |= {command.key: Settled(Ending.PUT_BACK, str(error)) for command in same}
    return settled


def _expect_echoes(portal: Portal, lease: Lease, ready: Sequence[Sending]) -> None:
    now = portal.clock.now()
    # It may leave as late as the lease allows; what came of it makes the span narrower.
    until = lease.until_at + portal.config.call_cap + ECHO_SPAN
    echoes = [
        Echo(each.command.key, each.command.ref, field, value, now - ECHO_SPAN, until)
        for each in ready
        for field, value in each.prepared.echoes
    ]
    if echoes:
        with portal.database.write() as conn:
            # One that is sent again is expected once, or a rep's own move there would be taken for the rest.
            for key in {echo.command_key for echo in echoes}:
                effects.withdraw(conn, portal.name, key)
            effects.expect(conn, portal.name, echoes)


def _call_out(portal: Portal, ready: Sequence[Sending]) -> dict[str, Answer]:
    """The calls that are not for the portal, one after the other."""
    answers = {}
    for sending in ready:
        if sending.prepared.outside is not None:
            reply = portal.outside.post(sending.prepared.outside)
            answers[f"{sending.prefix}{sending.main}"] = Answer(
                reply.outcome, description=reply.reason, retry_after=reply.retry_after
            )
    return answers


def _record(portal: Portal, sending: Sending, answers: Mapping[str, Answer]) -> None:
    """One command, one commit: an answer that cannot be read leaves this command unknown, and no other."""
    command = sending.command
    with portal.database.write() as conn:
        try:
            with conn.begin_nested():
                _record_outcome(conn, portal, sending, answers)
        except (CRMError, ValueError, TypeError, KeyError) as error:
            logger.exception(
                "action=dispatch status=unreadable item=%s command=%s", command.ref, command.kind
            )
            become_unknown(conn, portal, command, f"the answer cannot be read: {error}", portal.clock.now())
    log_outcome(portal, command, answers[sending.main].outcome.value)


def _record_outcome(
    conn: Connection, portal: Portal, sending: Sending, answers: Mapping[str, Answer]
) -> None:
    command, main, now = sending.command, answers[sending.main], portal.clock.now()
    effect = effect_of(command.kind)
    match main.outcome:
        case Outcome.DONE:
            remote_id = effect.keep(conn, portal, command, answers, now)
            verify_at = verification_at(portal, command, now)
            outbox.done(conn, command, now, remote_id=remote_id, verify_at=verify_at)
        case Outcome.REJECTED:
            is_up_to_card = main.error == _EMPTY_FIELD
            parked = Settled(Ending.PARKED, refusal_of(main), is_up_to_card)
            refused = effect.refused(command, answers) or parked
            end(conn, portal, command, refused, now)
        case Outcome.NOT_RUN:
            effects.withdraw(conn, portal.name, command.key)
            outbox.retry_at(conn, command, now + delay_of(command, main), refusal_of(main))
        case Outcome.UNKNOWN:
            become_unknown(conn, portal, command, refusal_of(main), now)
