"""The versions of pipelines that were ever put to use, as written, found by content hash. Never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from connector.store.dialect import insert
from connector.store.schema import definition as table


@dataclass(frozen=True, slots=True)
class StoredDefinition:
    """One version of a pipeline: the TOML text, and the name of the file it was read from, for messages."""

    hash: str
    pipeline: str
    file: str
    source: str


def put(conn: Connection, definition: StoredDefinition, now: datetime) -> bool:
    """Keep a version; False if it was there."""
    statement = (
        insert(conn, table)
        .values(
            hash=definition.hash,
            pipeline=definition.pipeline,
            file=definition.file,
            source=definition.source,
            stored_at=now,
        )
        .on_conflict_do_nothing()
        .returning(table.c.hash)
    )
    return conn.scalar(statement) is not None


_GET = select(table.c.hash, table.c.pipeline, table.c.file, table.c.source).where(
    table.c.hash == bindparam("hash")
)


def get(conn: Connection, hash_: str) -> StoredDefinition | None:
    """The version with this content hash."""
    row = conn.execute(_GET, {"hash": hash_}).first()
    return None if row is None else StoredDefinition(*row)
