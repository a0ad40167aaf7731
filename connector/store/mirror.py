"""The mirror: our copy of the portal's items. What differs from it is news; what does not, is nothing.

The last reading wins: one worker per portal reads and writes, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from connector.records import Item, ItemRef


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item that is not as the mirror had it. `before` None: new to us."""

    ref: ItemRef
    before: Item | None
    after: Item
    #: It had a tombstone, and is back.
    was_gone: bool = False


def upsert_items(conn: Connection, portal: str, items: Iterable[Item], now: datetime) -> list[ItemChange]:
    """Take over a page of items; returns the ones that changed. A tombstone among them is lifted."""
    raise NotImplementedError


def get_item(conn: Connection, portal: str, ref: ItemRef) -> Item | None:
    """The item as last read; None if unknown or gone."""
    raise NotImplementedError


def get_items(conn: Connection, portal: str, refs: Iterable[ItemRef]) -> dict[ItemRef, Item]:
    """Those of `refs` that are known and not gone."""
    raise NotImplementedError


def items(
    conn: Connection,
    portal: str,
    entity_type_id: int,
    *,
    category_id: int | None = None,
    stage_ids: Sequence[str] | None = None,
    after_id: int = 0,
    limit: int | None = None,
) -> list[Item]:
    """Items that are not gone, by id. `category_id` None: all of them."""
    raise NotImplementedError


def ids(conn: Connection, portal: str, entity_type_id: int) -> set[int]:
    """The ids of all items that are not gone: what a full sweep is compared with."""
    raise NotImplementedError


def mark_gone(conn: Connection, portal: str, refs: Iterable[ItemRef], now: datetime) -> list[ItemRef]:
    """Set the tombstone, because a read of each item said so; returns those that had none before."""
    raise NotImplementedError


def restore(conn: Connection, portal: str, refs: Iterable[ItemRef]) -> list[ItemRef]:
    """Lift the tombstone without new content; returns those that had one."""
    raise NotImplementedError


def count(conn: Connection, portal: str) -> dict[int, int]:
    """Items that are not gone, by entity type."""
    raise NotImplementedError
