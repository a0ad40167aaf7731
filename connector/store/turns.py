"""Turns: a lock that is given to whoever has waited longest.

`threading.Lock` promises no order: a thread that lets go and asks again at once usually wins, so a worker in
the middle of a long list would keep the writer of hints, and with it the portal's answer, waiting for
seconds.
"""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """First come, first served. Not to be taken twice by one thread."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    @property
    def in_line(self) -> int:
        """How many wait."""
        with self._mutex:
            return len(self._waiting)

    def take(self, timeout_seconds: float) -> bool:
        """Wait for the turn; False if it did not come in time."""
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            called = threading.Event()
            self._waiting.append(called)
        if called.wait(timeout_seconds):
            return True
        with self._mutex:
            # The call may have come between the end of the wait and here: then the turn is ours after all.
            if called.is_set():
                return True
            self._waiting.remove(called)
            return False

    def give(self) -> None:
        """Hand the turn to the next in line."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False
