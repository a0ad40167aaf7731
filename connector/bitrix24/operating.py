"""The run time that one credential may use of each method: how much is left, and which methods are parked.

The portal adds up the run time of a method over ten one-minute baskets and refuses the method (429
`OPERATION_TIME_LIMIT`) once the sum is over its limit; `operating_reset_at` is when the oldest basket
expires, which may not be enough. Refusals carry no times, so the last good answer is remembered. A batch is
not counted, its commands are; some portals have been seen to bill the batch itself (b24jssdk#459), so the
answer to the whole request is remembered under `batch`, and the stricter of both holds.

Commands under way count as used, at what a command of their method takes: several requests at a time would
otherwise find out together that the limit lies behind them. The less urgent stop earlier, so that what a rep
waits for finds some run time left.

Page: limits.md. All spans are on the monotonic clock: the portal's clock may be wrong.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from connector.bitrix24.outcome import Answer, Trouble

STEP_SECONDS = 60.0  # one basket
FIRST_WAIT_SECONDS = 10.0  # at least this, however soon the reset is
LONGEST_WAIT_SECONDS = 660.0  # all baskets and one more
_NEW_SHARE = 0.2  # of one answer in what a command is thought to take
_KEPT = 0.99  # with each answer, of what was seen before of the growth


@dataclass(slots=True)
class _Use:
    #: Known to be used; until the reset it can only grow.
    seconds: float = 0.0
    reset_at: float | None = None
    #: Since a refusal.
    parked_until: float = 0.0
    refusals: int = 0
    commands_under_way: int = 0
    #: What a command takes, as the answers say; else what the sum has grown by, over how many answers.
    duration: float | None = None
    growth: float = 0.0
    answers: float = 0.0

    @property
    def seconds_each(self) -> float:
        """What a command of this method adds to the sum; 0: not known."""
        return self.duration or (self.growth / self.answers if self.answers else 0.0)

    def reset_is_ahead(self, now: float) -> bool:
        return self.reset_at is not None and self.reset_at > now


class OperatingLedger:
    """What is known of every method's budget; thread-safe.

    `limit_seconds` is the whole of it; what part of it a caller may use is the caller's affair (`share`).
    """

    def __init__(self, limit_seconds: float) -> None:
        self._limit_seconds = limit_seconds
        self._uses: dict[str, _Use] = {}
        self._lock = threading.Lock()

    def wait_seconds(self, method: str, share: float, now: float) -> float:
        """How long until it may be called by those who may use `share` of its budget; 0: now."""
        with self._lock:
            use = self._uses.get(method)
            return self._wait(use, share, now) if use else 0.0

    def parked(self, share: float, now: float) -> Mapping[str, float]:
        """Parked methods, and for how many seconds more."""
        with self._lock:
            waits = {method: self._wait(use, share, now) for method, use in self._uses.items()}
        return {method: wait for method, wait in waits.items() if wait > 0}

    def shares_used(self, now: float) -> Mapping[str, float]:
        """How much of its budget each method has used, as far as the portal has told; 1: all."""
        with self._lock:
            return {
                method: use.seconds / self._limit_seconds
                for method, use in self._uses.items()
                if use.seconds and (use.reset_at is None or use.reset_is_ahead(now))
            }

    def commands_left(self, method: str, share: float, now: float) -> int | None:
        """How many more of its commands may be under way now; None: the portal has not told of a budget."""
        with self._lock:
            use = self._uses.get(method)
            if use is None or not use.seconds or not use.seconds_each:
                return None
            left = self._limit_seconds * share - use.seconds
            if left <= 0 and not use.reset_is_ahead(now):
                return max(
                    1 - use.commands_under_way, 0
                )  # some of it has expired: one command tells how much
            return max(int(left / use.seconds_each) - use.commands_under_way, 0)

    def seconds_each(self, method: str) -> float | None:
        """What one command of this method takes inside the portal; None: it has not told."""
        with self._lock:
            use = self._uses.get(method)
            return use.duration if use else None

    def begin(self, methods: Mapping[str, int]) -> None:
        """So many commands of these methods are sent."""
        self._count(methods, 1)

    def end(self, methods: Mapping[str, int]) -> None:
        """They are no longer under way, whatever became of them."""
        self._count(methods, -1)

    def learn(self, method: str, answer: Answer, now: float) -> None:
        """Take in what an answer says of this method's budget."""
        with self._lock:
            use = self._uses.setdefault(method, _Use())
            if answer.trouble is Trouble.OPERATING:
                use.reset_at = use.parked_until = now + self._wait_after_refusal(use, now)
                use.seconds = max(use.seconds, self._limit_seconds)
                use.refusals += 1
                return
            if answer.duration is not None:
                known = answer.duration if use.duration is None else use.duration
                use.duration = known + (answer.duration - known) * _NEW_SHARE
            if answer.operating is not None:
                self._take_in(use, answer.operating, answer.operating_reset_seconds, now)

    @staticmethod
    def _take_in(use: _Use, operating: float, reset_seconds: float | None, now: float) -> None:
        """Answers come in any order: only after a reset may the sum be less than what is known."""
        use.refusals = 0
        if not use.reset_is_ahead(now):
            span = STEP_SECONDS if reset_seconds is None else reset_seconds
            use.seconds, use.reset_at = operating, now + min(span, LONGEST_WAIT_SECONDS)
            return
        use.growth = use.growth * _KEPT + max(operating - use.seconds, 0.0)
        use.answers = use.answers * _KEPT + 1
        if operating >= use.seconds:
            use.seconds = operating
            if reset_seconds is not None:
                use.reset_at = now + min(reset_seconds, LONGEST_WAIT_SECONDS)

    def _count(self, methods: Mapping[str, int], sign: int) -> None:
        with self._lock:
            for method, number in methods.items():
                self._uses.setdefault(method, _Use()).commands_under_way += sign * number

    def _wait(self, use: _Use, share: float, now: float) -> float:
        wait = use.parked_until - now
        if use.seconds >= self._limit_seconds * share and use.reset_at is not None:
            wait = max(wait, use.reset_at - now)
        return max(wait, 0.0)

    @staticmethod
    def _wait_after_refusal(use: _Use, now: float) -> float:
        """First until the known reset, then basket by basket."""
        if use.refusals == 0 and use.reset_at is not None and use.reset_at > now:
            return max(use.reset_at - now, FIRST_WAIT_SECONDS)
        return STEP_SECONDS
