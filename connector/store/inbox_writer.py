"""The writer of hints: one thread that commits whatever has gathered, so that many callers share one fsync.

`submit` returns after the commit: a hint is on disk before the portal gets its 200.
"""

from __future__ import annotations

import threading

from sqlalchemy import Connection

from connector.errors import StoreError
from connector.records import Hint
from connector.store import inbox
from connector.store.database import Database

_MAX_ID = 2**63 - 1


class _Batch:
    """Hints that are committed together, and the callers' way to hear of it."""

    def __init__(self) -> None:
        self.hints: list[Hint] = []
        self.finished = threading.Event()
        self.error: Exception | None = None


class InboxWriter:
    """Owns its thread between `start` and `stop`. `max_waiting` hints at most wait for the next commit.

    `max_records` of a portal wait to be read back; what is hinted beyond is kept by type only (`inbox`).
    """

    def __init__(
        self,
        database: Database,
        *,
        max_waiting: int = 10_000,
        max_records: int = 100_000,
        timeout_seconds: float = 10.0,
    ) -> None:
        self._database = database
        self._max_records = max_records
        #: So many hints can be kept before the records that wait are counted again.
        self._room = 0
        self._full: set[str] = set()
        self._max_waiting = max_waiting
        self._timeout_seconds = timeout_seconds
        self._changed = threading.Condition()
        self._next = _Batch()
        self._is_open = False
        self._thread = threading.Thread(target=self._run, name="inbox-writer", daemon=True)

    def start(self) -> None:
        """Start the thread; once only."""
        with self._changed:
            self._is_open = True
        self._thread.start()

    def submit(self, hint: Hint) -> None:
        """Store `hint` durably, then return. StoreError: not stored, or not known to be (answer 503)."""
        if not (0 <= hint.entity_id <= _MAX_ID and 0 <= hint.entity_type_id <= _MAX_ID):
            raise StoreError("a hint with such an id cannot be stored")
        with self._changed:
            if not self._is_open:
                raise StoreError("the inbox is closed: the program is stopping")
            if len(self._next.hints) >= self._max_waiting:
                raise StoreError(f"the inbox is full: {self._max_waiting} hints wait for the disk")
            batch = self._next
            batch.hints.append(hint)
            self._changed.notify()
        if not batch.finished.wait(self._timeout_seconds):
            raise StoreError(f"the inbox took longer than {self._timeout_seconds:.0f} s")
        if batch.error is not None:
            raise StoreError(f"the hint was not stored: {batch.error}") from batch.error

    def stop(self) -> None:
        """Commit what waits, then end the thread; later submits raise StoreError."""
        with self._changed:
            was_open, self._is_open = self._is_open, False
            self._changed.notify()
        if was_open:
            self._thread.join()

    def _run(self) -> None:
        while (batch := self._take()) is not None:
            try:
                with self._database.write() as conn:
                    self._look_for_room(conn, len(batch.hints))
                    inbox.add_many(conn, batch.hints, self._full)
            except Exception as error:  # handed to every caller that waits; the thread must live
                batch.error = error
            batch.finished.set()

    def _look_for_room(self, conn: Connection, hints: int) -> None:
        """Count the records that wait, but no more often than so many more could have come."""
        self._room -= hints
        if self._room < 0:
            waiting = inbox.waiting(conn)
            self._full = {portal for portal, records in waiting.items() if records >= self._max_records}
            self._room = 0 if self._full else self._max_records - max(waiting.values(), default=0) - hints

    def _take(self) -> _Batch | None:
        with self._changed:
            self._changed.wait_for(lambda: self._next.hints or not self._is_open)
            if not self._next.hints:
                return None
            batch, self._next = self._next, _Batch()
            return batch
