"""Questions of people to the outbox: which commands there are, by whatever they know of them. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from connector.records import ItemRef
from connector.store.commands import COLUMNS, QueuedCommand, State, from_rows
from connector.store.schema import outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which commands; what is empty or None does not matter."""

    states: Collection[State] = ()
    pipeline: str | None = None
    ref: ItemRef | None = None
    #: "override": what is flagged so.
    flag: str | None = None
    #: Beginnings of keys.
    keys: Collection[str] = ()


def find(conn: Connection, portal: str, wanted: Wanted, limit: int) -> list[QueuedCommand]:
    """The commands, oldest first."""
    rows = conn.execute(
        select(*COLUMNS).where(*_conditions(portal, wanted)).order_by(outbox.c.seq).limit(limit)
    )
    return from_rows(rows)


def number(conn: Connection, portal: str, wanted: Wanted) -> int:
    """How many there are."""
    return conn.scalar(select(func.count()).where(*_conditions(portal, wanted))) or 0


def _conditions(portal: str, wanted: Wanted) -> list[ColumnElement[bool]]:
    c = outbox.c
    conditions: list[ColumnElement[bool]] = [c.portal == portal]
    if wanted.states:
        conditions.append(c.state.in_(wanted.states))
    if wanted.pipeline is not None:
        conditions.append(c.pipeline == wanted.pipeline)
    if wanted.ref is not None:
        conditions += [c.entity_type_id == wanted.ref.entity_type_id, c.item_id == wanted.ref.id]
    if wanted.flag is not None:
        conditions.append(c.flag == wanted.flag)
    if wanted.keys:
        conditions.append(_begins(wanted.keys))
    return conditions


def _begins(keys: Collection[str]) -> ColumnElement[bool]:
    first, *others = (outbox.c.key.startswith(key, autoescape=True) for key in keys)
    condition: ColumnElement[bool] = first
    for other in others:
        condition = condition | other
    return condition
