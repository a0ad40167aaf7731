"""Tasks: read in one request, deleted only on proof, marked as ours, with a checklist of outcomes."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector.bitrix24 import Answer, Client, Outcome, Trouble, checklists, tasks
from connector.bitrix24.call import as_body
from connector.bitrix24.task_rows import task_from
from connector.errors import FatalError, RetriableError
from connector.records import ChecklistItem, Task
from tests.connector.bitrix24.portal import Refusal, StandIn

DOCUMENTED = [
    json.loads(line)
    for line in (Path(__file__).parent / "documented" / "answers.jsonl").read_text("utf-8").splitlines()
]
NO_V3 = Refusal("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
GONE_V3 = Refusal("BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION", "Record not found")


def documented(method: str, api: str) -> Answer:
    row = next(row for row in DOCUMENTED if (row["method"], row["api"], row["status"]) == (method, api, 200))
    return Answer(Outcome.DONE, result=row["body"]["result"])


def task(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": str(number), "title": f"Task {number}", "status": "2", "responsibleId": "12", **fields}


def raising(refusal: Refusal) -> Any:
    def method(params: dict[str, Any]) -> Any:
        raise refusal

    return method


class Tasks:
    """The tasks of a stand-in, as REST 2 shows them to one user."""

    def __init__(self, portal: StandIn, *shown: int) -> None:
        self.shown = {number: task(number) for number in shown}
        portal.says("tasks.task.list", self._list)
        portal.says("tasks.task.get", self._get)
        portal.says("task.checklistitem.getlist", lambda params: [line(9, "Result", parent=0)])

    def _list(self, params: dict[str, Any]) -> Any:
        asked = params["filter"]["ID"]
        return {"tasks": [row for number, row in self.shown.items() if str(number) in map(str, asked)]}

    def _get(self, params: dict[str, Any]) -> Any:
        row = self.shown.get(int(params["taskId"]))
        return {"task": row} if row else []


def line(number: int, title: str, parent: int = 9, **fields: Any) -> dict[str, Any]:
    return {
        "ID": str(number),
        "PARENT_ID": parent,
        "TITLE": title,
        "IS_COMPLETE": "N",
        "TOGGLED_BY": None,
        **fields,
    }


# -- rows --------------------------------------------------------------------------------------------------


def test_the_documented_task_of_rest_2_is_read() -> None:
    made = tasks.task_of(documented("tasks.task.add", "v2"))
    assert made == Task(
        id=3711,
        title="task for test",
        status="pending",
        responsible_id=1,
        created_by=1,
        deadline=None,
        created_at=datetime(2024, 11, 2, 8, 6, 8, tzinfo=UTC),
        changed_at=datetime(2024, 11, 2, 8, 6, 8, tzinfo=UTC),
        changed_by=1,
        status_changed_by=None,
        closed_at=None,
        marker=None,
        priority=1,
    )


def test_the_documented_task_of_rest_3_is_read() -> None:
    made = tasks.task_of(documented("tasks.task.add", "v3"))
    assert (made.id, made.status, made.title) == (3839, "pending", "Task Title")
    assert made.deadline == datetime(2025, 12, 31, 21, 59, 59, tzinfo=UTC)
    assert made.created_by is None


def test_the_documented_completion_is_read() -> None:
    done = tasks.task_of(documented("tasks.task.complete", "v2"))
    assert done.status == "completed"
    assert done.closed_at == datetime(2025, 9, 9, 10, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("1", "pending"),
        (2, "pending"),
        ("3", "in_progress"),
        ("4", "awaiting_control"),
        ("5", "completed"),
        ("6", "deferred"),
        ("7", "declined"),
        ("supposedly_completed", "awaiting_control"),
        ("in_progress", "in_progress"),
    ],
)
def test_both_apis_words_for_a_status_are_known(told: Any, status: str) -> None:
    assert task_from(task(1, status=told)).status == status


def test_an_unknown_status_is_an_error() -> None:
    with pytest.raises(FatalError, match="task 1 cannot be read: status"):
        task_from(task(1, status="8"))


@pytest.mark.parametrize("empty", [None, [], "", False])
def test_a_task_without_bindings_has_none(empty: Any) -> None:
    assert task_from(task(1, ufCrmTask=empty)).bindings == ()
    assert task_from(task(1, ufCrmTask=["D_10", "Tb1_29"])).bindings == ("D_10", "Tb1_29")


# -- reads -------------------------------------------------------------------------------------------------


def test_twenty_five_tasks_with_checklists_are_one_request(portal: StandIn, client: Client) -> None:
    Tasks(portal, *range(1, 26))
    found = tasks.read_tasks(client, range(1, 26))
    assert list(found) == list(range(1, 26))
    assert client.requests_sent == 1
    first = found[1]
    assert first is not None
    assert first.checklist == (ChecklistItem(9, None, "Result", False),)
    assert [one.method for one in portal.commands].count("task.checklistitem.getlist") == 25


def test_a_task_that_cannot_be_read_is_left_out_and_holds_up_no_other(
    portal: StandIn, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    shown = Tasks(portal, 1, 2)
    shown.shown[2]["status"] = "77"
    with caplog.at_level(logging.ERROR):
        assert tasks.read_tasks(client, [1, 2], with_checklists=False).keys() == {1}
    assert "task 2 cannot be read" in caplog.text


def test_without_checklists_nothing_is_known_of_them(portal: StandIn, client: Client) -> None:
    Tasks(portal, 1)
    found = tasks.read_tasks(client, [1], with_checklists=False)[1]
    assert found is not None
    assert found.checklist is None
    assert [one.method for one in portal.commands] == ["tasks.task.list"]


def test_more_tasks_are_more_requests(portal: StandIn, client: Client) -> None:
    Tasks(portal, *range(1, 101))
    assert len(tasks.read_tasks(client, range(1, 101))) == 100
    assert client.requests_sent == 3


def test_a_checklist_that_may_not_be_read_stays_unread(
    portal: StandIn, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    Tasks(portal, 1)
    portal.says("task.checklistitem.getlist", raising(Refusal("ERROR_CORE", "TASKS_ERROR_EXCEPTION_#8")))
    found = tasks.read_tasks(client, [1])[1]
    assert found is not None
    assert found.checklist is None
    assert "status=no_checklist task=1" in caplog.text


def test_a_checklist_that_cannot_be_read_now_is_no_empty_one(portal: StandIn, client: Client) -> None:
    Tasks(portal, 1)
    portal.says("task.checklistitem.getlist", raising(Refusal("INTERNAL_SERVER_ERROR", "", 500)))
    with pytest.raises(RetriableError):
        tasks.read_tasks(client, [1])


# -- what proves a deletion --------------------------------------------------------------------------------


def proof(portal: StandIn, client: Client) -> dict[int, Task | None]:
    Tasks(portal, 1)
    return tasks.read_tasks(client, [1, 2])


def test_an_empty_get_of_rest_2_proves_nothing(
    portal: StandIn, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    portal.says("api/tasks.task.get", raising(NO_V3))
    portal.says("user.admin", False)
    assert list(proof(portal, client)) == [1]
    assert "action=read_tasks status=unproven task=2" in caplog.text


def test_rest_3_proves_it(portal: StandIn, client: Client) -> None:
    portal.says("api/tasks.task.get", raising(GONE_V3))
    assert proof(portal, client)[2] is None
    assert portal.requests[-1].params == {"id": 2, "select": ["id"]}


@pytest.mark.parametrize(
    "absent",
    [
        NO_V3,
        Refusal("NO_AUTH_FOUND", "Wrong authorization data", 401),
        Refusal("BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION", "scope", 403),
        Refusal("BITRIX_REST_V3_EXCEPTION_METHODNOTFOUNDEXCEPTION", "no method"),
    ],
)
def test_without_rest_3_an_administrator_who_cannot_see_it_proves_it(
    portal: StandIn, client: Client, absent: Refusal
) -> None:
    portal.says("api/tasks.task.get", raising(absent))
    portal.says("user.admin", True)
    assert proof(portal, client)[2] is None
    assert client.block is None


def test_a_task_that_only_rest_3_shows_is_not_deleted(portal: StandIn, client: Client) -> None:
    portal.says("api/tasks.task.get", {"item": {"id": 2}})
    assert list(proof(portal, client)) == [1]


def test_a_task_that_rest_3_may_not_show_is_not_deleted(portal: StandIn, client: Client) -> None:
    portal.says(
        "api/tasks.task.get", raising(Refusal("BITRIX_REST_V3_EXCEPTION_ACCESSDENIEDEXCEPTION", "", 403))
    )
    portal.says("user.admin", True)
    assert list(proof(portal, client)) == [1]


def test_a_task_that_the_list_only_did_not_show_is_there(portal: StandIn, client: Client) -> None:
    shown = Tasks(portal, 1, 2)
    portal.says("tasks.task.list", {"tasks": [shown.shown[1]]})
    found = tasks.read_tasks(client, [1, 2])[2]
    assert found is not None
    assert found.checklist is not None


def test_a_list_that_ignores_its_filter_gives_only_what_was_asked(portal: StandIn, client: Client) -> None:
    shown = Tasks(portal, *range(1, 20))
    portal.says("tasks.task.list", {"tasks": list(shown.shown.values())})
    assert list(tasks.read_tasks(client, [5])) == [5]


def test_no_proof_can_be_had_now(portal: StandIn, client: Client) -> None:
    portal.says("api/tasks.task.get", raising(Refusal("INTERNAL_SERVER_ERROR", "", 500)))
    with pytest.raises(RetriableError):
        proof(portal, client)


# -- writes ------------------------------------------------------------------------------------------------

DEADLINE = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
ASKED: dict[str, Any] = {
    "title": "Call the client",
    "responsible_id": 12,
    "marker": "cx:1",
    "description": "about the [B]offer[/B]",
    "created_by": 1,
    "deadline": DEADLINE,
    "bindings": ["D_10"],
    "priority": 2,
}


def test_a_task_of_rest_2_is_made_so() -> None:
    call = tasks.add_task(**ASKED, tags=["funnelwright"])
    assert call.api == "v2"
    assert as_body(call) == {
        "fields": {
            "TITLE": "Call the client",
            "DESCRIPTION": "about the [B]offer[/B]",
            "RESPONSIBLE_ID": 12,
            "XML_ID": "cx:1",
            "PRIORITY": 2,
            "ALLOW_CHANGE_DEADLINE": "Y",
            "TASK_CONTROL": "N",
            "CREATED_BY": 1,
            "DEADLINE": "2026-03-01T15:00:00+00:00",
            "UF_CRM_TASK": ["D_10"],
            "TAGS": ["funnelwright"],
        }
    }


@pytest.mark.parametrize("marker", ["", "x" * 51, "ключ"])
def test_a_marker_that_the_portal_would_cut_is_refused(marker: str) -> None:
    with pytest.raises(ValueError, match="50"):
        tasks.add_task(title="x", responsible_id=1, marker=marker)


def test_what_is_not_given_is_not_touched() -> None:
    assert as_body(tasks.update_task(7, deadline=DEADLINE)) == {
        "taskId": 7,
        "fields": {"DEADLINE": "2026-03-01T15:00:00+00:00"},
    }
    assert as_body(tasks.update_task(7, bindings=[], title="x" * 300)) == {
        "taskId": 7,
        "fields": {"TITLE": "x" * 250, "UF_CRM_TASK": []},
    }


@pytest.mark.parametrize(
    ("call", "method"),
    [
        (tasks.complete_task(7), "tasks.task.complete"),
        (tasks.renew_task(7), "tasks.task.renew"),
        (tasks.delete_task(7), "tasks.task.delete"),
    ],
)
def test_actions_name_their_task(call: Any, method: str) -> None:
    assert (call.method, call.params) == (method, {"taskId": 7})


def test_a_probe_believes_only_tasks_with_our_own_marker() -> None:
    assert tasks.find_by_marker("cx:1").params["filter"] == {"XML_ID": "cx:1"}
    rows = [
        task(9, xmlId="cx:1"),
        task(5, xmlId="cx:1"),
        task(1, xmlId="cx:11"),
        task(2, xmlId=None),
        task(3),
    ]
    answer = Answer(Outcome.DONE, result={"tasks": rows})
    assert [found.id for found in tasks.tasks_with_marker(answer, "cx:1")] == [5, 9]


# -- checklists --------------------------------------------------------------------------------------------

LINES = {"won": "They agree", "later": "Call again", "line:0": "Ask for the budget"}


def serve_checklists(portal: StandIn) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []

    def add(params: dict[str, Any]) -> Any:
        if not params["TASKID"]:
            raise Refusal("ERROR_CORE", "TASKS_ERROR_EXCEPTION_#256")
        assert list(params) == ["TASKID", "FIELDS"]  # read by position
        made.append(params["FIELDS"])
        return 470 + len(made)

    portal.says("tasks.task.add", {"task": task(3711)})
    portal.says("task.checklistitem.add", add)
    return made


def test_a_task_and_its_checklist_are_one_batch(portal: StandIn, client: Client) -> None:
    made = serve_checklists(portal)
    batch = checklists.add_task_with_checklist(tasks.add_task(**ASKED), "Result", LINES)
    answers = client.send_many(batch, halt=True)
    assert client.requests_sent == 1
    assert tasks.task_of(answers["add"]).id == 3711
    assert [(one["TITLE"], one["PARENT_ID"]) for one in made] == [
        ("Result", "0"),
        ("They agree", "471"),
        ("Call again", "471"),
        ("Ask for the budget", "471"),
    ]
    assert checklists.checklist_ids(answers, LINES) == {"won": 472, "later": 473, "line:0": 474}


def test_a_task_that_was_not_made_gets_no_checklist(portal: StandIn, client: Client) -> None:
    made = serve_checklists(portal)
    portal.says("tasks.task.add", raising(Refusal("ERROR_CORE", "no title")))
    batch = checklists.add_task_with_checklist(tasks.add_task(**ASKED), "Result", LINES)
    answers = client.send_many(batch, halt=True)
    assert answers["add"].outcome is Outcome.REJECTED
    assert answers["line_0"].trouble is Trouble.HALTED
    assert checklists.checklist_ids(answers, LINES) == {}
    assert made == []


def test_missing_lines_are_added_to_the_list_that_is_there(portal: StandIn, client: Client) -> None:
    made = serve_checklists(portal)
    answers = client.send_many(checklists.add_checklist(3711, "Result", {"won": "They agree"}, root_id=9))
    assert [(one["TITLE"], one["PARENT_ID"]) for one in made] == [("They agree", "9")]
    assert checklists.checklist_ids(answers, {"won": "They agree"}) == {"won": 471}


def test_the_documented_checklist_is_read() -> None:
    answer = documented("task.checklistitem.getlist", "v2")
    items = checklists.checklist_of(answer)
    assert [item.id for item in items] == sorted(item.id for item in items)
    found = next(item for item in items if item.id == 477)
    assert (found.parent_id, found.is_complete, found.toggled_by) == (431, False, 503)
    assert found.toggled_at == datetime(2025, 11, 10, 13, 2, 30, tzinfo=UTC)


def with_checklist(*lines: ChecklistItem) -> Task:
    return replace(task_from(task(1)), checklist=lines)


def test_ticked_outcomes_come_in_the_order_of_ticking_whatever_their_titles_are_now() -> None:
    early, late = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 1, 10, tzinfo=UTC)
    read = with_checklist(
        ChecklistItem(9, None, "Result", True, 12, early),
        ChecklistItem(472, 9, "renamed by the rep", True, 12, late),
        ChecklistItem(473, 9, "Call again", True, 12, early),
        ChecklistItem(474, 9, "Ask for the budget", False),
        ChecklistItem(475, 9, "added by the rep", True, 12, early),
    )
    assert checklists.ticked(read, {"won": 472, "later": 473, "line:0": 474}) == ["later", "won"]


def test_an_unread_checklist_has_no_ticks() -> None:
    assert checklists.ticked(task_from(task(1)), {"won": 472}) == []


def test_lines_of_a_lost_answer_are_found_by_their_text() -> None:
    lines = [
        ChecklistItem(9, None, "Result", False),
        ChecklistItem(472, 9, "They agree", False),
        ChecklistItem(480, 9, "They agree", False),
        ChecklistItem(500, None, "Another list", False),
        ChecklistItem(501, 500, "Call again", False),
    ]
    assert checklists.lines_by_text(lines, "Result", LINES) == {"won": 472}
