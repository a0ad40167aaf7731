"""The REST client of one portal: the product's only way out.

Reads (`ask`, `ask_many`) are repeated for some seconds and then raise by what the caller must do. Writes
(`send`, `send_many`) are never repeated once a byte may have reached the portal, and never raise for what the
portal says or does not say: they return one of four outcomes, and the outbox settles the unknown ones.

REST 2 calls go into batches of at most 50; REST 3.0 has another kind of batch (an array that fails as a
whole), so its calls go one by one. Credentials are in the address: it never leaves this package.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

from requests.adapters import BaseAdapter

from connector.bitrix24.auth import Auth
from connector.bitrix24.call import BATCH_SIZE, Call, Priority, as_command, keys_used
from connector.bitrix24.classify import classify_commands
from connector.bitrix24.exchange import Exchange
from connector.bitrix24.outcome import Answer, Outcome, Trouble, error_of
from connector.bitrix24.standing import Block
from connector.bitrix24.throttle import Throttle
from connector.bitrix24.transport import BODY_CAP_BYTES, USER_AGENT, BeforeBody, Transport, at_once
from connector.clock import Clock

_KEY = re.compile(r"[A-Za-z0-9_]+")
_HALTED = Answer(Outcome.NOT_RUN, trouble=Trouble.HALTED, description="an earlier command is not sent now")


class Client:
    """Reads and writes of one portal; thread-safe."""

    def __init__(
        self,
        auth: Auth,
        *,
        clock: Clock,
        throttle: Throttle,
        adapter: BaseAdapter | None = None,
        call_cap_seconds: float = 60.0,
        body_cap_bytes: int = BODY_CAP_BYTES,
        user_agent: str = USER_AGENT,
    ) -> None:
        self.clock = clock
        self.throttle = throttle
        #: Host of the portal; not a secret.
        self.host = auth.host
        self._transport = Transport(
            clock=clock,
            adapter=adapter,
            call_cap_seconds=call_cap_seconds,
            body_cap_bytes=body_cap_bytes,
            user_agent=user_agent,
        )
        self._exchange = Exchange(auth, self._transport, throttle, clock)

    @property
    def requests_sent(self) -> int:
        """HTTP requests since the client was made."""
        return self._exchange.requests_sent

    @property
    def requests_refused(self) -> int:
        """How many of them the portal refused for coming too fast."""
        return self.throttle.requests_refused

    @property
    def block(self) -> Block | None:
        """Why nothing is sent now (overload, credential refused, renamed, unreachable); None: all is well."""
        return self.throttle.standing.block

    def budget(self) -> float:
        """Share of the leaky bucket in use, 0 to 1."""
        return min(self.throttle.share_used(), 1.0)

    def close(self) -> None:
        self._transport.close()

    def ask(self, call: Call, *, priority: Priority = Priority.SWEEP) -> Answer:
        """A read: retried for seconds, then a CRMError by what to do; returns DONE only."""
        answer = self._exchange.ask(call, is_write=False, priority=priority)
        if error := error_of(answer, call.method):
            raise error
        return answer

    def ask_many(
        self,
        calls: Mapping[str, Call],
        *,
        halt: bool = False,
        priority: Priority = Priority.SWEEP,
        before_body: BeforeBody = at_once,
    ) -> dict[str, Answer]:
        """Reads in one request (more than 50: several); every command has its own outcome.

        Raises only if a request as a whole failed. A command that was refused for its own reasons (run time
        used up, gone, no rights) is in the answers. `halt`: nothing after the first failure is run, and there
        may be at most 50 commands (ValueError). A `Ref` reaches only commands of its own request.
        `before_body` may wait before the answer to a batch is taken in: answers that nobody has read yet lie
        with the portal then, and not in our memory.
        """
        if halt and len(calls) > BATCH_SIZE:
            raise ValueError(f"a batch that stops at a failure holds at most {BATCH_SIZE} commands")
        answers: dict[str, Answer] = {}
        for part in _parts(calls):
            answers |= self._commands(
                part, halt=halt, is_write=False, priority=priority, before_body=before_body
            )
        return answers

    def send(self, call: Call, *, priority: Priority = Priority.REP) -> Answer:
        """A write: repeated only if it certainly did not run; the answer has one of four outcomes."""
        return self._exchange.ask(call, is_write=True, priority=priority)

    def send_many(
        self, calls: Mapping[str, Call], *, halt: bool = False, priority: Priority = Priority.REP
    ) -> dict[str, Answer]:
        """Writes in one batch (ValueError over 50): every command has its own outcome.

        No answer to the batch: every command is UNKNOWN, so creates belong into small ones.
        """
        if len(calls) > BATCH_SIZE:
            raise ValueError(f"a batch of writes holds at most {BATCH_SIZE} commands, not {len(calls)}")
        return self._commands(calls, halt=halt, is_write=True, priority=priority)

    # -- batches ---------------------------------------------------------------------------------

    def _commands(
        self,
        calls: Mapping[str, Call],
        *,
        halt: bool,
        is_write: bool,
        priority: Priority,
        before_body: BeforeBody = at_once,
    ) -> dict[str, Answer]:
        single = {key: call for key, call in calls.items() if call.api == "v3"}
        if single and halt:
            raise ValueError("REST 3.0 calls cannot take part in a batch that stops at a failure")
        batched = {key: call for key, call in calls.items() if key not in single}
        found = self._batch(batched, halt, is_write, priority, before_body) if batched else {}
        for key, call in single.items():
            found[key] = self._exchange.ask(call, is_write=is_write, priority=priority)
        return {key: found[key] for key in calls}

    def _batch(
        self,
        calls: Mapping[str, Call],
        halt: bool,
        is_write: bool,
        priority: Priority,
        before_body: BeforeBody,
    ) -> dict[str, Answer]:
        parked = self._parked(calls, halt, priority)
        sent = {key: call for key, call in calls.items() if key not in parked}
        if not sent:
            return parked
        batch = Call("batch", {"halt": int(halt), "cmd": _lines(sent)})
        with self.throttle.under_way(Counter(call.account for call in sent.values())):
            whole = self._exchange.ask(batch, is_write=is_write, priority=priority, before_body=before_body)
        if not is_write and (error := error_of(whole, "batch")):
            raise error
        methods = {key: call.method for key, call in sent.items()}
        answers = classify_commands(whole, methods, is_write=is_write, halt=halt)
        if whole.is_done:
            answers = {
                key: self._exchange.learn_command(sent[key], one, priority) for key, one in answers.items()
            }
        return answers | parked

    def _parked(self, calls: Mapping[str, Call], halt: bool, priority: Priority) -> dict[str, Answer]:
        """Commands that are not sent: the run time of their method is used up, or they hang on one such."""
        parked: dict[str, Answer] = {}
        for key, call in calls.items():
            refusal = self.throttle.parked(call.account, priority)
            if refusal is None and parked and (halt or keys_used(call) & parked.keys()):
                refusal = _HALTED
            if refusal is not None:
                parked[key] = refusal
        return parked


def _lines(calls: Mapping[str, Call]) -> dict[str, str]:
    for key in calls:
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} cannot name a command: letters, digits and _ only")
    return {key: as_command(call) for key, call in calls.items()}


def _parts(calls: Mapping[str, Call]) -> Iterator[dict[str, Call]]:
    waiting = iter(calls.items())
    while part := dict(islice(waiting, BATCH_SIZE)):
        yield part
