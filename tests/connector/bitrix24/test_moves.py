"""Stage moves: one row of the history is one visit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.bitrix24 import Client
from connector.bitrix24.moves import OddMove, list_moves, moves_of, newest_moves
from connector.errors import FatalError
from connector.records import DEAL, LEAD, ItemRef, StageMove
from tests.connector.bitrix24.portal import StandIn, pages, table

AT = "2024-04-25T14:59:11+03:00"


def row(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "ID": number,
        "TYPE_ID": 2,
        "OWNER_ID": 21,
        "CREATED_TIME": AT,
        "CATEGORY_ID": 0,
        "STAGE_SEMANTIC_ID": "P",
        "STAGE_ID": "NEW",
        **fields,
    }


def listed(
    portal: StandIn, client: Client, rows: list[dict[str, Any]], type_id: int = DEAL, **asked: Any
) -> Any:
    portal.says("crm.stagehistory.list", table(rows, id_name="ID", row_id="ID"))
    return pages(list_moves(client, type_id, **asked))


def test_moves_are_read_in_the_order_of_their_ids(portal: StandIn, client: Client) -> None:
    moves = listed(portal, client, [row(number) for number in range(130, 0, -1)])
    assert [move.id for move in moves] == [str(number) for number in range(1, 131)]
    assert moves[0] == StageMove(
        "1", ItemRef(DEAL, 21), 2, 0, "NEW", "P", datetime(2024, 4, 25, 11, 59, 11, tzinfo=UTC)
    )


def test_moves_of_leads_call_their_stage_a_status(portal: StandIn, client: Client) -> None:
    lead = {
        "ID": "7",
        "TYPE_ID": "3",
        "OWNER_ID": "5",
        "CREATED_TIME": AT,
        "STATUS_ID": "JUNK",
        "STATUS_SEMANTIC_ID": "F",
    }
    (move,) = listed(portal, client, [lead], LEAD)
    assert (move.ref, move.type_id, move.stage_id, move.semantics, move.category_id) == (
        ItemRef(LEAD, 5),
        3,
        "JUNK",
        "F",
        None,
    )


def test_the_last_minutes_and_certain_items_can_be_asked_for(portal: StandIn, client: Client) -> None:
    listed(portal, client, [], after_id=35, since=datetime(2026, 10, 5, 7, 0, tzinfo=UTC), item_ids=[21, 22])
    assert portal.commands[0].params["filter"] == {
        ">=CREATED_TIME": "2026-10-05T07:00:00+00:00",
        "@OWNER_ID": [21, 22],
        ">ID": 35,
    }
    assert portal.commands[0].params["order"] == {"ID": "ASC"}


def test_the_newest_rows_of_one_item_can_be_asked_for() -> None:
    assert newest_moves(ItemRef(DEAL, 7)).params["order"] == {"ID": "DESC"}


@pytest.mark.parametrize(
    "broken",
    [
        {"STAGE_ID": None},
        {"CREATED_TIME": "soon"},
        {"CREATED_TIME": None},
        {"OWNER_ID": 0},
        {"TYPE_ID": "back"},
    ],
)
def test_a_row_that_cannot_be_read_stands_in_its_place_with_what_it_says(
    portal: StandIn, client: Client, broken: dict[str, Any]
) -> None:
    before, odd, after = listed(portal, client, [row(1), row(2, **broken), row(3)])
    assert isinstance(odd, OddMove)
    assert (before.id, odd.id, after.id) == ("1", "2", "3")
    assert odd.ref == (None if "OWNER_ID" in broken else ItemRef(DEAL, 21))
    assert (odd.at is None) == ("CREATED_TIME" in broken)
    assert next(iter(broken)) in odd.reason or "without a time or a stage" in odd.reason


def test_who_must_know_every_move_of_an_item_gets_an_error(portal: StandIn, client: Client) -> None:
    portal.says("crm.stagehistory.list", table([row(1), row(2, STAGE_ID=[])], id_name="ID", row_id="ID"))
    answer = client.ask(newest_moves(ItemRef(DEAL, 21)))
    with pytest.raises(FatalError, match="stage history row 2"):
        moves_of(answer, DEAL)
