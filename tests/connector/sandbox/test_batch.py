"""Many commands in one request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector.sandbox.exchange import PortalRequest
from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ask


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


def batch(portal: SandboxPortal, cmd: Any, **params: Any) -> dict[str, Any]:
    result: dict[str, Any] = ask(portal, "batch", {"cmd": cmd, **params}).result
    return result


def test_later_commands_use_what_earlier_ones_found(portal: SandboxPortal) -> None:
    deal = portal.deal(title="Pumps", ASSIGNED_BY_ID=7)
    parts = batch(
        portal,
        {
            "deal": f"crm.item.get?entityTypeId=2&id={deal.id}",
            "owner": "user.get?ID=$result[deal][item][assignedById]",
            "renamed": f"crm.item.update?entityTypeId=2&id={deal.id}"
            "&fields[title]=Of%20$result[owner][0][NAME]",
        },
    )
    assert parts["result"]["owner"][0]["ID"] == "7"
    assert parts["result"]["renamed"]["item"]["title"] == "Of Galina"


def test_a_reference_is_found_though_its_brackets_are_percent_encoded(portal: SandboxPortal) -> None:
    parts = batch(portal, ["user.current", "user.get?ID=%24result%5B0%5D%5BID%5D"])
    assert parts["result"][1][0]["ID"] == "1"


def test_a_reference_into_nothing_is_empty(portal: SandboxPortal) -> None:
    parts = batch(portal, {"a": "profile", "b": "crm.deal.get?id=$result[a][NOTHING][0]"})
    assert parts["result_error"]["b"]["error_description"] == "ID is not defined or invalid."


def test_a_failure_stops_the_batch_only_when_it_halts(portal: SandboxPortal) -> None:
    commands = {"a": "profile", "b": "crm.deal.get?id=99", "c": "profile"}
    going_on, halting = batch(portal, commands), batch(portal, commands, halt=1)
    assert list(going_on["result"]) == ["a", "c"]
    assert list(halting["result"]) == ["a"]
    assert list(halting["result_error"]) == ["b"]


def test_parts_are_lists_for_lists_and_maps_for_the_rest(portal: SandboxPortal) -> None:
    all_good = batch(portal, ["profile", "profile"])
    assert isinstance(all_good["result"], list)
    assert all_good["result_error"] == []
    with_gap = batch(portal, ["no.such", "profile"])
    assert list(with_gap["result"]) == ["1"]
    assert isinstance(with_gap["result_error"], list)


def test_totals_and_next_pages_are_told_by_command(portal: SandboxPortal) -> None:
    for _ in range(51):
        portal.deal()
    parts = batch(portal, {"deals": "crm.deal.list?select[]=ID", "leads": "crm.lead.list"})
    assert parts["result_total"] == {"deals": 51, "leads": 0}
    assert parts["result_next"] == {"deals": 50}


def test_commands_after_the_fiftieth_do_not_run(portal: SandboxPortal) -> None:
    parts = batch(portal, [f"crm.deal.add?fields[TITLE]={number}" for number in range(52)])
    assert len(parts["result"]) == 50
    assert {each["error"] for each in parts["result_error"].values()} == {"ERROR_BATCH_LENGTH_EXCEEDED"}
    assert ask(portal, "crm.deal.list").body["total"] == 50


def test_a_batch_in_a_batch_is_refused(portal: SandboxPortal) -> None:
    parts = batch(portal, {"inner": "batch?cmd[]=profile"})
    assert parts["result_error"]["inner"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


def test_a_missing_scope_says_nothing_more_in_a_batch(portal: SandboxPortal) -> None:
    _, token = portal.applications.install(1, scopes=["task"])
    path = "/rest/batch"
    reply = ask_with_token(portal, path, token.access, {"cmd": {"deals": "crm.deal.list"}})
    assert reply["result"]["result_error"]["deals"] == {
        "error": "insufficient_scope",
        "error_description": "",
    }


def ask_with_token(portal: SandboxPortal, path: str, token: str, params: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps({**params, "auth": token}).encode()
    response = portal.handle(
        PortalRequest("POST", path, headers={"content-type": "application/json"}, body=body)
    )
    answer: dict[str, Any] = json.loads(response.body)
    return answer


def test_commands_of_a_batch_run_one_after_another(portal: SandboxPortal) -> None:
    portal.prices.list_seconds = 0.1
    before = portal.clock.monotonic()
    ask(portal, "batch", {"cmd": ["crm.deal.list?start=-1"] * 50})
    assert portal.clock.monotonic() - before == pytest.approx(5.0)


def test_a_batch_is_cut_after_a_minute_and_what_has_run_has_run(portal: SandboxPortal) -> None:
    portal.prices.write_seconds = 10.0
    portal_path = f"/rest/1/{portal.webhook_secret(1)}/batch"
    query = "&".join(f"cmd[]=crm.deal.add%3Ffields[TITLE]%3D{number}" for number in range(9))
    assert portal.handle(PortalRequest("GET", portal_path, query)).is_cut
    assert ask(portal, "crm.deal.list").body["total"] == 6


def test_a_v3_batch_refers_by_alias(portal: SandboxPortal) -> None:
    task = portal.add_task("Call", to=5)
    reply = ask(
        portal,
        "batch",
        [
            {
                "method": "tasks.task.get",
                "query": {"id": task.id, "select": ["id", "responsibleId"]},
                "as": "one",
            },
            {"method": "tasks.task.get", "query": {"id": {"$ref": "one.item.id"}, "select": ["id"]}},
        ],
        api="v3",
    )
    assert [each["item"]["id"] for each in reply.result] == [task.id, task.id]


def test_a_v3_batch_does_not_take_the_v2_form(portal: SandboxPortal) -> None:
    reply = ask(portal, "batch", {"cmd": {"a": "profile"}}, api="v3")
    assert reply.refusal == (400, "INVALIDSELECTEXCEPTION")
