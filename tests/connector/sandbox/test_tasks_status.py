"""Statuses of tasks: which action leads where, for whom, with what effects."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.portal import SandboxPortal
from connector.sandbox.tasks_people import Refused
from connector.sandbox.tasks_state import Status
from tests.connector.sandbox.calls import ADMIN, BOSS, OTHER, REP, ask, events_of


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


def task_in(portal: SandboxPortal, status: int, **fields: Any) -> int:
    """A task of the rep's, made by the administrator, in that status."""
    task = portal.add_task("Call back", to=REP, by=ADMIN, **fields)
    if status != Status.PENDING:
        ask(portal, "tasks.task.update", {"taskId": task.id, "fields": {"STATUS": status}})
    return task.id


def act(portal: SandboxPortal, action: str, task_id: int, by: int) -> str:
    """The status that the answer shows, or the code of the refusal."""
    answer = ask(portal, f"tasks.task.{action}", {"taskId": task_id}, by=by)
    return answer.result["task"]["status"] if answer.status == 200 else f"refused {answer.refusal[1]}"


@pytest.mark.parametrize(
    ("action", "ways"),
    [
        ("start", {2: "3", 3: "3", 4: "refused 0", 5: "refused 0", 6: "refused 0"}),
        ("pause", {2: "2", 3: "2", 4: "refused 1048582", 5: "refused 1048582", 6: "refused 1048582"}),
        ("defer", {2: "6", 3: "refused 1048582", 4: "refused 1048582", 5: "refused 1048582", 6: "6"}),
        ("complete", {2: "5", 3: "5", 4: "refused 0", 5: "5", 6: "5"}),
        ("renew", {2: "2", 3: "refused 1048582", 4: "2", 5: "2", 6: "2"}),
    ],
)
def test_where_the_responsible_can_take_a_task(
    portal: SandboxPortal, action: str, ways: dict[int, str]
) -> None:
    assert {status: act(portal, action, task_in(portal, status), REP) for status in ways} == ways


@pytest.mark.parametrize("action", ["approve", "disapprove"])
def test_only_the_creators_side_judges_finished_work(portal: SandboxPortal, action: str) -> None:
    assert act(portal, action, task_in(portal, 4), REP) == "refused 1048582"
    assert act(portal, action, task_in(portal, 4), ADMIN) == ("5" if action == "approve" else "2")
    assert act(portal, action, task_in(portal, 3), ADMIN) == "refused 1048582"


def test_under_control_a_completed_task_waits_for_its_creator(portal: SandboxPortal) -> None:
    task_id = task_in(portal, 2, task_control=True)
    assert act(portal, "complete", task_id, REP) == "4"
    assert portal.task(task_id).closed_by == REP
    assert act(portal, "complete", task_id, ADMIN) == "5"


def test_under_control_the_creator_completes_at_once(portal: SandboxPortal) -> None:
    assert act(portal, "complete", task_in(portal, 2, task_control=True), ADMIN) == "5"


def test_strangers_and_auditors_change_no_status(portal: SandboxPortal) -> None:
    task_id = task_in(portal, 2, auditors=(OTHER,))
    assert act(portal, "complete", task_id, OTHER) == "refused 0"
    assert act(portal, "complete", task_id, BOSS) == "5"


def test_finishing_and_reopening_set_and_clear_the_dates(portal: SandboxPortal) -> None:
    task_id = task_in(portal, 2)
    names = ["STATUS", "DATE_START", "CLOSED_DATE", "CLOSED_BY", "STATUS_CHANGED_BY"]

    def dates() -> tuple[bool, bool, str | None, str | None]:
        task = ask(portal, "tasks.task.get", {"taskId": task_id, "select": names}).result["task"]
        return bool(task["dateStart"]), bool(task["closedDate"]), task["closedBy"], task["statusChangedBy"]

    assert dates() == (False, False, None, None)
    portal.start_task(task_id)
    assert dates() == (True, False, None, str(REP))
    portal.complete_task(task_id)
    assert dates() == (True, True, str(REP), str(REP))
    portal.renew_task(task_id, by=ADMIN)
    assert dates() == (True, False, "0", str(ADMIN))


def test_to_be_there_already_is_a_success_that_nobody_hears_of(portal: SandboxPortal) -> None:
    task_id = task_in(portal, 5)
    told = events_of(portal)
    assert act(portal, "complete", task_id, REP) == "5"
    assert told == []


def test_delegating_starts_anew_and_makes_the_former_responsible_watch(portal: SandboxPortal) -> None:
    task_id = task_in(portal, 3)
    answer = ask(portal, "tasks.task.delegate", {"taskId": task_id, "userId": BOSS}, by=REP).result["task"]
    assert (answer["responsibleId"], answer["status"], answer["auditors"]) == (str(BOSS), "2", [str(REP)])


def test_writing_the_responsible_alone_is_delegating(portal: SandboxPortal) -> None:
    task_id = task_in(portal, 3)
    update = {"taskId": task_id, "fields": {"RESPONSIBLE_ID": BOSS}}
    answer = ask(portal, "tasks.task.update", update).result["task"]
    assert (answer["responsibleId"], answer["status"], answer["auditors"]) == (str(BOSS), "2", [str(REP)])


def test_writing_the_status_needs_no_way(portal: SandboxPortal) -> None:
    task_id = task_in(portal, 3)
    answer = ask(portal, "tasks.task.update", {"taskId": task_id, "fields": {"STATUS": 6}}, by=REP)
    assert answer.result["task"]["status"] == "6"


def test_the_legacy_status_new_is_kept_as_pending(portal: SandboxPortal) -> None:
    fields = {"TITLE": "x", "RESPONSIBLE_ID": REP, "STATUS": 1}
    assert ask(portal, "tasks.task.add", {"fields": fields}).result["task"]["status"] == "2"


def test_results_are_closed_when_the_task_is_completed(portal: SandboxPortal) -> None:
    task_id = task_in(portal, 2)
    portal.report(task_id, "They [B]want[/B] it")
    rows = ask(portal, "tasks.task.result.list", {"taskId": task_id}).result
    assert [(row["status"], row["commentId"], row["formattedText"]) for row in rows] == [
        (0, 0, "They <b>want</b> it")
    ]
    portal.complete_task(task_id)
    portal.renew_task(task_id)
    portal.report(task_id, "They changed their mind")
    rows = ask(portal, "tasks.task.result.list", {"taskId": task_id}).result
    assert [row["status"] for row in rows] == [0, 1]
    assert ask(portal, "tasks.task.result.list", {"taskId": task_id}, by=OTHER).refusal == (400, "0")


def test_marks_are_ones_own(portal: SandboxPortal) -> None:
    task_id = task_in(portal, 2)
    for name in ("pin", "mute"):
        assert ask(portal, f"tasks.task.{name}", {"id": task_id}, by=REP).status == 200
    ask(portal, "tasks.task.favorite.add", {"taskId": task_id}, by=REP)
    favourites = {
        "filter": {"::SUBFILTER-PARAMS": {"FAVORITE": "Y"}},
        "select": ["ID", "IS_PINNED", "IS_MUTED"],
    }
    mine = ask(portal, "tasks.task.list", favourites, by=REP).result["tasks"]
    assert [(row["id"], row["isPinned"], row["isMuted"]) for row in mine] == [(str(task_id), "Y", "Y")]
    assert ask(portal, "tasks.task.list", favourites).result["tasks"] == []


def test_sentences_obey_the_same_rules(portal: SandboxPortal) -> None:
    task_id = task_in(portal, 2)
    with pytest.raises(Refused):
        portal.delete_task(task_id, by=REP)
    with pytest.raises(Refused):
        portal.postpone_task(task_id, portal.now())
    portal.delete_task(task_id)
    with pytest.raises(Refused):
        portal.complete_task(task_id)
