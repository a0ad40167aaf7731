"""One log line a minute for each kind of refusal: a flood of forgeries must not become a flood of lines."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta


class Sampler:
    """Says which occurrences are to be logged, and how many each line stands for. Safe between threads."""

    def __init__(self, every: timedelta = timedelta(minutes=1)) -> None:
        self._every = every
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, ...], tuple[datetime, int]] = {}

    def due(self, key: tuple[str, ...], now: datetime) -> int:
        """0: keep quiet; otherwise the number of occurrences since the line before. Keys must be few."""
        with self._lock:
            logged_at, quiet = self._seen.get(key, (None, 0))
            # A clock that was set back must not silence the log for as long as it was wrong.
            if logged_at is not None and timedelta(0) <= now - logged_at < self._every:
                self._seen[key] = (logged_at, quiet + 1)
                return 0
            self._seen[key] = (now, 0)
            return quiet + 1
