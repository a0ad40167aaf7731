"""Visits: an append-only copy of the portal's stage history. One row is one stay of an item in a stage.

Order is by instant, then by the portal's history id (its clock counts whole seconds). A row that we made up
comes before the real ones of its instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select, update

from connector.records import ItemRef, StageMove
from connector.store.dialect import chunks, insert
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


def add_many(conn: Connection, portal: str, moves: Iterable[StageMove], now: datetime) -> list[StageMove]:
    """Keep the moves; returns those that were new, oldest first. A known history id is never overwritten."""
    offered = {(move.ref.entity_type_id, move.id): move for move in moves}
    known = _known(conn, portal, offered)
    new = [move for key, move in offered.items() if key not in known]
    if new:
        conn.execute(insert(conn, visit).on_conflict_do_nothing(), [_row(portal, move, now) for move in new])
    return sorted(new, key=lambda move: (move.at, history_number(move.id)))


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
    for condition in _meaning(portal, keys):
        for row in conn.execute(select(*_COLUMNS).where(condition)):
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
    columns = (visit.c.entity_type_id, visit.c.history_id)
    conditions = _meaning(portal, keys)
    return {(row[0], row[1]) for each in conditions for row in conn.execute(select(*columns).where(each))}


def _meaning(portal: str, keys: Iterable[tuple[int, str]]) -> Iterator[ColumnElement[bool]]:
    by_type: dict[int, list[str]] = {}
    for entity_type_id, history_id in keys:
        by_type.setdefault(entity_type_id, []).append(history_id)
    for entity_type_id, history_ids in by_type.items():
        for some in chunks(history_ids):
            yield and_(
                visit.c.portal == portal,
                visit.c.entity_type_id == entity_type_id,
                visit.c.history_id.in_(some),
            )


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


def latest(conn: Connection, portal: str, ref: ItemRef) -> StageMove | None:
    """The visit the item is on."""
    query = _of(portal, ref).order_by(visit.c.at.desc(), visit.c.history_number.desc()).limit(1)
    row = conn.execute(query).first()
    return None if row is None else _move(row)


def latest_of(conn: Connection, portal: str, refs: Iterable[ItemRef]) -> dict[ItemRef, StageMove]:
    """`latest` for many items at once; items without a visit are left out."""
    by_type: dict[int, list[int]] = {}
    for ref in refs:
        by_type.setdefault(ref.entity_type_id, []).append(ref.id)
    found = {}
    for entity_type_id, item_ids in by_type.items():
        for some in chunks(item_ids):
            for row in conn.execute(_newest(portal, entity_type_id, some)):
                move = _move(row[:-1])
                found[move.ref] = move
    return found


def _newest(portal: str, entity_type_id: int, item_ids: list[int]) -> Select[Any]:
    place = func.row_number().over(
        partition_by=visit.c.item_id, order_by=(visit.c.at.desc(), visit.c.history_number.desc())
    )
    ranked = (
        select(*_COLUMNS, place.label("place"))
        .where(
            visit.c.portal == portal,
            visit.c.entity_type_id == entity_type_id,
            visit.c.item_id.in_(item_ids),
        )
        .subquery()
    )
    return select(ranked).where(ranked.c.place == 1)


def moved_since(conn: Connection, portal: str, entity_type_id: int, since: datetime) -> set[ItemRef]:
    """The items that came into a stage at that instant or later."""
    ids = conn.scalars(
        select(visit.c.item_id)
        .where(visit.c.portal == portal, visit.c.entity_type_id == entity_type_id, visit.c.at >= since)
        .distinct()
    )
    return {ItemRef(entity_type_id, item_id) for item_id in ids}


def of(conn: Connection, portal: str, ref: ItemRef) -> list[StageMove]:
    """All visits of the item, oldest first."""
    rows = conn.execute(_of(portal, ref).order_by(visit.c.at, visit.c.history_number))
    return [_move(row) for row in rows]


def of_items(
    conn: Connection, portal: str, entity_type_id: int, item_ids: Iterable[int]
) -> dict[int, list[StageMove]]:
    """`of` for many items of one type at once, by id; items without a visit are left out."""
    found: dict[int, list[StageMove]] = {}
    for some in chunks(item_ids):
        query = select(*_COLUMNS).where(
            visit.c.portal == portal, visit.c.entity_type_id == entity_type_id, visit.c.item_id.in_(some)
        )
        for row in conn.execute(query.order_by(visit.c.at, visit.c.history_number)):
            move = _move(row)
            found.setdefault(move.ref.id, []).append(move)
    return found


def after(conn: Connection, portal: str, ref: ItemRef, history_id: str) -> list[StageMove]:
    """The visits of the item after this one, oldest first; none if it is not known."""
    moves = of(conn, portal, ref)
    place = next((index for index, move in enumerate(moves) if move.id == history_id), len(moves))
    return moves[place + 1 :]


def _of(portal: str, ref: ItemRef) -> Select[Any]:
    return select(*_COLUMNS).where(
        visit.c.portal == portal,
        visit.c.entity_type_id == ref.entity_type_id,
        visit.c.item_id == ref.id,
    )
