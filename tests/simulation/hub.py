"""Virtual time: one queue of what will happen, and clocks that let it happen while somebody waits.

Everything runs in one thread. Whoever sleeps runs what falls due meanwhile, so a rep moves a card, an event
arrives or another engine works in the middle of a call, and the same seed gives the same order.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random


class Stopped(BaseException):
    """A process is gone: nothing in the program may catch this."""


class Runaway(BaseException):
    """A program that never comes to rest: nothing in it may catch this, and the world ends."""


class Hub:
    """The time of one simulated world, in seconds since its start."""

    def __init__(self, start: datetime, seed: str) -> None:
        self.start = start
        self.random = Random(seed)
        self.seconds = 0.0
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._number = 0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    def at(self, seconds: float, do: Callable[[], object]) -> None:
        """Have something done at that second, or at once if it has passed."""
        self._number += 1
        heapq.heappush(self._due, (max(seconds, self.seconds), self._number, do))

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        self.at(self.seconds + seconds, do)

    def run_until(self, end: float) -> None:
        """Let everything happen that is due by then; what happens may take its time, and more of it."""
        while self._due and self._due[0][0] <= end:
            at, _, do = heapq.heappop(self._due)
            self.seconds = max(self.seconds, at)
            do()
        self.seconds = max(self.seconds, end)

    def next_at(self) -> float | None:
        """When the next thing is due."""
        return self._due[0][0] if self._due else None


class PortalClock:
    """The portal's own time (`connector.clock.Clock`)."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def now(self) -> datetime:
        return self._hub.now()

    def monotonic(self) -> float:
        return self._hub.seconds

    def sleep(self, seconds: float) -> None:
        self._hub.run_until(self._hub.seconds + max(seconds, 0.0))


class EngineClock(PortalClock):
    """The time of one engine process: its wall clock may be wrong, and its sleep may be its last."""

    def __init__(self, hub: Hub, is_alive: Callable[[], bool]) -> None:
        super().__init__(hub)
        self.offset = timedelta(0)
        self._is_alive = is_alive

    def now(self) -> datetime:
        return super().now() + self.offset

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if not self._is_alive():
            raise Stopped
