"""Tasks that no list shows: many are asked for in one request, and none is believed deleted without proof."""

from __future__ import annotations

from typing import Any

import pytest

from connector.bitrix24 import Client
from connector.bitrix24.missing_tasks import MOST_PROOFS, read_missing
from connector.errors import RetriableError
from tests.connector.bitrix24.portal import Refusal, StandIn

GONE_V3 = Refusal("BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION", "Record not found")
FORBIDDEN = Refusal("1048582", "No access")


def _row(number: int) -> dict[str, Any]:
    return {"id": str(number), "title": f"Task {number}", "status": "2", "ufCrmTask": ["D_1"]}


def _raising(refusal: Refusal) -> Any:
    def method(params: dict[str, Any]) -> Any:
        raise refusal

    return method


@pytest.fixture
def shown(portal: StandIn) -> dict[int, dict[str, Any]]:
    """What a get shows; everything else is empty."""
    rows: dict[int, dict[str, Any]] = {}

    def get(params: dict[str, Any]) -> Any:
        row = rows.get(int(params["taskId"]))
        return {"task": row} if row else []

    portal.says("tasks.task.get", get)
    portal.says("api/tasks.task.get", _raising(GONE_V3))
    return rows


def test_for_an_administrator_forty_nine_are_one_request(
    portal: StandIn, client: Client, shown: dict[int, dict[str, Any]]
) -> None:
    portal.says("user.admin", True)
    shown[7] = _row(7)
    found = read_missing(client, range(1, 50))
    assert {one for one, task in found.items() if task is not None} == {7}
    assert len(found) == 49
    assert client.requests_sent == 1


def test_for_anybody_else_each_is_proven_and_only_so_many_at_a_time(
    portal: StandIn, client: Client, shown: dict[int, dict[str, Any]]
) -> None:
    portal.says("user.admin", False)
    assert read_missing(client, range(1, 40)) == dict.fromkeys(range(1, MOST_PROOFS + 1))
    assert client.requests_sent == 1 + MOST_PROOFS


def test_a_task_that_may_not_be_read_is_not_deleted(portal: StandIn, client: Client) -> None:
    portal.says("user.admin", True)
    portal.says("tasks.task.get", _raising(FORBIDDEN))
    assert read_missing(client, [1]) == {}


def test_nothing_is_known_while_the_portal_cannot_answer(portal: StandIn, client: Client) -> None:
    portal.says("user.admin", True)
    portal.says("tasks.task.get", _raising(Refusal("QUERY_LIMIT_EXCEEDED", "Too many requests", 503)))
    with pytest.raises(RetriableError):
        read_missing(client, [1])


def test_nothing_missing_is_no_request(client: Client) -> None:
    assert read_missing(client, []) == {}
    assert client.requests_sent == 0
