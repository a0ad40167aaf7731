"""Writing thousands of rows of one shape: SQLAlchemy's statement and types, without its work for each row.

It prepares every row as a dictionary of its own, which costs more than the database does. Here the values are
converted column by column and handed to the driver as they are: 1.5 times as fast for a page of items.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Update

from connector.store.columns import bind_column


def execute_many(conn: Connection, statement: Insert | Update, columns: Mapping[str, Sequence[Any]]) -> None:
    """Run `statement` once for each row; `columns` holds the rows' values by parameter, all equally long."""
    compiled = statement.compile(dialect=conn.dialect, column_keys=list(columns))
    names: Sequence[str] = compiled.positiontup or list(compiled.binds)
    converted = []
    for name in names:
        type_ = compiled.binds[name].type.dialect_impl(conn.dialect)
        convert = type_.bind_processor(conn.dialect)
        converted.append(_converted(columns[name], convert) if convert else columns[name])
    rows: list[Any] = list(zip(*converted, strict=True))
    if not compiled.positional:
        rows = [dict(zip(names, row, strict=True)) for row in rows]
    if rows:
        conn.exec_driver_sql(str(compiled), rows)


def _converted(values: Sequence[Any], convert: Callable[[Any], Any]) -> Sequence[Any]:
    """Each value as the driver takes it; what is the same all the way down is converted once."""
    if values and values[0] is values[-1] and len(set(map(id, values))) == 1:
        return [convert(values[0])] * len(values)
    return bind_column(convert, values)
