"""Looking for records of the mirror by what people know of them: a part of the title, or the id."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, Text, case, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from connector.records import ItemRef
from connector.store.schema import item

_ESCAPE = "\\"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A record as a list of results shows it."""

    ref: ItemRef
    title: str
    stage_id: str | None
    owner_id: int | None
    amount: Decimal | None
    currency: str | None
    updated_at: datetime | None


class _folded(FunctionElement[str]):
    """A text whose letters are all small, in every alphabet."""

    type = Text()
    name = "folded"
    inherit_cache = True


@compiles(_folded)
def _compile(element: _folded, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(_folded, "sqlite")
def _compile_sqlite(element: _folded, compiler: SQLCompiler, **options: Any) -> str:
    return f"folded({compiler.process(element.clauses, **options)})"


def teach_sqlite(connection: sqlite3.Connection) -> None:
    """SQLite's own `lower` knows no letters but those of ASCII."""
    connection.create_function("folded", 1, _fold, deterministic=True)


def _fold(text: str | None) -> str | None:
    return text.lower() if text is not None else None


def find_items(
    conn: Connection, portal: str, text: str, entity_type_ids: Collection[int], *, limit: int
) -> list[Found]:
    """Records whose title has the text in it, or whose id it is; that id first, then the newest changed."""
    wanted = text.strip().lower()
    if not wanted:
        return []
    # An id of the CRM has at most this many digits; a longer number is a part of a title.
    is_id = item.c.id == int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else None
    is_titled = _folded(item.c.title).contains(wanted, autoescape=True, escape=_ESCAPE)
    query = _found(portal, entity_type_ids).where(is_titled if is_id is None else or_(is_id, is_titled))
    if is_id is not None:
        query = query.order_by(case((is_id, 0), else_=1))
    return _take(conn, query, limit)


def newest(conn: Connection, portal: str, entity_type_ids: Collection[int], *, limit: int) -> list[Found]:
    """The records that were changed last."""
    return _take(conn, _found(portal, entity_type_ids), limit)


def _found(portal: str, entity_type_ids: Collection[int]) -> Select[Any]:
    return select(
        item.c.entity_type_id,
        item.c.id,
        item.c.title,
        item.c.stage_id,
        item.c.owner_id,
        item.c.amount,
        item.c.currency,
        item.c.updated_at,
    ).where(
        item.c.portal == portal,
        item.c.entity_type_id.in_(sorted(entity_type_ids)),
        item.c.gone_at.is_(None),
    )


def _take(conn: Connection, query: Select[Any], limit: int) -> list[Found]:
    in_order = query.order_by(item.c.updated_at.desc().nulls_last(), item.c.entity_type_id, item.c.id.desc())
    return [
        Found(
            ref=ItemRef(type_id, item_id),
            title=title,
            stage_id=stage_id,
            owner_id=owner_id,
            amount=amount,
            currency=currency,
            updated_at=updated_at,
        )
        for type_id, item_id, title, stage_id, owner_id, amount, currency, updated_at in conn.execute(
            in_order.limit(limit)
        )
    ]
