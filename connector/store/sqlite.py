"""SQLite as this product wants it: durable, exclusive for writers, one snapshot for readers.

Left to itself, the driver begins a SQLite transaction at the first write: two that read, then write, both
believe what they read, and one is lost without a word. Here every writing transaction takes the lock first.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from connector.errors import StoreError
from connector.store.dialect import WRITTEN
from connector.store.search import teach_sqlite

#: How long a writer waits for another one, in this process or another (a command beside the engine).
BUSY_SECONDS = 10.0


class Dialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's own, but that transactions begin; two are alike, which lets engines share `WRITTEN`."""

    supports_statement_cache = True

    def __init__(self, may_write: bool = True, **named: Any) -> None:
        super().__init__(**named)
        self._begin = "BEGIN IMMEDIATE" if may_write else "BEGIN"

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        # Not by a listener: with one, SQLAlchemy looks for listeners at every statement.
        dbapi_connection.cursor().execute(self._begin)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dialect)

    def __hash__(self) -> int:
        return hash(Dialect)


registry.register("sqlite.funnelwright", __name__, Dialect.__name__)


def prepare_file(url: URL) -> Path:
    """The file that `url` names, made if missing, for the owner's eyes only. StoreError if there is none."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise StoreError("SQLite needs the path of a file: sqlite:////var/lib/funnelwright/store.db")
    path = Path(url.database)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Only a missing file is touched: closing it anywhere drops this process's locks on it (POSIX).
        # The write-ahead log beside it takes over these rights.
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        elif path.is_dir() or not os.access(path, os.R_OK | os.W_OK):
            raise StoreError(
                f"the store {path} cannot be opened: it is a folder, or not ours to read and write"
            )
    except OSError as error:
        raise StoreError(f"the store {path} cannot be opened: {error.strerror}") from error
    return path


def open_engine(url: URL, *, may_write: bool) -> Engine:
    """Connections to the file: to write, one transaction at a time; or to read, each in a snapshot."""
    engine = create_engine(
        url.set(drivername="sqlite+funnelwright"),
        may_write=may_write,
        hide_parameters=True,
        # isolation_level None: the driver begins nothing by itself.
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None},
        pool_size=5,
        max_overflow=40,
        execution_options={"compiled_cache": WRITTEN},
    )
    event.listen(engine, "connect", _set_up)
    if not may_write:
        event.listen(engine, "connect", _forbid_writing)
    return engine


def check(conn: Connection) -> None:
    """StoreError if the file is damaged."""
    answer = conn.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if answer != "ok":
        raise StoreError(
            f"the store is damaged ({answer}): put a backup in its place and start again; "
            "what is missing in it is read back from the portal"
        )


def _set_up(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise StoreError(f"SQLite cannot keep a write-ahead log here (mode {mode}): use a local disk")
    # FULL: a commit survives a power cut, and a hint is answered 200 only after one.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    teach_sqlite(connection)


def _forbid_writing(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA query_only = ON")
