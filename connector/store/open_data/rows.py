"""The rows of a view as Python values, however many there are: a page at a time, never all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Connection, Date, column, select, table
from sqlalchemy.types import TypeEngine

from connector.store.columns import Instant
from connector.store.open_data.model import ColumnKind, View

#: Rows that are in memory at once.
PAGE = 2_000

_TYPES: Mapping[ColumnKind, TypeEngine[Any]] = {"instant": Instant(), "yes_no": Boolean(), "date": Date()}


def read(
    conn: Connection, view: View, portals: Collection[str], since: datetime | None = None
) -> Iterator[Sequence[Sequence[Any]]]:
    """Pages of rows, in the order of the view's columns.

    Instants are aware and in UTC, dates dates, JSON is text; numbers are int, float or Decimal. With `since`,
    rows that changed here at that instant or later; views that do not tell are given whole.
    """
    source = table(view.name, *(column(one.name, _TYPES.get(one.kind)) for one in view.columns))
    query = select(source).where(source.c.portal.in_(portals))
    if since is not None and view.since is not None:
        query = query.where(source.c[view.since] >= since)
    query = query.order_by(*(source.c[name] for name in view.order))
    result = conn.execute(query, execution_options={"yield_per": PAGE})
    yield from result.partitions()
