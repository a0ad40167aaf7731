"""Effects: what our own writes will look like when they come back from the portal. Each is met once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from connector.records import ItemRef


@dataclass(frozen=True, slots=True)
class Effect:
    """`field` of `ref` will read `value` at some instant between the two."""

    command_key: str
    ref: ItemRef
    field: str
    value: Any
    from_at: datetime
    until_at: datetime


def expect(conn: Connection, portal: str, effects: Iterable[Effect]) -> None:
    """Remember what a write will look like."""
    raise NotImplementedError


def meet(conn: Connection, portal: str, ref: ItemRef, field: str, value: Any, at: datetime) -> str | None:
    """Is this change our own? The key of the command that made it, which it then no longer explains; or None."""
    raise NotImplementedError


def forget(conn: Connection, portal: str, before: datetime) -> int:
    """Drop effects whose time ended before this instant; returns how many."""
    raise NotImplementedError
