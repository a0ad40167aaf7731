"""What figures are made of: items as they stand, and the ways that items went. Reads only.

Items that were deleted are in none of it. Whose an item is, what it is worth and where it came from is what
it says now: the portal keeps no history of that. Items that did not move in a period are not read for it, so
a report of a quarter costs in the tenth year what it costs in the first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, func, select, true

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
    arrivals = _arrivals(conn, scope, period, moved)
    query = select(item.c.id, item.c.owner_id, item.c.amount, item.c.currency)
    rows = conn.execute(query.where(_is_meant(scope), item.c.id.in_(moved)).order_by(item.c.id))
    return [Way(*row, arrivals=arrivals[row[0]]) for row in rows]


def _arrivals(
    conn: Connection, scope: Scope, period: Period, moved: Select[tuple[int]]
) -> dict[int, tuple[Arrival, ...]]:
    of_moved = visit.alias()
    c = of_moved.c
    rows = conn.execute(
        select(c.item_id, c.stage_id, c.category_id, c.at)
        .where(_of_type(scope, of_moved), c.item_id.in_(moved), c.at < period.until)
        .order_by(c.item_id, c.at, c.history_number)
    )
    by_item = groupby(rows, itemgetter(0))
    return {item_id: tuple(Arrival(*row[1:]) for row in some) for item_id, some in by_item}


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
