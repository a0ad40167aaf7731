"""Actions: each key of a `do` list asks the connector for one thing, with its texts and values worked out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from pipelines.engine import (
    Assign,
    CallOut,
    Command,
    CreateItem,
    CreateTask,
    Document,
    Email,
    Notify,
    Sms,
    StartPipeline,
)
from pipelines.engine.values import from_json, is_empty, settled, to_json
from pipelines.engine.wording import show
from tests.pipelines.crm import CALENDAR, CRM, MONDAY


def sale(action: str) -> str:
    return f"""
id = "sale"
title = "Sale"
entity = "deal"
[fields]
budget = {{ type = "money", title = "Budget" }}
[[entries]]
stage = "work"
[[stages]]
id = "work"
[[stages.steps]]
id = "act"
do = [{action}]
[[stages.steps]]
id = "call"
task = {{ title = "Call" }}
[[stages]]
id = "won"
status = "won"
[[follow_ons]]
id = "upsell"
title = "Upsell"
pipeline = "sale"
stage = "work"
copy = ["company"]
"""


def asked_by(action: str) -> list[Command]:
    """What the action alone asks for."""
    crm = CRM(sale(action), amount=1500.0, contact={"id": 5, "name": "Ivan {x}"})
    crm.fields["budget"] = 1200.0
    crm.start()
    return [command for command in crm.commands if command.key.startswith("v1/act/")]


def test_a_record_is_created_with_values_and_a_name_to_wait_for() -> None:
    (made,) = asked_by(
        """{ create = "item", type = "registration", as = "seat", fields = { sum = "item.amount * 2" } }"""
    )
    assert isinstance(made, CreateItem)
    assert (made.kind, made.type, made.link, made.fields) == ("item", "registration", "seat", {"sum": 3000})
    assert made.key == "v1/act/1/0"


def test_a_message_fills_its_placeholders_once() -> None:
    (told,) = asked_by('{ notify = "head", text = "{item.contact.name} has {fields.budget}" }')
    assert isinstance(told, Notify)
    assert (told.user, told.text) == (3, "Ivan {x} has 1200")


def test_a_letter_is_a_template_by_name_or_written_here() -> None:
    named, written, to_user = asked_by(
        '{ email = "offer" }, { email = { subject = "For {item.title}", body = "Hi" } },'
        ' { email = { to = { user = 12 }, subject = "S", body = "B" } }'
    )
    assert (named.template, written.template) == ("offer", None)  # type: ignore[attr-defined]
    assert isinstance(written, Email)
    assert (written.to, written.subject, written.body) == ("contact", "For Acme", "Hi")
    assert isinstance(to_user, Email)
    assert to_user.to == "user:12"


def test_messages_documents_and_calls_go_by_their_names_in_config() -> None:
    commands = asked_by(
        '{ sms = { workflow = "remind" } }, { document = { template = 7 } }, { call = "erp" }'
    )
    sms, document, call = commands
    assert isinstance(sms, Sms)
    assert isinstance(document, Document)
    assert isinstance(call, CallOut)
    assert (sms.workflow, document.template, call.name) == ("remind", "7", "erp")


def test_the_item_is_given_to_whom_the_action_says() -> None:
    (given,) = asked_by('{ assign = "head" }')
    assert isinstance(given, Assign)
    assert given.user == 3


def test_assigning_to_the_owner_changes_nothing() -> None:
    assert asked_by('{ assign = "owner" }') == []


def test_a_follow_on_is_asked_for_with_what_it_copies() -> None:
    (child,) = asked_by('{ follow_on = "upsell" }')
    assert isinstance(child, StartPipeline)
    assert (child.pipeline, child.stage, child.copy, child.link) == ("sale", "work", ("company",), "upsell")


def test_a_task_that_nobody_can_take_is_said_and_left() -> None:
    crm = CRM(sale('{ task = { title = "T", to = { role = "lawyer" } } }'))
    crm.facts["admin"] = None
    crm.start()
    assert [task.title for task in crm.asked(CreateTask)] == ["Call"]
    assert [entry.text for entry in crm.said("nobody")] == ['"T" waits: there is nobody to give it to']


def test_an_expression_without_a_value_sets_nothing_and_the_journal_says_so() -> None:
    crm = CRM(sale("""{ set = { budget = "item.amount / 0.0" } }, { comment = "on" }"""), amount=1.0)
    crm.start()
    assert crm.fields == {}
    assert len(crm.said("mistake")) == 1
    assert crm.open == ["call"]


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 2.5, "x", Decimal("10.50"), MONDAY, date(2026, 1, 12), (1, "a", None), {"id": 5}, 2**70],
)
def test_values_come_back_from_json_as_they_were(value: object) -> None:
    assert settled(value) == value
    assert from_json(to_json(settled(value))) == value


@pytest.mark.parametrize(
    ("value", "empty"),
    [(None, True), ("", True), ([], True), ((), True), (False, False), (0, False), (0.0, False)],
)
def test_empty_is_null_nothing_or_no_elements_never_false_or_zero(value: object, empty: bool) -> None:
    assert is_empty(value) is empty


@pytest.mark.parametrize(
    ("value", "english", "russian"),
    [
        (None, "", ""),
        (True, "yes", "да"),
        (1500.0, "1500", "1500"),
        (Decimal("10.50"), "10.50", "10.50"),
        (MONDAY, "2026-01-12 09:00", "12.01.2026 09:00"),
        (date(2026, 1, 12), "2026-01-12", "12.01.2026"),
        ({"id": 5, "name": "Ivan"}, "Ivan", "Ivan"),
        ([1, "a"], "1, a", "1, a"),
        (timedelta(hours=2), "2:00:00", "2:00:00"),
    ],
)
def test_values_are_shown_in_the_language_and_zone_of_the_portal(
    value: object, english: str, russian: str
) -> None:
    assert show(value, "en", CALENDAR.zone) == english
    assert show(value, "ru", CALENDAR.zone) == russian
