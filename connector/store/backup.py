"""Backup and restore: a copy of the whole store in one file, taken while the engine works.

A restored store has forgotten what was sent since the copy was taken. It is marked, and until as much time
has passed again every command is looked for in the portal before it is sent (`outbox.look_first`): the keys
that it makes anew are the same, and what carries one already is taken over. On PostgreSQL the copying is the
server's business (pg_dump, pg_restore); `mark_restored` is ours.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from connector.errors import StoreError
from connector.store import settings
from connector.store.database import Database

_TAKEN_AT, _UNTIL = "backup_taken_at", "look_first_until"
#: Clocks differ, and the last minutes before the copy may not have been read back yet.
LEAST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: as of when, where the store that was there before is, how long all is looked for."""

    taken_at: datetime
    kept_as: Path | None
    look_first_until: datetime


def take(database: Database, path: Path, now: datetime) -> None:
    """Copy the store as it is to a new file, for its owner's eyes only; the engine need not stop.

    StoreError when there is such a file already, when it cannot be written, and on PostgreSQL.
    """
    _need_sqlite(database, "pg_dump")
    with database.write() as conn:
        settings.put(conn, settings.ALL_PORTALS, _TAKEN_AT, now.isoformat(), now, "backup")
    _copy(database, path)


def restore(database: Database, path: Path, now: datetime) -> Restored:
    """Put a copy in the place of the store, which is kept beside it; one transaction of the file.

    StoreError when the engine runs, when the file is no copy of ours, is damaged, or was made by a newer
    version of the program.
    """
    _need_sqlite(database, "pg_restore")
    with database.engine_lock(), _copy_of_ours(path) as source:
        kept = database.path.with_name(f"{database.path.name}.before-restore-{now:%Y%m%dT%H%M%S}")
        _copy(database, kept)
        with closing(sqlite3.connect(database.path)) as target:
            source.backup(target)
        database.upgrade()
        with database.write() as conn:
            taken_at = settings.get(conn, settings.ALL_PORTALS, _TAKEN_AT)
            return mark_restored(conn, datetime.fromisoformat(taken_at), now, kept)


def mark_restored(
    conn: Connection, taken_at: datetime, now: datetime, kept_as: Path | None = None
) -> Restored:
    """The store is as it was at `taken_at`: what it wants to send may have been sent since."""
    until = now + max(now - taken_at, LEAST)
    settings.put(conn, settings.ALL_PORTALS, _UNTIL, until.isoformat(), now, "restore")
    return Restored(taken_at, kept_as, until)


def looks_first(conn: Connection, now: datetime) -> bool:
    """Whether what is to be sent must be looked for in the portal before."""
    until = settings.get(conn, settings.ALL_PORTALS, _UNTIL)
    return until is not None and now < datetime.fromisoformat(until)


def _need_sqlite(database: Database, tool: str) -> None:
    if not database.is_sqlite:
        raise StoreError(
            f"the store is a PostgreSQL database: use {tool}, and after putting a copy back "
            "`funnelwright restore --in-place --taken-at TIME`"
        )


def _copy(database: Database, path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise StoreError(f"{path} is there already: name a new file") from error
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with database.read() as conn, closing(sqlite3.connect(path)) as target:
            _driver(conn).backup(target)
    except (sqlite3.Error, StoreError) as error:
        path.unlink()
        raise StoreError(f"{path} cannot be written: {error}") from error


@contextmanager
def _copy_of_ours(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, opened for reading; StoreError unless it is a whole copy made by `take`."""
    if not path.is_file():
        raise StoreError(f"there is no file {path}")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source:
            (answer,) = source.execute("PRAGMA quick_check(1)").fetchone()
            if answer != "ok":
                raise StoreError(f"{path} is damaged ({answer}): take an older copy")
            query = "SELECT 1 FROM setting WHERE portal = '' AND name = ?"
            if source.execute(query, (_TAKEN_AT,)).fetchone() is None:
                raise StoreError(
                    f"{path} is a store, but not one made by `funnelwright backup`: nothing says as of when. "
                    "Put it in its place yourself, then `funnelwright restore --in-place --taken-at TIME`"
                )
            yield source
    except sqlite3.Error as error:
        raise StoreError(f"{path} is no copy of a store ({error})") from error


def _driver(conn: Connection) -> sqlite3.Connection:
    raw = conn.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw
