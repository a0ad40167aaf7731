"""Effects: what our own writes will look like when they come back from the portal. Each is met once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

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


_EXPECT = insert(effect)


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
        conn.execute(_EXPECT, rows)


_EXPECTED_OF = (
    select(effect.c.entity_type_id, effect.c.entity_id)
    .where(effect.c.portal == bindparam("portal"), effect.c.field == bindparam("field"))
    .distinct()
)


def expected_of(conn: Connection, portal: str, field: str) -> set[ItemRef]:
    """The items of which a change of this field is expected: mostly none, so one question spares many."""
    return {ItemRef(*row) for row in conn.execute(_EXPECTED_OF, {"portal": portal, "field": field})}


_MEET = (
    select(effect.c.row_id, effect.c.command_key)
    .where(
        effect.c.portal == bindparam("portal"),
        effect.c.entity_type_id == bindparam("entity_type_id"),
        effect.c.entity_id == bindparam("entity_id"),
        effect.c.field == bindparam("field"),
        effect.c.value.is_not_distinct_from(bindparam("value")),
        effect.c.from_at <= bindparam("at"),
        effect.c.until_at >= bindparam("at"),
    )
    .order_by(effect.c.row_id)
    .limit(1)
    .with_for_update()
)
_MET = delete(effect).where(effect.c.row_id == bindparam("row_id"))


def meet(conn: Connection, portal: str, ref: ItemRef, field: str, value: Any, at: datetime) -> str | None:
    """Is this change our own? The key of the command that made it, which then explains no other; or None."""
    change = {"entity_type_id": ref.entity_type_id, "entity_id": ref.id, "field": field, "value": value}
    row = conn.execute(_MEET, {"portal": portal, "at": at} | change).first()
    if row is None:
        return None
    conn.execute(_MET, {"row_id": row.row_id})
    return str(row.command_key)


_NARROW = (
    update(effect)
    .where(
        effect.c.portal == bindparam("of_portal"),
        effect.c.command_key == bindparam("of_command"),
        effect.c.field == bindparam("of_field"),
    )
    .values(from_at=bindparam("earliest"), until_at=bindparam("latest"))
)


def narrow(
    conn: Connection, portal: str, command_key: str, field: str, earliest: datetime, latest: datetime
) -> None:
    """It is known by now when the command took effect: the same change at another time is not ours."""
    of_command = {"of_portal": portal, "of_command": command_key, "of_field": field}
    conn.execute(_NARROW, of_command | {"earliest": earliest, "latest": latest})


_WITHDRAW = delete(effect).where(
    effect.c.portal == bindparam("portal"), effect.c.command_key == bindparam("command_key")
)


def withdraw(conn: Connection, portal: str, command_key: str) -> None:
    """The command certainly had no effect: what looks like it was somebody else's doing."""
    conn.execute(_WITHDRAW, {"portal": portal, "command_key": command_key})
