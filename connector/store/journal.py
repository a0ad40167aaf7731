"""The journal: why things happened. Append-only; per portal a chain of hashes shows a row that was changed or cut.

Write it last in a commit: writers of one portal's journal wait for each other there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from connector.records import ItemRef


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """One thing that happened. `actor`: a person's id, "connector", "admin:…"; None where nobody is known."""

    kind: str
    text: str
    ref: ItemRef | None = None
    pipeline: str | None = None
    version: str | None = None
    rule: str | None = None
    actor: str | None = None
    signal_key: str | None = None
    command_key: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as kept."""

    seq: int
    at: datetime
    portal: str
    kind: str
    text: str
    ref: ItemRef | None
    pipeline: str | None
    version: str | None
    rule: str | None
    actor: str | None
    signal_key: str | None
    command_key: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold."""

    seq: int
    reason: str


def add_many(conn: Connection, portal: str, lines: Iterable[NewLine], at: datetime) -> list[int]:
    """Append the lines; returns their `seq`."""
    raise NotImplementedError


def of_item(conn: Connection, portal: str, ref: ItemRef, *, limit: int = 500) -> list[Line]:
    """The newest `limit` lines of the item, oldest first."""
    raise NotImplementedError


def of_portal(
    conn: Connection, portal: str, *, before_seq: int | None = None, limit: int = 100
) -> list[Line]:
    """Lines of the portal, newest first; `before_seq` of the last one gives the next page."""
    raise NotImplementedError


def verify(conn: Connection, portal: str) -> Break | None:
    """Walk the chain; None if no row was changed, put in or taken out."""
    raise NotImplementedError
