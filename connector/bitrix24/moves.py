"""The stage history: which item came into which stage, when. One row is one visit.

The history has ids of its own, ascending, and is only added to: the log that stage moves are replayed from.
It does not say who moved. Rows may become visible late and out of order, so whoever follows it reads the last
two minutes again (`since`) and de-duplicates by id; after a change of category rows may be missing
(b24restdocs#8), and then the flow makes one up from the item.

A row that cannot be read stays as it is for ever, and must not hold up those after it: lists have an
`OddMove` in its place, and it is for their reader to say what that means.

Page: api-reference/crm/crm-stage-history-list.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from connector.bitrix24.call import Call, Priority
from connector.bitrix24.client import Client
from connector.bitrix24.list_call import ListCall
from connector.bitrix24.listing import list_all
from connector.bitrix24.outcome import Answer
from connector.bitrix24.reading import rows_in
from connector.bitrix24.wire import Unreadable, as_category, as_id, as_instant, as_text, need_id, read
from connector.errors import FatalError
from connector.records import ItemRef, StageMove

METHOD = "crm.stagehistory.list"

T = TypeVar("T")
#: Of an id that is none.
_LONGEST_ID = 40


@dataclass(frozen=True, slots=True)
class OddMove:
    """A row that cannot be read, with what it says all the same; `id` is text as the portal sent it."""

    id: str
    entity_type_id: int
    ref: ItemRef | None
    type_id: int | None
    at: datetime | None
    reason: str


MoveRow = StageMove | OddMove


def parted(rows: Iterable[MoveRow]) -> tuple[list[StageMove], list[OddMove]]:
    """The moves, and the rows that cannot be read."""
    listed = list(rows)
    moves = [row for row in listed if isinstance(row, StageMove)]
    return moves, [row for row in listed if isinstance(row, OddMove)]


def list_moves(
    client: Client,
    entity_type_id: int,
    *,
    after_id: int = 0,
    upto: int | None = None,
    since: datetime | None = None,
    item_ids: Sequence[int] | None = None,
    expected: int = 0,
    overlap: int = 1,
    priority: Priority = Priority.SWEEP,
) -> Iterator[list[MoveRow]]:
    """Pages of rows in the order of their ids: above `after_id`, at or after `since`, of these items.

    A row without an id is an error: nobody knows what comes after it.
    """
    call = moves_call(entity_type_id, since=since, item_ids=item_ids)
    pages = list_all(
        client, call, after_id=after_id, upto=upto, expected=expected, overlap=overlap, priority=priority
    )
    for page in pages:
        yield [row_from(row, entity_type_id) for row in page]


def moves_call(
    entity_type_id: int, *, since: datetime | None = None, item_ids: Sequence[int] | None = None
) -> ListCall:
    """How the history is listed; rows of leads name their stage STATUS_ID, all others STAGE_ID."""
    narrowed: dict[str, Any] = {}
    if since is not None:
        narrowed[">=CREATED_TIME"] = since
    if item_ids is not None:
        narrowed["@OWNER_ID"] = list(item_ids)
    return ListCall(
        METHOD,
        params={"entityTypeId": entity_type_id},
        filter=narrowed,
        id_name="ID",
        row_id="ID",
    )


def newest_moves(ref: ItemRef) -> Call:
    """The newest 50 rows of one item's history; the answer is read with `moves_of`."""
    params = {
        "entityTypeId": ref.entity_type_id,
        "filter": {"OWNER_ID": ref.id},
        "order": {"ID": "DESC"},
        "start": -1,
    }
    return Call(METHOD, params)


def move_rows_of(answer: Answer, entity_type_id: int) -> list[MoveRow]:
    """The rows in one answer; raises what it says if it is not DONE."""
    return [row_from(row, entity_type_id) for row in rows_in(answer, METHOD, "items")]


def moves_of(answer: Answer, entity_type_id: int) -> list[StageMove]:
    """`move_rows_of` of which every one can be read: FatalError at the first that cannot."""
    return list(map(_need_move, move_rows_of(answer, entity_type_id)))


def row_from(row: Mapping[str, Any], entity_type_id: int) -> MoveRow:
    """One row of the history."""
    try:
        return _move_from(row, entity_type_id)
    except Unreadable as error:
        owner = _if_readable(row, "OWNER_ID", as_id)
        return OddMove(
            id=str(row.get("ID"))[:_LONGEST_ID],
            entity_type_id=entity_type_id,
            ref=ItemRef(entity_type_id, owner) if owner else None,
            type_id=_if_readable(row, "TYPE_ID", as_id),
            at=_if_readable(row, "CREATED_TIME", as_instant),
            reason=str(error),
        )


def _move_from(row: Mapping[str, Any], entity_type_id: int) -> StageMove:
    """Unreadable names the field that cannot be read."""
    at = read(row, "CREATED_TIME", as_instant)
    stage_id = read(row, "STAGE_ID", as_text) or read(row, "STATUS_ID", as_text)
    if at is None or stage_id is None:
        raise Unreadable("a move without a time or a stage")
    return StageMove(
        id=str(read(row, "ID", need_id)),
        ref=ItemRef(entity_type_id, read(row, "OWNER_ID", need_id)),
        type_id=read(row, "TYPE_ID", need_id),
        category_id=read(row, "CATEGORY_ID", as_category),
        stage_id=stage_id,
        semantics=read(row, "STAGE_SEMANTIC_ID", as_text) or read(row, "STATUS_SEMANTIC_ID", as_text),
        at=at,
    )


def _if_readable(row: Mapping[str, Any], name: str, reader: Callable[[Any], T]) -> T | None:
    try:
        return reader(row.get(name))
    except Unreadable:
        return None


def _need_move(row: MoveRow) -> StageMove:
    if isinstance(row, OddMove):
        raise FatalError(f"stage history row {row.id} cannot be read: {row.reason}", method=METHOD)
    return row
