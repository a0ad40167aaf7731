"""Effects: what our own writes will look like when they come back from the portal. Each is met once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from connector.records import ItemRef
from connector.store.schema import effect


@dataclass(frozen=True, slots=True)
class Effect:
    """`field` of `ref` will read `value` (any JSON) at some instant between the two."""

    command_key: str
    ref: ItemRef
    field: str
    value: Any
    from_at: datetime
    until_at: datetime


def expect(conn: Connection, portal: str, effects: Iterable[Effect]) -> None:
    """Remember what a write will look like."""
    rows = [
        {
            "portal": portal,
            "command_key": one.command_key,
            "entity_type_id": one.ref.entity_type_id,
            "entity_id": one.ref.id,
            "field": one.field,
            "value": one.value,
            "from_at": one.from_at,
            "until_at": one.until_at,
        }
        for one in effects
    ]
    if rows:
        conn.execute(insert(effect), rows)


def expected_of(conn: Connection, portal: str, field: str) -> set[ItemRef]:
    """The items of which a change of this field is expected: mostly none, so one question spares many."""
    rows = conn.execute(
        select(effect.c.entity_type_id, effect.c.entity_id)
        .where(effect.c.portal == portal, effect.c.field == field)
        .distinct()
    )
    return {ItemRef(*row) for row in rows}


def meet(conn: Connection, portal: str, ref: ItemRef, field: str, value: Any, at: datetime) -> str | None:
    """Is this change our own? The key of the command that made it, which then explains no other; or None."""
    row = conn.execute(
        select(effect.c.row_id, effect.c.command_key)
        .where(
            effect.c.portal == portal,
            effect.c.entity_type_id == ref.entity_type_id,
            effect.c.entity_id == ref.id,
            effect.c.field == field,
            effect.c.value.is_(None) if value is None else effect.c.value == value,
            effect.c.from_at <= at,
            effect.c.until_at >= at,
        )
        .order_by(effect.c.row_id)
        .limit(1)
        .with_for_update()
    ).first()
    if row is None:
        return None
    conn.execute(delete(effect).where(effect.c.row_id == row.row_id))
    return str(row.command_key)


def withdraw(conn: Connection, portal: str, command_key: str) -> None:
    """The command certainly had no effect: what looks like it was somebody else's doing."""
    conn.execute(delete(effect).where(effect.c.portal == portal, effect.c.command_key == command_key))
