"""Checklists and comments: the old positional methods."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.portal import SandboxPortal
from connector.sandbox.tasks_state import TaskBook
from tests.connector.sandbox.calls import ADMIN, BOSS, OTHER, REP, ask, events_of


@pytest.fixture
def portal() -> SandboxPortal:
    portal = SandboxPortal()
    portal.add_task("Call back", to=REP, by=ADMIN)
    return portal


def add(portal: SandboxPortal, title: str, parent_id: int | None = None, **fields: Any) -> int:
    given = {"TITLE": title, **({} if parent_id is None else {"PARENT_ID": parent_id}), **fields}
    return int(ask(portal, "task.checklistitem.add", {"TASKID": 1, "FIELDS": given}).result)


def rows(portal: SandboxPortal) -> list[dict[str, Any]]:
    return list(ask(portal, "task.checklistitem.getlist", {"TASKID": 1, "ORDER": {"ID": "asc"}}).result)


def test_a_list_is_a_row_without_a_parent(portal: SandboxPortal) -> None:
    root = add(portal, "Outcome", 0)
    first = add(portal, "Interested", root)
    second = add(portal, "Not interested")
    assert [(row["ID"], row["PARENT_ID"], row["TITLE"]) for row in rows(portal)] == [
        (str(root), "0", "Outcome"),
        (str(first), str(root), "Interested"),
        (str(second), str(root), "Not interested"),
    ]


def test_a_line_for_a_list_that_is_not_there_gets_a_list_of_its_own(portal: SandboxPortal) -> None:
    line = add(portal, "Interested", 404)
    assert [(row["TITLE"], row["PARENT_ID"]) for row in rows(portal)] == [
        ("BX_CHECKLIST_1", "0"),
        ("Interested", str(line - 1)),
    ]


def test_ticking_tells_who_and_when_but_raises_no_event(portal: SandboxPortal) -> None:
    root = add(portal, "Outcome", 0)
    line = add(portal, "Interested", root)
    told = events_of(portal)
    assert ask(portal, "task.checklistitem.complete", {"TASKID": 1, "ITEMID": line}, by=REP).result is True
    row = ask(portal, "task.checklistitem.get", {"TASKID": 1, "ITEMID": line}).result
    assert (row["IS_COMPLETE"], row["TOGGLED_BY"], row["TOGGLED_DATE"][:10]) == ("Y", str(REP), "2026-01-12")
    assert told == []
    asked = {"taskId": 1, "filter": {"FIELD": "CHECKLIST_ITEM_CHECK"}}
    history = ask(portal, "tasks.task.history.list", asked).result["list"]
    assert [(each["user"]["id"], each["value"]["to"]) for each in history] == [(REP, "Interested")]


def test_arguments_go_by_their_place_and_a_wrong_order_is_a_silent_no(portal: SandboxPortal) -> None:
    line = add(portal, "Interested", add(portal, "Outcome", 0))
    assert ask(portal, "task.checklistitem.complete", {"ITEMID": line, "TASKID": 1}).result is False
    assert ask(portal, "task.checklistitem.complete", {"any": 1, "thing": line}).result is True
    assert ask(portal, "task.checklistitem.renew", {"TASKID": 1, "ITEMID": line}).result is True


@pytest.mark.parametrize(
    ("name", "params", "text"),
    [
        (
            "add",
            {"FIELDS": {"TITLE": "x"}},
            'Param #0 (taskId) for method ctaskchecklistitem::add() expected to be of type "integer"',
        ),
        (
            "add",
            {"TASKID": 1},
            "Param #1 (arFields) expected by method ctaskchecklistitem::add(), but not given.",
        ),
        ("add", {"TASKID": 1, "FIELDS": {"SORT_INDEX": 1}}, "Item name not specified"),
        ("add", {"TASKID": 404, "FIELDS": {"TITLE": "x"}}, "Adding item: action not allowed"),
        ("get", {"TASKID": 1, "ITEMID": 404}, "Check listitem not found or not accessible"),
        ("getlist", {"TASKID": 404}, "Action failed"),
        ("getlist", {"TASKID": 1, "ORDER": {"COLOUR": "asc"}}, "Param #1 (arOrder) for method"),
        ("complete", {"TASKID": 1, "ITEMID": 0}, "TASKS_ERROR_ASSERT_EXCEPTION<br>"),
    ],
)
def test_complaints_are_error_core_with_a_text(
    portal: SandboxPortal, name: str, params: Any, text: str
) -> None:
    answer = ask(portal, f"task.checklistitem.{name}", params)
    assert answer.refusal == (400, "ERROR_CORE")
    assert text in answer.body["error_description"]


def test_who_may_do_what_with_a_line(portal: SandboxPortal) -> None:
    line = add(portal, "Interested", add(portal, "Outcome", 0))
    tick = {"TASKID": 1, "ITEMID": line}
    assert ask(portal, "task.checklistitem.complete", tick, by=OTHER).result is False
    assert ask(portal, "task.checklistitem.delete", tick, by=REP).refusal == (400, "ERROR_CORE")
    rename = {**tick, "FIELDS": {"TITLE": "Keen"}}
    assert ask(portal, "task.checklistitem.update", rename, by=REP).refusal == (400, "ERROR_CORE")
    assert ask(portal, "task.checklistitem.update", rename, by=BOSS).result is None
    assert ask(portal, "task.checklistitem.delete", tick).result is True
    assert [row["TITLE"] for row in rows(portal)] == ["Outcome"]


def test_people_named_in_a_line_take_part_in_the_task(portal: SandboxPortal) -> None:
    told = events_of(portal)
    add(portal, "Ask @Otto", 0, MEMBERS={str(OTHER): {"TYPE": "A"}, str(BOSS): {"TYPE": "U"}})
    task = portal.task(1)
    assert (task.accomplices, task.auditors) == ((OTHER,), (BOSS,))
    assert [name for name, _ in told] == ["ONTASKUPDATE"]


def test_the_task_shows_its_checklist_as_a_map_and_as_a_tree(portal: SandboxPortal) -> None:
    root = add(portal, "Outcome", 0)
    line = add(portal, "Interested", root)
    task = ask(portal, "tasks.task.get", {"taskId": 1}).result["task"]
    assert task["checklist"][str(line)]["parentId"] == str(root)
    assert task["checklist"][str(root)]["parentId"] == 0
    (node,) = task["checkListTree"]["descendants"]
    assert [below["fields"]["id"] for below in node["descendants"]] == [line]


def test_sentences_tick_by_the_text_of_the_line(portal: SandboxPortal) -> None:
    add(portal, "Interested", add(portal, "Outcome", 0))
    portal.tick(1, "Interested")
    assert [item.title for item in portal.checklist_of(1) if item.is_complete] == ["Interested"]
    portal.untick(1, "Interested")
    assert not any(item.is_complete for item in portal.checklist_of(1))


def test_a_comment_is_a_message_of_the_tasks_chat(portal: SandboxPortal) -> None:
    told = events_of(portal)
    comment = {"TASKID": 1, "FIELDS": {"POST_MESSAGE": "redial 15:00", "AUTHOR_ID": REP}}
    message_id = ask(portal, "task.commentitem.add", comment).result
    assert told[0][1]["FIELDS_AFTER"] == {"ID": 0, "TASK_ID": 1, "MESSAGE_ID": message_id}
    chat = {"DIALOG_ID": f"chat{portal.task(1).chat_id}"}
    ask(portal, "im.message.add", {**chat, "MESSAGE": "Thanks"})
    said = ask(portal, "im.dialog.messages.get", chat).result["messages"]
    assert [(each["author_id"], each["text"]) for each in said] == [(ADMIN, "Thanks"), (REP, "redial 15:00")]
    assert ask(portal, "im.message.add", {**chat, "MESSAGE": "Me too"}, by=OTHER).refusal == (
        403,
        "ACCESS_ERROR",
    )


def test_on_the_old_task_card_a_comment_has_an_id(portal: SandboxPortal) -> None:
    portal.part(TaskBook).has_old_card = True
    told = events_of(portal)
    portal.say(1, "redial 15:00")
    assert set(told[0][1]["FIELDS_AFTER"]) == {"ID", "TASK_ID"}
    assert told[0][1]["FIELDS_AFTER"]["ID"] > 0


def test_time_spent_is_kept_per_person(portal: SandboxPortal) -> None:
    for user, seconds in ((REP, 600), (BOSS, 60)):
        spent = {"TASKID": 1, "ARFIELDS": {"SECONDS": seconds, "COMMENT_TEXT": "call"}}
        ask(portal, "task.elapseditem.add", spent, by=user)
    asked = {"TASKID": 1, "ORDER": {"ID": "asc"}, "FILTER": {"USER_ID": REP}}
    listed = ask(portal, "task.elapseditem.getlist", asked).result
    assert [(row["SECONDS"], row["MINUTES"], row["USER_ID"]) for row in listed] == [("600", "10", str(REP))]
    task = ask(portal, "tasks.task.get", {"taskId": 1, "select": ["TIME_SPENT_IN_LOGS"]}).result["task"]
    assert task["timeSpentInLogs"] == "660"
