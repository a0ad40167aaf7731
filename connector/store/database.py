"""The database behind the product: one file of SQLite, or PostgreSQL. Opens it, migrates it, hands out transactions.

`read()` and `write()` are the only ways in. Whatever the driver raises inside comes out as a StoreError.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection


class Database:
    """`url`: sqlite:////var/lib/funnelwright/store.db or postgresql://user@host/name. Thread-safe."""

    def __init__(self, url: str) -> None:
        raise NotImplementedError

    @property
    def is_sqlite(self) -> bool:
        raise NotImplementedError

    def upgrade(self) -> None:
        """Check the file, then bring the tables up to this program's version, one process at a time."""
        raise NotImplementedError

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot to read from; writing in it is an error on both databases."""
        raise NotImplementedError
        yield

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises. Never nest two.

        SQLite: BEGIN IMMEDIATE, one writer at a time. PostgreSQL: read committed.
        """
        raise NotImplementedError
        yield

    def engine_lock(self) -> AbstractContextManager[None]:
        """Held by the one engine process of a SQLite file; StoreError names the process that has it.

        PostgreSQL takes any number of engine processes (leases sort them out): nothing is held there.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Give all connections back; the object is of no use afterwards."""
        raise NotImplementedError
