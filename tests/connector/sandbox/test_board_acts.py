"""What people do on the board: REST requests of their own, with the portal's rules, events and refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connector.sandbox.board.acting import Refused, act
from connector.sandbox.board.form import read_number
from connector.sandbox.crm.records import Record
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.results import ResultBook
from connector.sandbox.tasks_state import Status, Task, TaskBook
from tests.connector.sandbox.board_browser import Visitor
from tests.connector.sandbox.calls import BOSS, OTHER, REP, ask, events_of


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


@pytest.fixture
def deal(portal: SandboxPortal) -> Record:
    return portal.deal(stage="C3:NEW", title="Pumps", assignedById=REP, opportunity=1000)


@pytest.fixture
def task(portal: SandboxPortal, deal: Record) -> Task:
    fields = {"TITLE": "Call", "RESPONSIBLE_ID": REP, "UF_CRM_TASK": [f"D_{deal.id}"]}
    number = ask(portal, "tasks.task.add", {"fields": fields}).result["task"]["id"]
    ask(portal, "task.checklistitem.add", {"TASKID": number, "FIELDS": {"TITLE": "Interested"}})
    return portal.part(TaskBook).tasks[int(number)]


def form_of(visitor: Visitor, address: str) -> dict[str, Any]:
    """Every field of the card's form as the page was drawn."""
    page = visitor.get(address)
    return {name: value for name, value in page.hidden.items() if name.startswith("was.")} | {
        "f" + name.removeprefix("was"): value
        for name, value in page.hidden.items()
        if name.startswith("was.")
    }


def test_a_dragged_card_is_moved_by_who_dragged_it(portal: SandboxPortal, deal: Record) -> None:
    visitor = Visitor(portal, OTHER)
    told = events_of(portal)
    assert visitor.script(f"/board/2/item/{deal.id}/move", stage="C3:UC_NEEDS") == (200, {"go": None})
    assert deal.stage_id == "C3:UC_NEEDS"
    assert deal.get("MOVED_BY") == OTHER
    assert [name for name, _ in told] == ["ONCRMDEALUPDATE"]


def test_a_card_goes_into_another_pipeline(portal: SandboxPortal, deal: Record) -> None:
    Visitor(portal, REP).script(f"/board/2/item/{deal.id}/move", category="1")
    assert (deal.category_id, deal.stage_id) == (1, "C1:NEW")


def test_a_refused_move_says_why_and_changes_nothing(portal: SandboxPortal, deal: Record) -> None:
    portal.require_on_stage("C3:UC_NEEDS", "UF_CRM_NEED")
    visitor = Visitor(portal, REP)
    address = f"/board/2/item/{deal.id}/move"
    status, told = visitor.script(address, stage="C3:UC_NEEDS", form="move")
    assert (status, told["error"]) == (422, 'The "What the customer needs" field is required')
    page = visitor.post(address, stage="C3:UC_NEEDS", form="move", next=f"/board/2/item/{deal.id}")
    assert 'The "What the customer needs" field is required' in page.words
    assert deal.stage_id == "C3:NEW"


def test_a_right_that_was_taken_away_is_missed_in_the_readers_language(
    portal: SandboxPortal, deal: Record
) -> None:
    portal.crm.rights.no_moves.add(REP)
    visitor = Visitor(portal, REP)
    visitor.post("/board/look", language="ru", next="/board/tasks")
    _, told = visitor.script(f"/board/2/item/{deal.id}/move", stage="C3:WON")
    assert told["error"] == "Недостаточно прав, чтобы сменить стадию"


def test_only_what_was_changed_on_the_form_is_written(portal: SandboxPortal, deal: Record) -> None:
    visitor = Visitor(portal, REP)
    form = form_of(visitor, f"/board/2/item/{deal.id}")
    portal.edit(deal, by=BOSS, ufCrm_NEED="forty pumps", opportunity=5000)
    division = portal.crm.schema(2).by_item_name["ufCrm_DIVISION"].options[0]
    changed = {
        "f.ufCrm_DIVISION": str(division[0]),
        "f.ufCrm_MEETING_AT": "2026-01-15T12:30",
        "f.ufCrm_BUDGET": "12 500,50",
        "f.ufCrm_NEEDS_QUOTE": "Y",
        "f.companyId": "Acme, a new company",
    }
    visitor.post(f"/board/2/item/{deal.id}/fields", **{**form, **changed}, next=f"/board/2/item/{deal.id}")
    assert (portal.value(deal, "ufCrm_NEED"), deal.get("OPPORTUNITY")) == ("forty pumps", 5000)
    assert portal.value(deal, "ufCrm_DIVISION") == "Hardware"
    assert portal.write_time(portal.value(deal, "ufCrm_MEETING_AT")) == "2026-01-15T12:30:00+03:00"
    assert portal.value(deal, "ufCrm_BUDGET") == "12500.50|USD"
    assert portal.value(deal, "ufCrm_NEEDS_QUOTE") is True
    assert portal.record((4, deal.get("COMPANY_ID"))).get("TITLE") == "Acme, a new company"
    visitor.get(f"/board/4/item/{deal.get('COMPANY_ID')}")


def test_a_form_sent_as_it_was_drawn_writes_nothing(portal: SandboxPortal, deal: Record) -> None:
    visitor = Visitor(portal, REP)
    portal.edit(deal, by=BOSS, ufCrm_NEED="one\ntwo", ufCrm_IS_KEY="Y", ufCrm_BUDGET="5|EUR", contactIds=[])
    before = portal.writes
    visitor.post(f"/board/2/item/{deal.id}/fields", **form_of(visitor, f"/board/2/item/{deal.id}"))
    assert portal.writes == before


def test_what_cannot_be_read_is_given_back_as_it_was_typed(portal: SandboxPortal, deal: Record) -> None:
    visitor = Visitor(portal, REP)
    address = f"/board/2/item/{deal.id}"
    form = {**form_of(visitor, address), "f.opportunity": "a lot", "f.ufCrm_NEED": "forty pumps & more"}
    page = visitor.post(f"{address}/fields", **form, form="fields", next=address)
    assert "“a lot” cannot be read as Amount" in page.words
    assert page.find("input", id="fields-opportunity", value="a lot")
    assert page.find("input", id="fields-ufCrm_NEED", value="forty pumps & more")
    assert deal.get("UF_CRM_NEED") is None


def test_a_task_is_ticked_completed_and_taken_up_again(portal: SandboxPortal, task: Task) -> None:
    visitor = Visitor(portal, REP)
    line = ask(portal, "task.checklistitem.getlist", {"TASKID": task.id}).result[0]
    tick = f"/board/task/{task.id}/line/{line['ID']}"
    assert visitor.script(tick, tick="Y")[0] == 200
    assert visitor.get(f"/board/task/{task.id}").find("button", **{"aria-checked": "true"})
    assert visitor.script(f"/board/task/{task.id}/complete")[0] == 200
    assert (task.status, task.closed_by) == (Status.COMPLETED, REP)
    assert "Done lately" in visitor.get("/board/tasks").words
    assert visitor.script(f"/board/task/{task.id}/renew")[0] == 200
    assert visitor.script(tick, tick="")[0] == 200
    assert task.status == Status.PENDING
    assert visitor.get(f"/board/task/{task.id}").find("button", **{"aria-checked": "false"})


def test_a_task_is_postponed_on_the_persons_own_clock(portal: SandboxPortal) -> None:
    fields = {"TITLE": "Call", "RESPONSIBLE_ID": 10, "CREATED_BY": 10}  # ten lives in Warsaw
    task_id = int(ask(portal, "tasks.task.add", {"fields": fields}, by=10).result["task"]["id"])
    visitor = Visitor(portal, 10)
    visitor.post(f"/board/task/{task_id}/deadline", due="2026-01-20T09:00", next="/board/tasks")
    deadline = portal.part(TaskBook).tasks[task_id].deadline
    assert deadline is not None
    assert deadline.isoformat() == "2026-01-20T08:00:00+00:00"
    assert "20 Jan, 09:00" in visitor.get("/board/tasks").words


def test_a_task_of_others_is_refused_in_words(portal: SandboxPortal, task: Task) -> None:
    page = Visitor(portal, REP).post(
        f"/board/task/{task.id}/deadline",
        due="2026-01-20T09:00",
        form=f"task-{task.id}",
        next=f"/board/task/{task.id}",
    )
    assert "Action on the task is not allowed" in page.words
    assert page.find("input", name="due", value="2026-01-20T09:00")
    assert task.deadline is None


def test_results_comments_lines_and_heirs_of_a_task(portal: SandboxPortal, task: Task) -> None:
    visitor = Visitor(portal, REP)
    at = f"/board/task/{task.id}"
    for address, form in (
        (f"{at}/result", {"text": "They will buy"}),
        (f"{at}/comment", {"text": "Called twice"}),
        (f"{at}/lines", {"title": "Send the offer"}),
        (f"{at}/delegate", {"to": str(OTHER)}),
    ):
        assert visitor.script(address, **form) == (200, {"go": None})
    assert [each.text for each in portal.part(ResultBook).of_task(task.id)] == ["They will buy"]
    words = Visitor(portal, OTHER).get(at).words
    assert all(each in words for each in ("They will buy", "Called twice", "Send the offer"))
    assert task.responsible_id == OTHER
    status, told = visitor.script(f"{at}/result", text=" ")
    assert (status, told["error"]) == (422, 'The required field "text" is not filled')


def test_a_comment_stands_in_the_timeline_and_a_refused_one_in_the_form(
    portal: SandboxPortal, deal: Record
) -> None:
    visitor = Visitor(portal, REP)
    address = f"/board/2/item/{deal.id}"
    visitor.post(f"{address}/comment", text="They called back", form="comment", next=address)
    assert portal.comments_of(deal) == ["They called back"]
    portal.crm.rights.hide_item(REP, 2, deal.id)
    refused = visitor.script(f"{address}/comment", text="Again")
    assert refused == (422, {"error": "Access denied.", "form": ""})


def test_a_to_do_is_planned_and_done(portal: SandboxPortal, deal: Record) -> None:
    visitor = Visitor(portal, REP)
    address = f"/board/2/item/{deal.id}"
    visitor.post(f"{address}/todo", title="Send the price list", due="2026-01-13T10:00", next=address)
    (planned,) = portal.activities_of(deal)
    assert "Send the price list" in visitor.get(address).words
    assert visitor.script(f"/board/activity/{planned.id}/done")[0] == 200
    assert "Done: Send the price list" in visitor.get(address).words


def test_a_new_deal_belongs_to_whom_it_is_given(portal: SandboxPortal) -> None:
    portal.company(title="Acme")
    visitor = Visitor(portal, REP)
    form = form_of(visitor, "/board/2/3/new")
    typed = {"f.title": "Pumps", "f.opportunity": "250,000", "f.companyId": "acme", "stage": "C3:NEW"}
    page = visitor.post("/board/2/3/new", **{**form, **typed})
    (made,) = portal.crm.shelf(2)
    assert (made.get("TITLE"), made.get("OPPORTUNITY"), made.get("COMPANY_ID")) == ("Pumps", 250000, 1)
    assert (made.get("ASSIGNED_BY_ID"), made.stage_id) == (REP, "C3:NEW")
    assert "Pumps" in page.words


def test_a_meeting_is_made_for_a_deal(portal: SandboxPortal, deal: Record) -> None:
    visitor = Visitor(portal, REP)
    offered = visitor.get(f"/board/2/item/{deal.id}").find("a", href="/board/1036/2/new?parent=1&of=2")
    page = visitor.get(str(offered[0]["href"]))
    assert page.find("input", name="f.parentId2", value=str(deal.id))
    form = {**form_of(visitor, "/board/1036/2/new"), "f.title": "Meeting", "f.parentId2": str(deal.id)}
    visitor.post("/board/1036/2/new", **form, stage="DT1036_2:NEW")
    assert "Meeting" in visitor.get(f"/board/2/item/{deal.id}").words


def test_a_new_lead_can_be_called(portal: SandboxPortal) -> None:
    visitor = Visitor(portal, REP)
    form = form_of(visitor, "/board/1/0/new")
    visitor.post("/board/1/0/new", **{**form, "f.title": "A request", "phone": "+7 495 1", "stage": "NEW"})
    (made,) = portal.crm.shelf(1)
    assert [each.value for each in made.get("FM")] == ["+7 495 1"]


def test_a_refused_new_card_keeps_what_was_typed(portal: SandboxPortal) -> None:
    portal.crm.rights.read_only.add(REP)
    visitor = Visitor(portal, REP)
    form = {**form_of(visitor, "/board/2/3/new"), "f.title": "Pumps"}
    page = visitor.post("/board/2/3/new", **form, form="new", next="/board/2/3/new")
    assert "Access denied" in page.words
    assert page.find("input", id="new-title", value="Pumps")


def test_faults_strike_people_too_and_nobody_pretends_to_know(portal: SandboxPortal, task: Task) -> None:
    portal.faults.lose_answer("tasks.task.complete")
    status, told = Visitor(portal, REP).script(f"/board/task/{task.id}/complete")
    assert status == 422
    assert "may or may not have been done" in told["error"]
    assert task.is_closed


def test_people_use_up_nothing_of_what_the_limits_leave_to_programs(
    portal: SandboxPortal, deal: Record
) -> None:
    portal.limits.is_on = True
    for _ in range(60):
        ask(portal, "profile")
    assert ask(portal, "profile").refusal == (503, "QUERY_LIMIT_EXCEEDED")
    assert act(portal, REP, "crm.item.get", {"entityTypeId": 2, "id": deal.id})["item"]["id"] == deal.id
    with pytest.raises(Refused, match="Element not found"):
        act(portal, REP, "crm.item.get", {"entityTypeId": 2, "id": 99})


def test_the_number_of_changes_tells_of_every_change(portal: SandboxPortal, deal: Record, task: Task) -> None:
    visitor = Visitor(portal, REP)

    def number() -> str:
        return visitor.client.get("/board/changes").text

    seen = [number()]
    assert number() == seen[0]
    line = ask(portal, "task.checklistitem.getlist", {"TASKID": task.id}).result[0]
    ask(portal, "task.checklistitem.complete", {"TASKID": task.id, "ITEMID": line["ID"]}, by=REP)
    seen.append(number())
    portal.move(deal, "C3:UC_NEEDS")
    seen.append(number())
    portal.clock.sleep(timedelta(minutes=1).total_seconds())
    seen.append(number())
    assert len(set(seen)) == 4, (
        "a tick without an event, a move by a sentence, a minute that makes things late"
    )


@pytest.mark.parametrize(
    ("typed", "language", "number"),
    [
        ("250,000", "en", 250000),
        ("250,000", "ru", 250),
        ("0,5", "en", 0.5),
        ("1 250 000,50", "ru", 1250000.5),
        ("$1,250.50", "en", 1250.5),
        ("much", "en", None),
        ("NaN", "en", None),
    ],
)
def test_amounts_are_read_as_people_write_them(typed: str, language: str, number: float | None) -> None:
    read = read_number(typed, language)
    assert (None if read is None else float(read)) == number
