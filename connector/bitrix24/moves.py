"""The stage history: which item came into which stage, when. One row is one visit.

The history has ids of its own, ascending, and is only added to: the log that stage moves are replayed from.
It does not say who moved. Rows may become visible late and out of order, so whoever follows it reads the last
two minutes again (`since`) and de-duplicates by id; after a change of category rows may be missing
(b24restdocs#8), and then the flow makes one up from the item.

Page: api-reference/crm/crm-stage-history-list.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from connector.bitrix24.call import Call, Priority
from connector.bitrix24.client import Client
from connector.bitrix24.list_call import ListCall
from connector.bitrix24.listing import list_all
from connector.bitrix24.outcome import Answer
from connector.bitrix24.reading import rows_in
from connector.bitrix24.wire import Unreadable, as_category, as_instant, as_text, need_id, read
from connector.errors import FatalError
from connector.records import ItemRef, StageMove

METHOD = "crm.stagehistory.list"


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
) -> Iterator[list[StageMove]]:
    """Pages of moves in the order of their ids: above `after_id`, at or after `since`, of these items."""
    call = moves_call(entity_type_id, since=since, item_ids=item_ids)
    pages = list_all(
        client, call, after_id=after_id, upto=upto, expected=expected, overlap=overlap, priority=priority
    )
    for page in pages:
        yield [move_from(row, entity_type_id) for row in page]


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


def moves_of(answer: Answer, entity_type_id: int) -> list[StageMove]:
    """The moves in one answer; raises what it says if it is not DONE."""
    return [move_from(row, entity_type_id) for row in rows_in(answer, METHOD, "items")]


def move_from(row: Mapping[str, Any], entity_type_id: int) -> StageMove:
    """One row of the history; FatalError naming the field that cannot be read."""
    try:
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
    except Unreadable as error:
        raise FatalError(
            f"stage history row {row.get('ID')} cannot be read: {error}", method=METHOD
        ) from None
