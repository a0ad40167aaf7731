"""What figures are made of: items as they stand, and the ways that items went. Reads only.

Items that were deleted are in none of it. Whose an item is, what it is worth and where it came from is what
it says now: the portal keeps no history of that. Items that did not move in a period are not read for it, so
a report of a quarter costs in the tenth year what it costs in the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, FromClause, Select, and_, func, select, true
from sqlalchemy.types import NullType

from connector.store.bulk import as_read, stored
from connector.store.schema import item, visit


@dataclass(frozen=True, slots=True)
class Scope:
    """Which items are looked at. None: no matter which."""

    portal: str
    entity_type_id: int
    category_id: int | None
    owner_ids: frozenset[int] | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` on, before `until`."""

    since: datetime
    until: datetime

    def holds(self, at: datetime) -> bool:
        return self.since <= at < self.until


class Standing(NamedTuple):
    """An item in the stage in which it stands now."""

    id: int
    title: str
    stage_id: str
    owner_id: int | None
    amount: Decimal | None
    currency: str | None
    #: When it came there; None: nothing tells.
    entered_at: datetime | None
    #: When anything of it was last saved in the portal.
    updated_at: datetime | None


class Way(NamedTuple):
    """An item and its arrivals in stages, oldest first.

    Two columns of one length instead of an object for each arrival: there are hundreds of thousands.
    """

    id: int
    owner_id: int | None
    amount: Decimal | None
    currency: str | None
    #: None: a stage of another category.
    stage_ids: Sequence[str | None]
    ats: Sequence[datetime]


def standing(conn: Connection, scope: Scope, stage_ids: Collection[str]) -> list[Standing]:
    """The items of the category that stand in one of the stages now, by id."""
    c = item.c
    arrived_at = select(func.max(visit.c.at)).where(
        visit.c.portal == c.portal, visit.c.entity_type_id == c.entity_type_id, visit.c.item_id == c.id
    )
    entered_at = func.coalesce(arrived_at.scalar_subquery(), c.moved_at, c.created_at, type_=NullType())
    columns = (c.id, c.title, c.stage_id, c.owner_id, c.amount, c.currency, c.moved_at, c.updated_at)
    chosen = [entered_at if column is c.moved_at else stored(column) for column in columns]
    query = select(*chosen).where(_is_meant(scope), c.stage_id.in_(list(stage_ids)))
    if scope.category_id is not None:
        query = query.where(c.category_id == scope.category_id)
    # When it came there is an instant as `moved_at` is.
    return [Standing(*row) for row in _read(conn, query.order_by(c.id), columns)]


def ways(conn: Connection, scope: Scope, period: Period) -> list[Way]:
    """The ways, up to the end of the period, of the items that moved in it, by id.

    All arrivals of the item are there, those in other categories and those before the period too.
    """
    arrivals = _arrivals(conn, scope, period)
    c = item.c
    columns = (c.id, c.owner_id, c.amount, c.currency)
    query = select(*map(stored, columns)).where(_is_meant(scope), c.id.in_(_moved_of_type(scope, period)))
    return [
        Way(id_, owner_id, amount, currency, *arrivals[id_])
        for id_, owner_id, amount, currency in _read(conn, query.order_by(c.id), columns)
    ]


def moved(scope: Scope, period: Period) -> Select[Any]:
    """The ids of the items that moved in the period; if only some are looked at, of these alone."""
    found = _moved_of_type(scope, period)
    if scope.owner_ids is None and scope.source_id is None:
        return found
    # Looking an item up costs less than reading its way.
    return select(item.c.id).where(_is_meant(scope), item.c.id.in_(found))


def _moved_of_type(scope: Scope, period: Period) -> Select[Any]:
    c = visit.c
    return select(c.item_id).where(_of_type(scope, visit), c.at >= period.since, c.at < period.until)


def _arrivals(
    conn: Connection, scope: Scope, period: Period
) -> dict[int, tuple[Sequence[str | None], Sequence[datetime]]]:
    """Of the items that moved, oldest first. Without the items themselves: a join costs as much again."""
    arrival = visit.alias()
    c = arrival.c
    columns = (c.item_id, c.stage_id, c.category_id, c.at)
    query = (
        select(*map(stored, columns))
        .where(_of_type(scope, arrival), c.item_id.in_(moved(scope, period)), c.at < period.until)
        .order_by(c.item_id, c.at, c.history_number)
    )
    ids, stage_ids, category_ids, ats = _columns(conn, query, columns)
    if scope.category_id is not None:
        inside = zip(stage_ids, category_ids, strict=True)
        stage_ids = [stage if category == scope.category_id else None for stage, category in inside]
    found, begins = {}, 0
    # In the order of the rows, which is that of the items.
    for id_, count in Counter(ids).items():
        found[id_] = (stage_ids[begins : begins + count], ats[begins : begins + count])
        begins += count
    return found


def _read(conn: Connection, query: Select[Any], columns: Sequence[Column[Any]]) -> Iterable[Any]:
    """The rows of a query of `stored` columns."""
    return zip(*_columns(conn, query, columns), strict=True)


def _columns(conn: Connection, query: Select[Any], columns: Sequence[Column[Any]]) -> list[Sequence[Any]]:
    """The same by column, converted as a whole: there are very many rows.

    They come from the driver itself: an object for each row keeps the collector of garbage busy for as long
    again as reading them takes.
    """
    with conn.execute(query) as result:
        rows = result.cursor.fetchall()
    return as_read(conn, columns, list(zip(*rows, strict=True)) if rows else [()] * len(columns))


def first_arrival(conn: Connection, scope: Scope) -> datetime | None:
    """When the first item came into the category; None: nothing ever did."""
    query = select(func.min(visit.c.at)).where(_of_type(scope, visit))
    if scope.category_id is not None:
        query = query.where(visit.c.category_id == scope.category_id)
    found: datetime | None = conn.scalar(query)
    return found


def _is_meant(scope: Scope) -> ColumnElement[bool]:
    """Rows of `item` that the scope means, in whatever category they are now."""
    c = item.c
    return and_(
        c.portal == scope.portal,
        c.entity_type_id == scope.entity_type_id,
        c.gone_at.is_(None),
        true() if scope.owner_ids is None else c.owner_id.in_(sorted(scope.owner_ids)),
        true() if scope.source_id is None else c.source_id == scope.source_id,
    )


def _of_type(scope: Scope, visits: FromClause) -> ColumnElement[bool]:
    return and_(visits.c.portal == scope.portal, visits.c.entity_type_id == scope.entity_type_id)
