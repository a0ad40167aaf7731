"""Watermarks: how far reconcile has read, by name ("moves:2"). Set last, in the commit of what was read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, delete, select

from connector.store.dialect import insert_for
from connector.store.schema import watermark

#: Value and instant of setting, by name.
Marks = Mapping[str, tuple[Any, datetime]]
_GET = select(watermark.c.value).where(
    watermark.c.portal == bindparam("portal"), watermark.c.name == bindparam("name")
)


def get(conn: Connection, portal: str, name: str) -> Any:
    """The value as it was set (any JSON), or None."""
    return conn.scalar(_GET, {"portal": portal, "name": name})


def put(conn: Connection, portal: str, name: str, value: Any, now: datetime) -> None:
    """Set the watermark; `value` is any JSON but null."""
    row = {"portal": portal, "name": name, "value": value, "set_at": now}
    conn.execute(_put(conn.dialect.name), row)


@cache
def _put(dialect: str) -> Insert:
    statement = insert_for(dialect, watermark)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["portal", "name"], set_={"value": new.value, "set_at": new.set_at}
    )


def forget(conn: Connection, portal: str, names: Collection[str]) -> None:
    """As if these had never been set."""
    conn.execute(delete(watermark).where(watermark.c.portal == portal, watermark.c.name.in_(names)))


def all_of(conn: Connection, portal: str) -> Marks:
    """All of a portal's."""
    rows = conn.execute(
        select(watermark.c.name, watermark.c.value, watermark.c.set_at).where(watermark.c.portal == portal)
    )
    return {name: (value, set_at) for name, value, set_at in rows}
