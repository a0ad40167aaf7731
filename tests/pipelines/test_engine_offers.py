"""What people are asked besides the steps: follow-ons at the end, questions on lists, dates of approvals."""

from __future__ import annotations

from datetime import timedelta

from pipelines.engine import Pressed, SetFields, StartPipeline, UpdateTask
from tests.pipelines.crm import CRM, MONDAY

SALE = """
id = "sale"
title = "Sale"
entity = "deal"
[fields]
kinds = { type = "choices", options = { a = "Alpha", b = "Beta" } }
at = { type = "datetime" }
[[entries]]
stage = "work"
[[follow_ons]]
id = "upsell"
title = "Sell more"
pipeline = "sale"
[[follow_ons]]
id = "begun"
pipeline = "sale"
[[stages]]
id = "work"
next = "won"
[[stages.steps]]
id = "first"
STEP
[[stages]]
id = "won"
status = "won"
[[stages.steps]]
id = "begin"
do = [{ follow_on = "begun" }]
"""
CALL = SALE.replace("STEP", 'task = { title = "Call" }')


def test_a_follow_on_is_offered_once_by_one_task_when_the_process_is_over() -> None:
    crm = CRM(CALL)
    crm.start()
    assert [task.title for task in crm.tasks.values()] == ["Call"]
    crm.complete("first")
    offer = crm.task(":offer")
    assert [(each.id, each.title) for each in offer.outcomes] == [("upsell", "Sell more")]
    assert crm.state.phase == "finished"
    crm.complete(":offer", "upsell")
    assert [each.follow_on for each in crm.asked(StartPipeline)] == ["begun", "upsell"]
    crm.move("work")
    crm.complete("first")
    assert crm.tasks == {}


def test_an_offer_that_nobody_wants_starts_nothing() -> None:
    for refuse in (CRM.complete, CRM.cancel):
        crm = CRM(CALL)
        crm.start()
        crm.complete("first")
        refuse(crm, ":offer")
        assert [each.follow_on for each in crm.asked(StartPipeline)] == ["begun"]
        assert crm.tasks == {}


def test_a_button_takes_the_offer_off_the_list_of_tasks() -> None:
    crm = CRM(CALL)
    crm.start()
    crm.complete("first")
    crm.tell(Pressed, button="upsell", by=7)
    assert crm.tasks == {}
    assert [each.follow_on for each in crm.asked(StartPipeline)] == ["begun", "upsell"]


def test_a_question_on_a_list_writes_a_list_and_is_answered_by_one() -> None:
    ask = SALE.replace("STEP", 'ask = { question = "Which?", field = "kinds" }')
    asked = CRM(ask)
    asked.start()
    asked.complete("first", "b")
    assert asked.asked(SetFields)[0].values == {"kinds": ["b"]}
    filled = CRM(ask)
    filled.start()
    filled.fill(kinds=["a", "b"])
    assert filled.open == ["first"]
    filled.fill(kinds=["a"])
    assert filled.state.outcomes["first"] == "a"


def test_the_date_of_an_approval_follows_its_field() -> None:
    rejected = 'outcomes = [{ id = "rejected", end = true }]'
    step = 'approve = { by = [{ user = 3 }, { user = 8 }], due = "fields.at" }\n' + rejected
    crm = CRM(SALE.replace("STEP", step))
    crm.fields["at"] = MONDAY + timedelta(days=1)
    crm.start()
    crm.fill(at=MONDAY + timedelta(days=2))
    moved = [(each.run, each.due) for each in crm.asked(UpdateTask)]
    later = MONDAY + timedelta(days=2)
    assert moved == [("v1/first/1/3", later), ("v1/first/1/8", later)]
