"""Switches that people turn while the program runs. The portal "" stands for all portals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, and_, bindparam, delete, exists, or_, select

from connector.store.dialect import insert_for
from connector.store.schema import setting

ALL_PORTALS = ""
_PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is sent to the portal (`pipeline` None) or for one pipeline of it."""

    portal: str
    pipeline: str | None
    reason: str
    by: str
    at: datetime


_GET = select(setting.c.value).where(
    setting.c.portal == bindparam("portal"), setting.c.name == bindparam("name")
)


def get(conn: Connection, portal: str, name: str) -> Any:
    """The value (any JSON), or None."""
    return conn.scalar(_GET, {"portal": portal, "name": name})


def with_prefix(conn: Connection, portal: str, prefix: str) -> dict[str, tuple[Any, datetime]]:
    """All switches whose name begins so, by the rest of their names: value, and when it was set."""
    rows = conn.execute(
        select(setting.c.name, setting.c.value, setting.c.set_at).where(
            setting.c.portal == portal, setting.c.name.startswith(prefix, autoescape=True)
        )
    )
    return {name.removeprefix(prefix): (value, at) for name, value, at in rows}


def put(conn: Connection, portal: str, name: str, value: Any, now: datetime, by: str) -> None:
    """Set a switch; `by` says who."""
    row = {"portal": portal, "name": name, "value": value, "set_at": now, "set_by": by}
    conn.execute(_put(conn.dialect.name), row)


@cache
def _put(dialect: str) -> Insert:
    statement = insert_for(dialect, setting)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["portal", "name"],
        set_={"value": new.value, "set_at": new.set_at, "set_by": new.set_by},
    )


_REMOVE = delete(setting).where(setting.c.portal == bindparam("portal"), setting.c.name == bindparam("name"))


def remove(conn: Connection, portal: str, name: str) -> bool:
    """Unset a switch; False if it was not set."""
    return conn.execute(_REMOVE, {"portal": portal, "name": name}).rowcount == 1


def pause(
    conn: Connection, portal: str, now: datetime, *, by: str, reason: str, pipeline: str | None = None
) -> None:
    """Send nothing more; `outbox.claim` obeys at once. Events are still taken in and decided on."""
    put(conn, portal, _pause_name(pipeline), reason, now, by)


def resume(conn: Connection, portal: str, *, pipeline: str | None = None) -> bool:
    """Undo a pause; False if there was none."""
    return remove(conn, portal, _pause_name(pipeline))


_PAUSES = (
    select(setting.c.portal, setting.c.name, setting.c.value, setting.c.set_by, setting.c.set_at)
    .where(
        setting.c.portal.in_([ALL_PORTALS, bindparam("portal")]),
        or_(setting.c.name == _PAUSE, setting.c.name.startswith(f"{_PAUSE}:", autoescape=True)),
    )
    .order_by(setting.c.portal, setting.c.name)
)


def pauses(conn: Connection, portal: str) -> list[Pause]:
    """Every pause that bears on the portal."""
    rows = conn.execute(_PAUSES, {"portal": portal})
    return [Pause(of, name.partition(":")[2] or None, reason, by, at) for of, name, reason, by, at in rows]


def is_paused(portal: ColumnElement[str], pipeline: ColumnElement[str]) -> ColumnElement[bool]:
    """A condition for other nouns' queries: sending is paused for these columns' pipeline."""
    return exists().where(
        and_(
            setting.c.portal.in_([ALL_PORTALS, portal]),
            or_(setting.c.name == _PAUSE, setting.c.name == f"{_PAUSE}:" + pipeline),
        )
    )


def is_paused_apart(portal: ColumnElement[str], pipeline: ColumnElement[str]) -> ColumnElement[bool]:
    """The same, for a pipeline that is paused by itself while the portal need not be."""
    name = f"{_PAUSE}:" + pipeline
    return exists().where(setting.c.portal.in_([ALL_PORTALS, portal]), setting.c.name == name)


def _pause_name(pipeline: str | None) -> str:
    return _PAUSE if pipeline is None else f"{_PAUSE}:{pipeline}"
