"""Visits: an append-only copy of the portal's stage history. One row is one stay of an item in a stage.

Order is by instant, then by the portal's history id (its clock counts whole seconds). A row that we made up
comes before the real ones of its instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, and_, bindparam, func, select, update

from connector.records import ItemRef, StageMove
from connector.store.dialect import chunks, insert_for
from connector.store.schema import visit

_COLUMNS = (
    visit.c.history_id,
    visit.c.entity_type_id,
    visit.c.item_id,
    visit.c.type_id,
    visit.c.category_id,
    visit.c.stage_id,
    visit.c.semantics,
    visit.c.at,
)


_NAMED = and_(
    visit.c.portal == bindparam("portal"),
    visit.c.entity_type_id == bindparam("entity_type_id"),
    visit.c.history_id.in_(bindparam("history_ids", expanding=True)),
)
_KEPT = select(*_COLUMNS).where(_NAMED)
_KNOWN = select(visit.c.entity_type_id, visit.c.history_id).where(_NAMED)


def add_many(conn: Connection, portal: str, moves: Iterable[StageMove], now: datetime) -> list[StageMove]:
    """Keep the moves; returns those that were new, oldest first. A known history id is never overwritten."""
    offered = {(move.ref.entity_type_id, move.id): move for move in moves}
    known = _known(conn, portal, offered)
    new = [move for key, move in offered.items() if key not in known]
    if new:
        conn.execute(_add(conn.dialect.name), [_row(portal, move, now) for move in new])
    return sorted(new, key=lambda move: (move.at, history_number(move.id)))


@cache
def _add(dialect: str) -> Insert:
    return insert_for(dialect, visit).on_conflict_do_nothing()


def mend(conn: Connection, portal: str, moves: Iterable[StageMove]) -> list[StageMove]:
    """Put right the visits whose rows are not as the portal has them; returns those that were wrong.

    The portal never changes a row of its history: one that differs was damaged here.
    """
    right = {(move.ref.entity_type_id, move.id): move for move in moves}
    wrong = [right[key] for key, kept in _kept(conn, portal, right).items() if kept != right[key]]
    for move in wrong:
        conn.execute(
            update(visit)
            .where(
                visit.c.portal == portal,
                visit.c.entity_type_id == move.ref.entity_type_id,
                visit.c.history_id == move.id,
            )
            .values({column.name: value for column, value in zip(_COLUMNS, _values(move), strict=True)})
        )
    return wrong


def _kept(conn: Connection, portal: str, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], StageMove]:
    kept = {}
    for some in _by_type(portal, keys):
        for row in conn.execute(_KEPT, some):
            move = _move(row)
            kept[(move.ref.entity_type_id, move.id)] = move
    return kept


def _values(move: StageMove) -> tuple[Any, ...]:
    """In the order of `_COLUMNS`."""
    place = (move.type_id, move.category_id, move.stage_id, move.semantics, move.at)
    return (move.id, move.ref.entity_type_id, move.ref.id, *place)


def unknown(conn: Connection, portal: str, moves: Sequence[StageMove]) -> list[StageMove]:
    """Those of the moves that are not kept yet."""
    known = _known(conn, portal, ((move.ref.entity_type_id, move.id) for move in moves))
    return [move for move in moves if (move.ref.entity_type_id, move.id) not in known]


def history_number(history_id: str) -> int:
    """The portal's number of a history row; 0 for a row that we made up."""
    return int(history_id) if history_id.isdecimal() else 0


def _known(conn: Connection, portal: str, keys: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    return {(row[0], row[1]) for some in _by_type(portal, keys) for row in conn.execute(_KNOWN, some)}


def _by_type(portal: str, keys: Iterable[tuple[int, str]]) -> Iterator[dict[str, Any]]:
    """The parameters of `_KEPT` and `_KNOWN` for all these rows."""
    by_type: dict[int, list[str]] = {}
    for entity_type_id, history_id in keys:
        by_type.setdefault(entity_type_id, []).append(history_id)
    for entity_type_id, history_ids in by_type.items():
        for some in chunks(history_ids):
            yield {"portal": portal, "entity_type_id": entity_type_id, "history_ids": some}


def _row(portal: str, move: StageMove, now: datetime) -> dict[str, Any]:
    return {
        "portal": portal,
        "entity_type_id": move.ref.entity_type_id,
        "history_id": move.id,
        "history_number": history_number(move.id),
        "item_id": move.ref.id,
        "type_id": move.type_id,
        "category_id": move.category_id,
        "stage_id": move.stage_id,
        "semantics": move.semantics,
        "at": move.at,
        "seen_at": now,
    }


def _move(row: Sequence[Any]) -> StageMove:
    history_id, entity_type_id, item_id, *rest = row
    return StageMove(history_id, ItemRef(entity_type_id, item_id), *rest)


def first_numbers(conn: Connection, portal: str, entity_type_id: int, *, above: int, limit: int) -> list[int]:
    """The lowest history ids above that one, of the visits of this type that the portal knows, ascending."""
    query = select(visit.c.history_number).where(
        visit.c.portal == portal, visit.c.entity_type_id == entity_type_id, visit.c.history_number > above
    )
    return list(conn.scalars(query.order_by(visit.c.history_number).limit(limit)))


_OF_TYPE = select(*_COLUMNS).where(
    visit.c.portal == bindparam("portal"), visit.c.entity_type_id == bindparam("entity_type_id")
)
_OF_ITEM = _OF_TYPE.where(visit.c.item_id == bindparam("item_id"))
_OF_ITEMS = _OF_TYPE.where(visit.c.item_id.in_(bindparam("item_ids", expanding=True)))
_OLDEST_FIRST = (visit.c.at, visit.c.history_number)
_NEWEST_FIRST = (visit.c.at.desc(), visit.c.history_number.desc())

_LATEST = _OF_ITEM.order_by(*_NEWEST_FIRST).limit(1)


def latest(conn: Connection, portal: str, ref: ItemRef) -> StageMove | None:
    """The visit the item is on."""
    row = conn.execute(_LATEST, _of(portal, ref)).first()
    return None if row is None else _move(row)


_RANKED = _OF_ITEMS.add_columns(
    func.row_number().over(partition_by=visit.c.item_id, order_by=_NEWEST_FIRST).label("place")
).subquery()
_LATEST_OF = select(_RANKED).where(_RANKED.c.place == 1)


def latest_of(conn: Connection, portal: str, refs: Iterable[ItemRef]) -> dict[ItemRef, StageMove]:
    """`latest` for many items at once; items without a visit are left out."""
    by_type: dict[int, list[int]] = {}
    for ref in refs:
        by_type.setdefault(ref.entity_type_id, []).append(ref.id)
    found = {}
    for entity_type_id, item_ids in by_type.items():
        for some in chunks(item_ids):
            named = {"portal": portal, "entity_type_id": entity_type_id, "item_ids": some}
            for row in conn.execute(_LATEST_OF, named):
                move = _move(row[:-1])
                found[move.ref] = move
    return found


def moved_since(conn: Connection, portal: str, entity_type_id: int, since: datetime) -> set[ItemRef]:
    """The items that came into a stage at that instant or later."""
    ids = conn.scalars(
        select(visit.c.item_id)
        .where(visit.c.portal == portal, visit.c.entity_type_id == entity_type_id, visit.c.at >= since)
        .distinct()
    )
    return {ItemRef(entity_type_id, item_id) for item_id in ids}


_ALL_OF_ITEM = _OF_ITEM.order_by(*_OLDEST_FIRST)
_ALL_OF_ITEMS = _OF_ITEMS.order_by(*_OLDEST_FIRST)


def of(conn: Connection, portal: str, ref: ItemRef) -> list[StageMove]:
    """All visits of the item, oldest first."""
    return [_move(row) for row in conn.execute(_ALL_OF_ITEM, _of(portal, ref))]


def of_items(
    conn: Connection, portal: str, entity_type_id: int, item_ids: Iterable[int]
) -> dict[int, list[StageMove]]:
    """`of` for many items of one type at once, by id; items without a visit are left out."""
    found: dict[int, list[StageMove]] = {}
    for some in chunks(item_ids):
        named = {"portal": portal, "entity_type_id": entity_type_id, "item_ids": some}
        for row in conn.execute(_ALL_OF_ITEMS, named):
            move = _move(row)
            found.setdefault(move.ref.id, []).append(move)
    return found


def after(conn: Connection, portal: str, ref: ItemRef, history_id: str) -> list[StageMove]:
    """The visits of the item after this one, oldest first; none if it is not known."""
    moves = of(conn, portal, ref)
    place = next((index for index, move in enumerate(moves) if move.id == history_id), len(moves))
    return moves[place + 1 :]


def _of(portal: str, ref: ItemRef) -> dict[str, Any]:
    return {"portal": portal, "entity_type_id": ref.entity_type_id, "item_id": ref.id}
