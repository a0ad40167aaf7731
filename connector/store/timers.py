"""Timers: a copy of the processes' own timers, to find the due ones. One that fired does not fire again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Insert, bindparam, case, delete, func, select, update

from connector.records import ItemRef
from connector.store.dialect import insert_for
from connector.store.schema import process, timer


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A timer of a process that has not fired yet."""

    process_id: int
    pipeline: str
    ref: ItemRef
    name: str
    due_at: datetime


_DROP_OTHERS = delete(timer).where(
    timer.c.process_id == bindparam("process_id"),
    timer.c.name.not_in(bindparam("names", expanding=True)),
)


def replace(conn: Connection, portal: str, process_id: int, timers: Mapping[str, datetime]) -> None:
    """The process has exactly these timers now. One that fired stays fired unless its instant changed."""
    conn.execute(_DROP_OTHERS, {"process_id": process_id, "names": list(timers)})
    rows = [
        {"process_id": process_id, "portal": portal, "name": name, "due_at": due_at}
        for name, due_at in sorted(timers.items())
    ]
    if rows:
        conn.execute(_set(conn.dialect.name), rows)


@cache
def _set(dialect: str) -> Insert:
    statement = insert_for(dialect, timer)
    new_due_at = statement.excluded.due_at
    return statement.on_conflict_do_update(
        index_elements=["process_id", "name"],
        set_={
            "due_at": new_due_at,
            "fired_at": case((timer.c.due_at == new_due_at, timer.c.fired_at), else_=None),
        },
    )


_DUE = (
    select(
        timer.c.process_id,
        process.c.pipeline,
        process.c.entity_type_id,
        process.c.item_id,
        timer.c.name,
        timer.c.due_at,
    )
    .join_from(timer, process)
    .where(
        timer.c.portal == bindparam("portal"), timer.c.fired_at.is_(None), timer.c.due_at <= bindparam("now")
    )
    .order_by(timer.c.due_at, timer.c.process_id, timer.c.name)
    .limit(bindparam("limit"))
)


def due(conn: Connection, portal: str, now: datetime, limit: int) -> list[DueTimer]:
    """Timers whose instant has come and that have not fired, oldest first."""
    rows = conn.execute(_DUE, {"portal": portal, "now": now, "limit": limit})
    return [
        DueTimer(process_id, pipeline, ItemRef(type_id, item_id), name, due_at)
        for process_id, pipeline, type_id, item_id, name, due_at in rows
    ]


def fired(conn: Connection, timers: Iterable[DueTimer], now: datetime) -> None:
    """Their signals are stored (in this commit). One that was moved meanwhile is left alone."""
    rows = [{"of_process": one.process_id, "of_name": one.name, "was_due_at": one.due_at} for one in timers]
    if rows:
        conn.execute(
            update(timer)
            .where(
                timer.c.process_id == bindparam("of_process"),
                timer.c.name == bindparam("of_name"),
                timer.c.due_at == bindparam("was_due_at"),
            )
            .values(fired_at=now),
            rows,
        )


def next_due_at(conn: Connection, portal: str) -> datetime | None:
    """When the next timer falls due."""
    earliest: datetime | None = conn.scalar(
        select(func.min(timer.c.due_at)).where(timer.c.portal == portal, timer.c.fired_at.is_(None))
    )
    return earliest
