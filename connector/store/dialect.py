"""The few places where the two databases want different words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar, cast

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import CompiledCacheType
from sqlalchemy.util import LRUCache

T = TypeVar("T")

#: What statements look like in SQL. They look the same for every store of a kind, so a process that opens
#: many (a copy beside the store, a test run) writes each of them once.
WRITTEN: CompiledCacheType = LRUCache(1_000)

#: Both databases bound the parameters of one statement (32,766 and 65,535).
MAX_IDS = 5_000


def insert(conn: Connection, table: Table) -> postgresql.Insert:
    """An INSERT that knows `on_conflict_…`, which both databases spell alike."""
    return insert_for(conn.dialect.name, table)


def insert_for(dialect: str, table: Table) -> postgresql.Insert:
    """`insert` for a dialect by its name, so that a statement can be built once and kept."""
    if dialect == "postgresql":
        return postgresql.insert(table)
    return cast(postgresql.Insert, sqlite.insert(table))


def chunks(values: Iterable[T], size: int = MAX_IDS) -> Iterator[list[T]]:
    """`values` in lists of at most `size`."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
