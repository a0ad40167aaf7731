"""The versions of pipelines that were ever put to use, as written, found by content hash. Never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class StoredDefinition:
    hash: str
    pipeline: str
    #: Name of the file it was read from, for messages.
    file: str
    #: The TOML text.
    source: str


def put(conn: Connection, definition: StoredDefinition, now: datetime) -> bool:
    """Keep a version; False if it was there."""
    raise NotImplementedError


def get(conn: Connection, hash_: str) -> StoredDefinition | None:
    raise NotImplementedError


def in_use(conn: Connection, portal: str) -> dict[str, int]:
    """Versions with processes of the portal, and how many each."""
    raise NotImplementedError
