"""What the portal tells of a task besides the task: events, history, rights."""

from __future__ import annotations

import pytest

from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ADMIN, OTHER, REP, ask, events_of


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


def add(portal: SandboxPortal) -> int:
    given = {"TITLE": "Call back", "RESPONSIBLE_ID": REP}
    return int(ask(portal, "tasks.task.add", {"fields": given}, by=ADMIN).result["task"]["id"])


def test_the_history_tells_who_changed_what(portal: SandboxPortal) -> None:
    task_id = add(portal)
    portal.complete_task(task_id, by=REP)
    rows = ask(portal, "tasks.task.history.list", {"taskId": task_id, "filter": {"FIELD": "STATUS"}}).result[
        "list"
    ]
    assert [(row["user"]["id"], row["value"]) for row in rows] == [(REP, {"from": "2", "to": "5"})]
    assert ask(portal, "tasks.task.history.list", {"taskId": 404}).result == {"list": []}
    assert ask(portal, "tasks.task.history.list", {"taskId": task_id}, by=OTHER).refusal == (400, "0")


def test_getaccess_tells_every_users_actions(portal: SandboxPortal) -> None:
    task_id = add(portal)
    asked = {"taskId": task_id, "users": [REP, OTHER]}
    actions = ask(portal, "tasks.task.getaccess", asked).result["allowedActions"]
    assert actions[str(REP)]["COMPLETE"]
    assert not actions[str(REP)]["REMOVE"]
    assert not any(actions[str(OTHER)].values())
    assert ask(portal, "tasks.task.getaccess", {"taskId": task_id}, by=OTHER).result == {"allowedActions": []}


def test_events_say_ids_and_the_word_undefined(portal: SandboxPortal) -> None:
    told = events_of(portal)
    task_id = add(portal)
    ask(portal, "tasks.task.update", {"taskId": task_id, "fields": {"TITLE": "Other"}})
    ask(portal, "tasks.task.delete", {"taskId": task_id})
    known, unknown = {"ID": task_id}, "undefined"
    sides = ("FIELDS_BEFORE", "FIELDS_AFTER", "IS_ACCESSIBLE_BEFORE", "IS_ACCESSIBLE_AFTER")
    assert told == [
        ("ONTASKADD", dict(zip(sides, (unknown, known, "N", unknown), strict=True))),
        ("ONTASKUPDATE", dict(zip(sides, (known, known, unknown, unknown), strict=True))),
        ("ONTASKDELETE", dict(zip(sides, (known, unknown, unknown, "N"), strict=True))),
    ]


def test_an_update_that_changes_nothing_is_not_told(portal: SandboxPortal) -> None:
    task_id = add(portal)
    told = events_of(portal)
    assert (
        ask(portal, "tasks.task.update", {"taskId": task_id, "fields": {"TITLE": "Call back"}}).status == 200
    )
    assert told == []


def test_events_reach_an_outgoing_webhook_as_a_form(portal: SandboxPortal) -> None:
    portal.add_outgoing_webhook("https://connector.test/events", ["ONTASKADD"])
    add(portal)
    bodies: list[bytes] = []
    assert portal.deliver(lambda url, body: bodies.append(body)) == 1
    assert b"event=ONTASKADD" in bodies[0]
    assert b"FIELDS_BEFORE" in bodies[0]
    assert b"undefined" in bodies[0]
