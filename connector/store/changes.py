"""Whether anything was committed to the store since: for answers that are kept as long as they are true."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Hashable

from sqlalchemy import text

from connector.errors import StoreError
from connector.store.database import Database

#: Changes with every transaction that writes, as soon as others see what it wrote.
_POSTGRESQL = text("SELECT pg_current_snapshot()::text")


class Changes:
    """Watches a store. Safe to be used by many threads; close it when done.

    SQLite tells a connection when others have committed, so one is kept that never writes
    (https://www.sqlite.org/pragma.html#pragma_data_version). PostgreSQL's snapshots tell it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._watcher: sqlite3.Connection | None = None

    def present(self) -> Hashable:
        """What differs from an earlier one as soon as something was committed in between."""
        if self._database.is_sqlite:
            return self._present_of_sqlite()
        with self._database.read() as conn:
            return str(conn.scalar(_POSTGRESQL))

    def _present_of_sqlite(self) -> int:
        try:
            with self._lock:
                if self._watcher is None:
                    self._watcher = sqlite3.connect(self._database.path, check_same_thread=False)
                (version,) = self._watcher.execute("PRAGMA data_version").fetchone()
                return int(version)
        except sqlite3.Error as error:
            raise StoreError(f"the store {self._database.path} cannot be watched: {error}") from error

    def close(self) -> None:
        with self._lock:
            if self._watcher is not None:
                self._watcher.close()
                self._watcher = None
