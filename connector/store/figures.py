"""What figures are made of: items as they stand, and the ways that items went. Reads only.

Items that were deleted are in none of it. Whose an item is, what it is worth and where it came from is what
it says now: the portal keeps no history of that. Items that did not move in a period are not read for it, so
a report of a quarter costs in the tenth year what it costs in the first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, select, true

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


@dataclass(frozen=True, slots=True)
class Standing:
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


class Arrival(NamedTuple):
    """A visit: an item came into a stage."""

    stage_id: str
    category_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Way:
    """An item and its arrivals, oldest first."""

    id: int
    owner_id: int | None
    amount: Decimal | None
    currency: str | None
    arrivals: tuple[Arrival, ...]


def standing(conn: Connection, scope: Scope, stage_ids: Collection[str]) -> list[Standing]:
    """The items of the category that stand in one of the stages now, by id."""
    c = item.c
    arrived_at = select(func.max(visit.c.at)).where(
        visit.c.portal == c.portal, visit.c.entity_type_id == c.entity_type_id, visit.c.item_id == c.id
    )
    entered_at = func.coalesce(arrived_at.scalar_subquery(), c.moved_at, c.created_at, type_=c.moved_at.type)
    query = select(
        c.id, c.title, c.stage_id, c.owner_id, c.amount, c.currency, entered_at, c.updated_at
    ).where(_is_meant(scope), c.stage_id.in_(list(stage_ids)))
    if scope.category_id is not None:
        query = query.where(c.category_id == scope.category_id)
    return [Standing(*row) for row in conn.execute(query.order_by(c.id))]


def ways(conn: Connection, scope: Scope, period: Period) -> list[Way]:
    """The ways, up to the end of the period, of the items that moved in it, by id.

    All arrivals of the item are there, those in other categories and those before the period too.
    """
    moved = select(visit.c.item_id).where(
        _of_type(scope, visit), visit.c.at >= period.since, visit.c.at < period.until
    )
    arrival = visit.alias()
    c = arrival.c
    of_item = and_(
        item.c.portal == c.portal, item.c.entity_type_id == c.entity_type_id, item.c.id == c.item_id
    )
    query = (
        select(
            *(item.c.id, item.c.owner_id, item.c.amount, item.c.currency),
            *(c.stage_id, c.category_id, c.at),
        )
        .select_from(arrival.join(item, of_item))
        .where(_is_meant(scope), _of_type(scope, arrival), c.item_id.in_(moved), c.at < period.until)
        .order_by(c.item_id, c.at, c.history_number)
    )
    # All at once: row by row the driver takes half as long again.
    by_item = groupby(conn.execute(query).all(), itemgetter(0))
    return [_way(list(rows)) for _, rows in by_item]


def first_arrival(conn: Connection, scope: Scope) -> datetime | None:
    """When the first item came into the category; None: nothing ever did."""
    query = select(func.min(visit.c.at)).where(_of_type(scope, visit))
    if scope.category_id is not None:
        query = query.where(visit.c.category_id == scope.category_id)
    return conn.scalar(query)


def _way(rows: Sequence[Any]) -> Way:
    first = rows[0]
    arrivals = tuple(Arrival(stage_id, category_id, at) for *_, stage_id, category_id, at in rows)
    return Way(first.id, first.owner_id, first.amount, first.currency, arrivals)


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
