"""Dispatch: commands leave the outbox, each with one of four outcomes, written down before all else.

A claimed command is `sending` in the store before its first byte leaves, so a crash makes it unknown and
never forgotten. An unknown command settles (the portal may work on it for its whole time limit), is looked
for by its marker, and only then repeated under the same key.
"""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connector import log
from connector.bitrix24.call import BATCH_SIZE, Call, Ref
from connector.bitrix24.outcome import Answer, Outcome
from connector.errors import CRMError
from connector.flow import brake
from connector.flow.effects import ECHO_SPAN, Ending, Found, Prepared, Settled, effect_of
from connector.flow.portal import Portal
from connector.store import Connection, effects, journal, leases, outbox
from connector.store.effects import Effect as Echo
from connector.store.journal import NewLine
from connector.store.leases import Lease
from connector.store.outbox import QueuedCommand

logger = logging.getLogger(__name__)

CLAIM = 50
#: A batch may take the portal's whole time limit, and a cut one leaves every create in it unknown.
CREATES_IN_A_BATCH = 10
#: Each may take its whole timeout, and the lease must outlive them.
OUTSIDE_IN_A_BATCH = 5
#: Longer than two calls, so that a lease outlives the request that it was taken for.
LEASE_SECONDS = 180.0
SETTLE_SPAN = timedelta(seconds=10)
#: Probes that must find nothing, this far apart, before a repeat; tries before a person must decide.
PROBES, PROBE_SPAN, MOST_TRIES = 2, timedelta(seconds=10), 5
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 2, 300


@dataclass(frozen=True, slots=True)
class Sending:
    """A claimed command with the calls that carry it, under names that are unique in the batch."""

    command: QueuedCommand
    prepared: Prepared
    prefix: str

    @property
    def calls(self) -> dict[str, Call]:
        return {
            f"{self.prefix}{name}": _renamed(call, self.prefix) for name, call in self.prepared.calls.items()
        }

    @property
    def main(self) -> str:
        return self.prepared.main

    def answers(self, batch: Mapping[str, Answer]) -> dict[str, Answer]:
        """The answers to this command's calls, by their own names."""
        names = self.prepared.calls if self.prepared.outside is None else (self.main,)
        return {name: batch[f"{self.prefix}{name}"] for name in names}


class Dispatcher:
    """Sends one portal's commands; one at a time, held by a lease."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._holder = _holder(portal)
        self._lease: Lease | None = None

    def dispatch(self) -> int:
        """Probe what is unknown, send what is due; returns how many commands were looked at."""
        if not self._hold_lease():
            return 0
        return self._probe() + self._send()

    def _hold_lease(self) -> bool:
        """Take or renew the lease; on taking it, whatever an earlier holder was sending is unknown."""
        portal, now = self._portal, self._portal.clock.now()
        if self._lease is not None and self._lease.until_at - now > timedelta(seconds=LEASE_SECONDS / 2):
            return True
        with portal.database.write() as conn:
            renewed = leases.renew(conn, self._lease, now, LEASE_SECONDS) if self._lease else None
            if renewed is None:
                renewed = leases.take(conn, f"dispatch:{portal.name}", self._holder, now, LEASE_SECONDS)
                if renewed is not None:
                    outbox.recover(conn, portal.name, renewed, now, cap_seconds=self._cap.total_seconds())
            self._lease = renewed
        return renewed is not None

    def release(self) -> None:
        """Give the lease back, so that the next process need not wait for its end."""
        if self._lease is not None:
            with self._portal.database.write() as conn:
                leases.release(conn, self._lease, self._portal.clock.now())
            self._lease = None

    # --- sending -------------------------------------------------------------------------------------------

    def _send(self) -> int:
        claimed = self._claim()
        if not claimed:
            return 0
        ready = self._prepare(claimed)
        if ready:
            self._expect_echoes(ready)
            calls = {name: call for sending in ready for name, call in sending.calls.items()}
            answers = self._portal.client.send_many(calls) if calls else {}
            self._record(ready, answers | self._call_out(ready))
        return len(claimed)

    def _call_out(self, ready: Sequence[Sending]) -> dict[str, Answer]:
        """The calls that are not for the portal, one after the other."""
        answers = {}
        for sending in ready:
            if sending.prepared.outside is not None:
                reply = self._portal.outside.post(sending.prepared.outside)
                answers[f"{sending.prefix}{sending.main}"] = Answer(
                    reply.outcome, description=reply.reason, retry_after=reply.retry_after
                )
        return answers

    def _claim(self) -> list[QueuedCommand]:
        portal, now = self._portal, self._portal.clock.now()
        assert self._lease is not None
        with portal.database.read() as conn:
            if not outbox.counts(conn, portal.name).get(outbox.State.PENDING):
                return []
        with portal.database.write() as conn:
            if brake.holds(conn, portal, now):
                return []
            return outbox.claim(conn, portal.name, self._lease, now, CLAIM)

    def _prepare(self, claimed: Sequence[QueuedCommand]) -> list[Sending]:
        """What is to be sent now; everything else that was claimed is ended or put back."""
        portal = self._portal
        settled = self._guard(claimed)
        ready: list[Sending] = []
        now = portal.clock.now()
        room, creates, outside = BATCH_SIZE, CREATES_IN_A_BATCH, OUTSIDE_IN_A_BATCH
        with portal.database.write() as conn:
            for command in claimed:
                effect = effect_of(command.kind)
                prepared = settled.get(command.key) or effect.prepare(conn, portal, command)
                if isinstance(prepared, Settled):
                    self._end(conn, command, prepared, now)
                    continue
                size, makes = len(prepared.calls), int(not effect.is_repeatable)
                leaves = int(prepared.outside is not None)
                if size > room or makes > creates or leaves > outside:
                    outbox.retry_at(conn, command, now, "the batch was full")
                    continue
                room, creates, outside = room - size, creates - makes, outside - leaves
                ready.append(Sending(command, prepared, f"c{len(ready)}_"))
        return ready

    def _guard(self, claimed: Sequence[QueuedCommand]) -> dict[str, Settled | Prepared]:
        """What reading beforehand has decided, by key; one whose guard cannot be read is put back."""
        settled: dict[str, Settled | Prepared] = {}
        for kind in dict.fromkeys(command.kind for command in claimed):
            same = [command for command in claimed if command.kind == kind]
            try:
                settled |= effect_of(kind).guard(self._portal, same)
            except CRMError as error:
                settled |= {command.key: Settled(Ending.PUT_BACK, str(error)) for command in same}
        return settled

    def _expect_echoes(self, ready: Sequence[Sending]) -> None:
        portal, now = self._portal, self._portal.clock.now()
        until = now + self._cap + ECHO_SPAN
        echoes = [
            Echo(each.command.key, each.command.ref, field, value, now - ECHO_SPAN, until)
            for each in ready
            for field, value in each.prepared.echoes
        ]
        if echoes:
            with portal.database.write() as conn:
                effects.expect(conn, portal.name, echoes)

    def _record(self, ready: Sequence[Sending], batch: Mapping[str, Answer]) -> None:
        portal, now = self._portal, self._portal.clock.now()
        with portal.database.write() as conn:
            for sending in ready:
                answers = sending.answers(batch)
                self._record_one(conn, sending, answers, now)
                facts: dict[str, Any] = {
                    "portal": portal.name,
                    "item": sending.command.ref,
                    "command": sending.command.kind,
                }
                log.note(logger, "dispatch", answers[sending.main].outcome.value, **facts)

    def _record_one(
        self, conn: Connection, sending: Sending, answers: Mapping[str, Answer], now: datetime
    ) -> None:
        command, main = sending.command, answers[sending.main]
        effect = effect_of(command.kind)
        match main.outcome:
            case Outcome.DONE:
                remote_id = effect.keep(conn, self._portal, command, answers, now)
                outbox.done(conn, command, now, remote_id=remote_id)
            case Outcome.REJECTED:
                refused = effect.refused(answers) or Settled(Ending.PARKED, _refusal(main))
                self._end(conn, command, refused, now)
            case Outcome.NOT_RUN:
                outbox.retry_at(conn, command, now + _delay(command, main), _refusal(main))
            case Outcome.UNKNOWN:
                outbox.unknown(conn, command, now + self._cap + SETTLE_SPAN, _refusal(main))

    def _end(self, conn: Connection, command: QueuedCommand, settled: Settled, now: datetime) -> None:
        match settled.ending:
            case Ending.DONE:
                outbox.done(conn, command, now, reason=settled.reason)
            case Ending.WITHDRAWN:
                outbox.withdraw(conn, command, now, settled.reason)
            case Ending.CONFLICT:
                outbox.conflict(conn, command, now, settled.reason)
                self._note(conn, command, "conflict", settled.reason, now)
            case Ending.PARKED:
                outbox.park(conn, command, now, settled.reason)
                self._note(conn, command, "parked", settled.reason, now)
            case Ending.PUT_BACK:
                outbox.retry_at(conn, command, now + _delay(command, None), settled.reason)

    # --- unknown outcomes ----------------------------------------------------------------------------------

    def _probe(self) -> int:
        portal, now = self._portal, self._portal.clock.now()
        assert self._lease is not None
        with portal.database.read() as conn:
            if not outbox.counts(conn, portal.name).get(outbox.State.UNKNOWN):
                return 0
        with portal.database.write() as conn:
            unknown = outbox.claim_unknown(conn, portal.name, self._lease, now, CLAIM)
        probes = {
            f"p{number}_{name}": call
            for number, command in enumerate(unknown)
            for name, call in effect_of(command.kind).probe(portal, command).items()
        }
        try:
            batch = portal.client.ask_many(probes) if probes else {}
        except CRMError as error:
            self._put_off(unknown, str(error))
            return 0
        now = portal.clock.now()
        with portal.database.write() as conn:
            for number, command in enumerate(unknown):
                prefix = f"p{number}_"
                answers = {
                    name[len(prefix) :]: each for name, each in batch.items() if name.startswith(prefix)
                }
                self._settle(conn, command, answers, now)
        return len(unknown)

    def _put_off(self, unknown: Sequence[QueuedCommand], reason: str) -> None:
        now = self._portal.clock.now()
        with self._portal.database.write() as conn:
            for command in unknown:
                outbox.probe_failed(conn, command, now + PROBE_SPAN, reason)

    def _settle(
        self, conn: Connection, command: QueuedCommand, answers: Mapping[str, Answer], now: datetime
    ) -> None:
        """What became of an unknown command, as far as the probe shows."""
        effect = effect_of(command.kind)
        failed = next((answer for answer in answers.values() if not answer.is_done), None)
        if failed is not None:
            outbox.probe_failed(conn, command, now + PROBE_SPAN, _refusal(failed))
            return
        if effect.is_repeatable:
            self._repeat(conn, command, now, "safe to send again")
            return
        look = effect.look(self._portal, command, answers)
        match look.found:
            case Found.DONE:
                effect.adopt(conn, self._portal, command, answers, now)
                outbox.done(conn, command, now, remote_id=look.remote_id, reason="found by its marker")
                self._note(conn, command, "adopted", "the portal had done it although no answer came", now)
            case Found.CONFLICT:
                outbox.conflict(conn, command, now, look.reason)
                self._note(conn, command, "conflict", look.reason, now)
            case Found.PARKED:
                outbox.park(conn, command, now, look.reason)
                self._note(conn, command, "parked", look.reason, now)
            case Found.GIVEN_UP:
                outbox.done(conn, command, now, reason=look.reason)
                self._note(conn, command, "given_up", look.reason, now)
            case Found.NOTHING if command.probes + 1 < PROBES:
                outbox.found_nothing(conn, command, now + PROBE_SPAN)
            case Found.NOTHING:
                self._repeat(conn, command, now, "the portal has no trace of it")

    def _repeat(self, conn: Connection, command: QueuedCommand, now: datetime, reason: str) -> None:
        if command.tries >= MOST_TRIES:
            outbox.park(conn, command, now, f"sent {command.tries} times without an answer")
            self._note(conn, command, "parked", f"sent {command.tries} times without an answer", now)
        else:
            outbox.repeat(conn, command, now, reason)

    # --- bookkeeping ---------------------------------------------------------------------------------------

    @property
    def _cap(self) -> timedelta:
        return self._portal.config.call_cap

    def _note(self, conn: Connection, command: QueuedCommand, kind: str, text: str, now: datetime) -> None:
        line = NewLine(
            kind=kind,
            text=f"{command.kind}: {text}",
            ref=command.ref,
            pipeline=command.pipeline,
            signal_key=command.cause,
            command_key=command.key,
        )
        journal.add_many(conn, self._portal.name, [line], now)
        facts: dict[str, Any] = {
            "portal": self._portal.name,
            "item": command.ref,
            "command": command.kind,
            "reason": text,
        }
        log.note(logger, "dispatch", kind, level=logging.WARNING, **facts)


def _holder(portal: Portal) -> str:
    """Who holds the lease. On SQLite the engine lock shows that an earlier holder is dead: it is ours."""
    if portal.database.is_sqlite:
        return "the engine of this file"
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def _refusal(answer: Answer) -> str:
    return " ".join(
        part for part in (answer.description, f"({answer.error})" if answer.error else "") if part
    ) or (answer.trouble.value)


def _delay(command: QueuedCommand, answer: Answer | None) -> timedelta:
    if answer is not None and answer.retry_after is not None:
        return timedelta(seconds=answer.retry_after)
    return timedelta(seconds=min(FIRST_DELAY_SECONDS * 2**command.delays, LONGEST_DELAY_SECONDS))


def _renamed(call: Call, prefix: str) -> Call:
    """The call with its references to other calls of the same command under their names in the batch."""
    return replace(call, params={name: _rename(value, prefix) for name, value in call.params.items()})


def _rename(value: Any, prefix: str) -> Any:
    match value:
        case Ref(key=key, path=path):
            return Ref(f"{prefix}{key}", path)
        case Mapping():
            return {name: _rename(inner, prefix) for name, inner in value.items()}
        case list() | tuple():
            return [_rename(inner, prefix) for inner in value]
        case _:
            return value
