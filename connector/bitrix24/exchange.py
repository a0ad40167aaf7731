"""One request and its answer: admitted by the throttle, sent, classified, repeated while that is harmless.

Only what certainly did not run is repeated, and only for seconds; longer waits are the caller's. Texts of the
portal are freed of credentials here, before anybody sees them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import orjson
import tenacity

from connector import log
from connector.bitrix24.auth import Auth
from connector.bitrix24.call import Call, Priority, as_body
from connector.bitrix24.classify import classify
from connector.bitrix24.outcome import Answer, Outcome, Trouble
from connector.bitrix24.standing import PROBE_SECONDS
from connector.bitrix24.throttle import Throttle
from connector.bitrix24.transport import BeforeBody, Transport, at_once
from connector.clock import Clock

logger = logging.getLogger(__name__)

ATTEMPTS = 4
RETRY_SECONDS = 15.0  # all the waiting inside one call
CODE_CAP, TEXT_CAP = 80, 300
_PASSING = frozenset({Trouble.BUSY, Trouble.NETWORK, Trouble.UNREADABLE, Trouble.SERVER})


class Exchange:
    """Requests to one portal, one at a time per thread; thread-safe."""

    def __init__(self, auth: Auth, transport: Transport, throttle: Throttle, clock: Clock) -> None:
        self._auth = auth
        self._transport = transport
        self._throttle = throttle
        self._clock = clock
        self._lock = threading.Lock()
        self.requests_sent = 0

    def ask(
        self,
        call: Call,
        *,
        is_write: bool,
        priority: Priority,
        before_body: BeforeBody = at_once,
    ) -> Answer:
        """The answer to one request, after some patience with what certainly did not run.

        No jitter in the waiting: there is one client per portal, and a simulation must repeat itself.
        """
        started = self._clock.monotonic()

        def is_enough(state: tenacity.RetryCallState) -> bool:
            spent = self._clock.monotonic() - started + state.upcoming_sleep
            return state.attempt_number >= ATTEMPTS or spent > RETRY_SECONDS

        retrying = tenacity.Retrying(
            sleep=self._clock.sleep,
            wait=_wait_seconds,
            stop=is_enough,
            retry=tenacity.retry_if_result(_is_worth_repeating),
            retry_error_callback=_last_answer,
        )
        attempt: Callable[[], Answer] = partial(self._attempt, call, is_write, priority, before_body)
        return retrying(attempt)

    def learn_command(self, call: Call, answer: Answer, priority: Priority) -> Answer:
        """The answer to one command of a batch, its limits taken in, as others may see it."""
        answer = self._concealed(answer)
        self._throttle.learn_command(call.account, answer)
        return self._with_wait(call, answer, priority)

    def _attempt(
        self,
        call: Call,
        is_write: bool,
        priority: Priority,
        before_body: BeforeBody,
    ) -> Answer:
        refusal = self._throttle.parked(call.account, priority) or self._throttle.standing.refusal()
        if refusal:
            return refusal
        answer = self._post(call, is_write, priority, before_body)
        if answer.trouble is Trouble.EXPIRED and self._auth.on_expired():
            answer = self._post(call, is_write, priority, before_body)  # a refused token ran nothing
        return answer

    def _post(
        self,
        call: Call,
        is_write: bool,
        priority: Priority,
        before_body: BeforeBody,
    ) -> Answer:
        with self._throttle.slot(priority) as is_alone, self._throttle.under_way({call.account: 1}):
            if is_alone:  # others wait for it: it waits for nobody
                before_body = at_once
            with self._lock:
                self.requests_sent += 1
            body = orjson.dumps({**as_body(call), **self._auth.parameters()})
            wire = self._transport.post(self._auth.url(call.api, call.method), body, before_body)
            answer = self._concealed(classify(wire, method=call.method, is_write=is_write))
            if call.api == "v3" and answer.trouble is Trouble.AUTH:
                # A portal without REST 3.0 takes this address for a credential it does not know.
                answer = replace(answer, outcome=Outcome.REJECTED, trouble=Trouble.SCOPE)
            was_blocked = self._throttle.standing.block is not None
            self._throttle.learn(call.account, answer)
            self._tell(was_blocked)
        return self._with_wait(call, answer, priority)

    def _concealed(self, answer: Answer) -> Answer:
        """The answer without a credential in its texts."""
        if answer.is_done:
            return answer
        code, text = (
            log.one_line(log.redact(self._auth.conceal(one))) for one in (answer.error, answer.description)
        )
        return replace(answer, error=code[:CODE_CAP], description=text[:TEXT_CAP])

    def _tell(self, was_blocked: bool) -> None:
        """Log that the portal is blocked, or open again: once, when it becomes so."""
        block = self._throttle.standing.block
        if block is not None and not was_blocked:
            log.note(
                logger,
                "portal",
                "blocked",
                level=logging.WARNING,
                host=self._auth.host,
                trouble=block.trouble.value,
                reason=block.reason,
            )
        elif block is None and was_blocked:
            log.note(logger, "portal", "open", host=self._auth.host)

    def _with_wait(self, call: Call, answer: Answer, priority: Priority) -> Answer:
        # One refusal may be that method's own affair, or a hiccup: the caller tries again at its own pace.
        is_blocked = self._throttle.standing.block is not None
        wait = PROBE_SECONDS.get(answer.trouble) if is_blocked else None
        if answer.trouble is Trouble.OPERATING:
            wait = self._throttle.wait_seconds(call.account, priority)
        return answer if wait is None else replace(answer, retry_after=wait)


def _is_worth_repeating(answer: Answer) -> bool:
    return answer.outcome is Outcome.NOT_RUN and answer.trouble in _PASSING


def _wait_seconds(state: tenacity.RetryCallState) -> float:
    answer = _last_answer(state)
    if answer.trouble is Trouble.BUSY:
        return 0.0  # the throttle makes it wait
    return answer.retry_after or 2.0 ** (state.attempt_number - 1)


def _last_answer(state: tenacity.RetryCallState) -> Answer:
    assert state.outcome is not None
    answer: Answer = state.outcome.result()
    return answer
