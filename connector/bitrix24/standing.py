"""Whether the portal talks to us at all: what blocks it as a whole, why, and when it is tried again.

One state per portal, fed by the answers to whole requests. While it is blocked nothing is sent, and every
command is NOT_RUN, except one probe each time the pause is over. Who looks at the state raises the alarm; the
message says what the admin is to do.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.bitrix24.outcome import Answer, Outcome, Trouble
from connector.clock import Clock

#: How often a blocked portal is asked (reliability: at most once in 30 minutes where only people can help).
PROBE_SECONDS = {
    Trouble.OVERLOAD: 1_800.0,
    Trouble.AUTH: 1_800.0,
    Trouble.EXPIRED: 1_800.0,
    Trouble.RENAMED: 1_800.0,
    Trouble.UNAVAILABLE: 300.0,
}
_UNREACHED = frozenset({Trouble.NETWORK, Trouble.UNREADABLE})
#: One refusal may be one method's own affair; in a row they are the portal's.
_IN_A_ROW = {Trouble.AUTH: 2, Trouble.EXPIRED: 2, Trouble.NETWORK: 5, Trouble.UNREADABLE: 5}
LONGEST_PAUSE_SECONDS = 300.0
_LOCKED_OUT = "the portal is not asked now"


@dataclass(frozen=True, slots=True)
class Block:
    """Why nothing is sent to the portal, since when, and when it is tried again."""

    trouble: Trouble
    reason: str
    since: datetime
    retry_at: datetime


class Standing:
    """The state of one portal as a whole; thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last: Answer | None = None
        self._in_a_row = 0
        self._since: datetime | None = None
        self._retry_at = 0.0

    @property
    def block(self) -> Block | None:
        """None: the portal answers."""
        with self._lock:
            if self._last is None or self._since is None:
                return None
            wait = max(self._retry_at - self._clock.monotonic(), 0.0)
            retry_at = self._clock.now() + timedelta(seconds=wait)
            return Block(self._last.trouble, self._last.description, self._since, retry_at)

    def refusal(self) -> Answer | None:
        """The NOT_RUN answer while the portal is blocked; None also for the one probe after each pause."""
        with self._lock:
            if self._last is None or self._since is None:
                return None
            now = self._clock.monotonic()
            wait = self._retry_at - now
            if wait <= 0:
                self._retry_at = now + self._pause_seconds(self._last.trouble)
                return None
            return Answer(
                Outcome.NOT_RUN,
                error=self._last.error,
                description=f"{_LOCKED_OUT}: {self._last.description or self._last.trouble.value}",
                trouble=self._last.trouble,
                retry_after=wait,
            )

    def learn(self, answer: Answer) -> None:
        """Take the standing out of an answer to a whole request."""
        with self._lock:
            if answer.trouble not in PROBE_SECONDS and answer.trouble not in _UNREACHED:
                self._forget()
                return
            is_same = self._last is not None and self._last.trouble is answer.trouble
            self._in_a_row = self._in_a_row + 1 if is_same else 1
            self._last = answer
            if self._in_a_row >= _IN_A_ROW.get(answer.trouble, 1):
                self._since = self._since or self._clock.now()
                self._retry_at = self._clock.monotonic() + self._pause_seconds(answer.trouble)
            else:
                self._since = None

    def clear(self) -> None:
        """Forget the block: the admin has mended something."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._last, self._in_a_row, self._since = None, 0, None

    def _pause_seconds(self, trouble: Trouble) -> float:
        """Fixed where people must act; growing from 1 s to 5 min where the network is."""
        if trouble in PROBE_SECONDS:
            return PROBE_SECONDS[trouble]
        over = min(max(self._in_a_row - _IN_A_ROW[trouble], 0), 10)
        return min(2.0**over, LONGEST_PAUSE_SECONDS)
