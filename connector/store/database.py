"""The database behind the product: one file of SQLite, or PostgreSQL. Opens it and hands out transactions.

`read()` and `write()` are the only ways in. Whatever the driver raises inside comes out as a StoreError.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError, StatementError

from connector.errors import StoreError
from connector.store import locks, migrate, postgresql, sqlite
from connector.store.turns import Turns


class Database:
    """`url`: sqlite:////var/lib/funnelwright/store.db or postgresql://user@host/name. Thread-safe.

    A missing SQLite file is made, readable by its owner only. PostgreSQL is first asked when it is used.
    """

    def __init__(self, url: str) -> None:
        self._url = _parse(url)
        if self.is_sqlite:
            self._path = sqlite.prepare_file(self._url)
            self._reading = sqlite.open_engine(self._url, may_write=False)
            self._writing = sqlite.open_engine(self._url, may_write=True)
        else:
            engine = postgresql.open_engine(self._url)
            self._reading = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._writing = engine
        # SQLite has one writer at a time, and who is next is a lottery: turns in front make it a queue.
        self._turns = Turns()

    @property
    def is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path:
        """The file of a SQLite store."""
        return self._path

    def upgrade(self) -> None:
        """Check the file, then bring the tables up to this program's version; others wait meanwhile.

        StoreError if the file is damaged, or was written by a newer version of the program.
        """
        if self.is_sqlite:
            with self.read() as conn:
                sqlite.check(conn)
        with self.write() as conn:
            migrate.upgrade(conn)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot to read from; writing in it is an error on both databases."""
        with _store_errors(), self._reading.begin() as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises. Never nest two.

        SQLite: BEGIN IMMEDIATE, one writer at a time. PostgreSQL: read committed.
        """
        with _store_errors(), self._my_turn(), self._writing.begin() as conn:
            yield conn

    def engine_lock(self) -> AbstractContextManager[None]:
        """Held by the one engine process of a SQLite file; StoreError names the process that has it.

        PostgreSQL takes any number of engine processes (leases sort them out): nothing is held there.
        """
        if not self.is_sqlite:
            return nullcontext()
        return locks.hold(self._path.with_name(self._path.name + ".lock"), f"the store {self._path}")

    def close(self) -> None:
        """Give all connections back; the object is of no use afterwards."""
        self._reading.dispose()
        self._writing.dispose()

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if not self._turns.take(sqlite.BUSY_SECONDS):
            raise StoreError(f"another write has held the store for {sqlite.BUSY_SECONDS:.0f} s: try again")
        try:
            yield
        finally:
            self._turns.give()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError) as error:
        # The address may hold a password: neither it nor the library's message about it is repeated.
        raise StoreError(
            "the database address cannot be read: expected sqlite:////path/to/store.db "
            "or postgresql://user@host/name"
        ) from error
    if backend == "sqlite":
        return parsed
    if backend == "postgresql":
        return parsed
    raise StoreError(f"{backend} is not supported: take sqlite or postgresql")


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        # Only the first line: PostgreSQL's further ones quote the row.
        first_line = str(error.orig).strip().partition("\n")[0]
        raise StoreError(f"the database refused: {first_line}") from error
    except StatementError as error:
        # A value of ours that no column takes (an instant without a zone): a mistake of the caller.
        raise (error.orig or error) from error
    except SQLAlchemyError as error:
        raise StoreError(f"the database cannot be used: {error}") from error
