"""The writer of hints: one thread that commits whatever has gathered, so that many callers share one fsync.

`submit` returns after the commit: a hint is on disk before the portal gets its 200.
"""

from __future__ import annotations

from connector.records import Hint
from connector.store.database import Database


class InboxWriter:
    """Owns its thread between `start` and `stop`."""

    def __init__(
        self, database: Database, *, max_waiting: int = 10_000, timeout_seconds: float = 10.0
    ) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Start the thread."""
        raise NotImplementedError

    def submit(self, hint: Hint) -> None:
        """Store `hint` durably, then return. StoreError: not stored, or not known to be (answer 503)."""
        raise NotImplementedError

    def stop(self) -> None:
        """Commit what waits, then end the thread; later submits raise StoreError."""
        raise NotImplementedError
