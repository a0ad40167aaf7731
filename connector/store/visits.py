"""Visits: an append-only copy of the portal's stage history. One row is one stay of an item in a stage.

Order is by instant, then by the portal's history id; a row that we made up comes before real ones of its instant.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from connector.records import ItemRef, StageMove


def add_many(conn: Connection, portal: str, moves: Iterable[StageMove], now: datetime) -> list[StageMove]:
    """Keep the moves; returns those that were new, oldest first. A known history id is never overwritten."""
    raise NotImplementedError


def latest(conn: Connection, portal: str, ref: ItemRef) -> StageMove | None:
    """The visit the item is on."""
    raise NotImplementedError


def latest_of(conn: Connection, portal: str, refs: Iterable[ItemRef]) -> dict[ItemRef, StageMove]:
    """`latest` for many items at once; items without a visit are left out."""
    raise NotImplementedError


def of(conn: Connection, portal: str, ref: ItemRef) -> list[StageMove]:
    """All visits of the item, oldest first."""
    raise NotImplementedError
