"""The run time that one credential may use of each method: which methods are parked, and for how long.

The portal adds up the run time of a method over ten one-minute baskets and refuses the method (429
`OPERATION_TIME_LIMIT`) once the sum is over its limit; `operating_reset_at` is when the oldest basket
expires, which may not be enough. Refusals carry no times, so the last good answer is remembered. A batch is
not counted, its commands are; some portals have been seen to bill the batch itself (b24jssdk#459), so the
answer to the whole request is remembered under `batch`, and the stricter of both holds.

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


@dataclass(slots=True)
class _Use:
    reset_at: float | None = None
    parked_until: float = 0.0
    refusals: int = 0


class OperatingLedger:
    """What is known of every method's budget; thread-safe.

    A method is parked shortly *before* its limit: at `stop_at_seconds` of accumulated run time.
    """

    def __init__(self, stop_at_seconds: float) -> None:
        self._stop_at_seconds = stop_at_seconds
        self._uses: dict[str, _Use] = {}
        self._lock = threading.Lock()

    def wait_seconds(self, method: str, now: float) -> float:
        """How long until it may be called; 0: now."""
        with self._lock:
            use = self._uses.get(method)
            return max(use.parked_until - now, 0.0) if use else 0.0

    def parked(self, now: float) -> Mapping[str, float]:
        """Parked methods, and for how many seconds more."""
        with self._lock:
            waits = {method: use.parked_until - now for method, use in self._uses.items()}
        return {method: wait for method, wait in waits.items() if wait > 0}

    def learn(self, method: str, answer: Answer, now: float) -> None:
        """Take in what an answer says of this method's budget."""
        with self._lock:
            use = self._uses.setdefault(method, _Use())
            if answer.trouble is Trouble.OPERATING:
                use.parked_until = now + self._wait_after_refusal(use, now)
                use.refusals += 1
            elif answer.operating is not None:
                use.refusals = 0
                span = answer.operating_reset_seconds
                use.reset_at = None if span is None else now + min(span, LONGEST_WAIT_SECONDS)
                if answer.operating >= self._stop_at_seconds:
                    use.parked_until = use.reset_at or now + STEP_SECONDS

    @staticmethod
    def _wait_after_refusal(use: _Use, now: float) -> float:
        """First until the known reset, then basket by basket."""
        if use.refusals == 0 and use.reset_at is not None and use.reset_at > now:
            return max(use.reset_at - now, FIRST_WAIT_SECONDS)
        return STEP_SECONDS
