"""Thousands of rows of one shape: SQLAlchemy's statements and types, without its work for each value.

It converts value by value, which costs more than the database does. Here whole columns are converted, on the
way in and on the way out; in between, values are as the driver takes and gives them: *stored*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Dialect, Insert, Update, type_coerce
from sqlalchemy.types import NullType

from connector.store.columns import convert_column

_Values = Sequence[Any]
_Convert = Callable[[Any], Any] | None


def as_stored(conn: Connection, columns: Sequence[Column[Any]], values: Iterable[_Values]) -> list[_Values]:
    """The values of each column as the database keeps them."""
    dialect = conn.dialect
    converts = (column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns)
    return _converted(converts, values)


def as_read(conn: Connection, columns: Sequence[Column[Any]], values: Iterable[_Values]) -> list[_Values]:
    """The stored values of each column as the program knows them."""
    dialect = conn.dialect
    converts = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
    return _converted(converts, values)


def _converted(converts: Iterable[_Convert], values: Iterable[_Values]) -> list[_Values]:
    pairs = zip(converts, values, strict=True)
    return [each if convert is None else convert_column(convert, each) for convert, each in pairs]


def stored(column: Column[Any]) -> ColumnElement[Any]:
    """The column in a SELECT whose rows are to come as they are stored."""
    return type_coerce(column, NullType()).label(column.name)


def write_stored(conn: Connection, statement: Insert | Update, columns: Mapping[str, _Values]) -> None:
    """Run `statement` once for each row; `columns` holds stored values by parameter, all equally long."""
    text, names, is_positional = _compiled(statement, conn.dialect, tuple(columns))
    rows: list[Any] = list(zip(*(columns[name] for name in names), strict=True))
    if not is_positional:
        rows = [dict(zip(names, row, strict=True)) for row in rows]
    if rows:
        conn.exec_driver_sql(text, rows)


@lru_cache(maxsize=32)
def _compiled(
    statement: Insert | Update, dialect: Dialect, columns: tuple[str, ...]
) -> tuple[str, Sequence[str], bool]:
    """The text of a statement, and the order of its parameters if they have one."""
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    return str(compiled), compiled.positiontup or list(compiled.binds), compiled.positional
