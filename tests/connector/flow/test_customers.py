"""Whom a task is about: the name, phone and e-mail of a card's customers, as they stand in the CRM."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from connector.flow.item_values import item_values
from connector.records import COMPANY, CONTACT, LEAD, ItemRef
from connector.store import mirror
from tests.connector.flow.workshop import PIPELINE, Workshop

PHONE, OTHER_PHONE, EMAIL = "+7 495 111-22-33", "+7 495 444-55-66", "vera@mills.example"
TASK = 'task = { title = "Call about {item.title}"'
CALL = (
    'task = { title = "Call {item.contact.name}", description = '
    '"Phone: {item.contact.phone}, e-mail: {item.contact.email}, office: {item.company.phone}"'
)


@pytest.fixture
def callers(workshop: Workshop) -> Workshop:
    """The tasks of the pipeline say how the customer is reached."""
    workshop.rewrite("sale.toml", PIPELINE.replace(TASK, CALL))
    workshop.restart()
    return workshop


def phones(*values: str) -> list[dict[str, str]]:
    return [{"VALUE": value, "VALUE_TYPE": "WORK"} for value in values]


def emails(*values: str) -> list[dict[str, str]]:
    return phones(*values)


def said(workshop: Workshop, deal: ItemRef) -> tuple[str, str]:
    """Title and first line of the only task of the card."""
    (task,) = workshop.tasks(deal)
    return task.title, task.description.split("\n")[0]


def values(workshop: Workshop, ref: ItemRef) -> dict[str, Any]:
    """What pipelines see of a record."""
    with workshop.app.database.read() as conn:
        item = mirror.get_item(conn, "main", ref)
        assert item is not None
        return item_values(conn, "main", None, item)


def kept(workshop: Workshop, ref: ItemRef) -> dict[str, Any]:
    with workshop.app.database.read() as conn:
        item = mirror.get_item(conn, "main", ref)
    assert item is not None
    return {name: item.fields[name] for name in ("phone", "email") if name in item.fields}


def test_a_task_says_by_which_phone_and_email_the_customer_is_reached(
    callers: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vera = callers.sandbox.contact(
        NAME="Vera", LAST_NAME="Orlova", PHONE=phones(PHONE, OTHER_PHONE), EMAIL=emails(EMAIL)
    )
    mills = callers.sandbox.company(TITLE="Northern Mills", PHONE=phones(OTHER_PHONE))
    deal = callers.deal(CONTACT_IDS=[vera.id], COMPANY_ID=mills.id)

    wanted = f"Phone: {PHONE}, e-mail: {EMAIL}, office: {OTHER_PHONE}"
    assert said(callers, deal) == ("Call Vera Orlova", wanted)
    assert not [secret for secret in (PHONE, OTHER_PHONE, EMAIL) if secret in caplog.text]


def test_a_customer_of_whom_no_event_told_is_read_with_the_item(callers: Workshop) -> None:
    callers.sandbox.faults.events.lost = 1.0
    vera = callers.sandbox.contact(NAME="Vera", PHONE=phones(PHONE))
    callers.settle()
    callers.sandbox.faults.events.lost = 0.0
    deal = callers.deal(CONTACT_IDS=[vera.id])
    assert said(callers, deal)[1].startswith(f"Phone: {PHONE}, ")

    before = callers.portal.client.requests_sent
    callers.sandbox.edit(deal, TITLE="Acme again")
    callers.deliver()
    callers.app.work("main")
    assert callers.portal.client.requests_sent - before == 1


@pytest.mark.parametrize("is_hidden", [True, False], ids=["we may not see", "is gone"])
def test_a_customer_that_cannot_be_read_holds_up_no_item(callers: Workshop, is_hidden: bool) -> None:
    callers.sandbox.faults.events.lost = 1.0
    vera = callers.sandbox.contact(NAME="Vera", PHONE=phones(PHONE))
    callers.settle()
    callers.sandbox.faults.events.lost = 0.0
    del callers.sandbox.crm.shelf(CONTACT).records[vera.id]
    if is_hidden:
        callers.sandbox.faults.refuse("ACCESS_DENIED", "Access denied", method="crm.item.get")

    deal = callers.deal(CONTACT_IDS=[vera.id])
    assert said(callers, deal) == ("Call", "Phone: , e-mail: , office: ")


@pytest.mark.parametrize("is_told", [True, False], ids=["by an event", "by the next poll"])
@pytest.mark.parametrize("entity_type_id", [LEAD, CONTACT, COMPANY])
def test_a_changed_phone_comes_through(workshop: Workshop, entity_type_id: int, is_told: bool) -> None:
    record = workshop.sandbox.item(entity_type_id, PHONE=phones(PHONE))
    ref = ItemRef(entity_type_id, record.id)
    workshop.wait(60)
    assert kept(workshop, ref) == {"phone": PHONE}

    workshop.sandbox.faults.events.lost = 0.0 if is_told else 1.0
    first = record.get("FM")[0].id
    changed = {str(first): {"typeId": "PHONE", "value": ""}, "n0": {"typeId": "EMAIL", "value": EMAIL}}
    workshop.sandbox.edit((ref.entity_type_id, ref.id), fm=changed)
    workshop.settle() if is_told else workshop.wait(60)
    assert kept(workshop, ref) == {"email": EMAIL}


def test_a_lead_without_a_contact_is_about_the_person_it_carries_itself(workshop: Workshop) -> None:
    lead = workshop.sandbox.lead(NAME="Vera", LAST_NAME="Orlova", PHONE=phones(PHONE))
    empty = workshop.sandbox.lead(TITLE="A call that nobody took")
    ivan = workshop.sandbox.contact(NAME="Ivan", EMAIL=emails(EMAIL))
    known = workshop.sandbox.lead(NAME="Vera", PHONE=phones(PHONE), CONTACT_IDS=[ivan.id])
    workshop.settle()

    seen = values(workshop, ItemRef(LEAD, lead.id))
    assert seen["contact"] == {"id": None, "name": "Vera Orlova", "phone": PHONE, "email": None}
    assert seen["contacts"] is None
    assert values(workshop, ItemRef(LEAD, empty.id))["contact"] is None
    seen = values(workshop, ItemRef(LEAD, known.id))
    assert seen["contact"] == {"id": ivan.id, "name": "Ivan", "phone": None, "email": EMAIL}


def test_a_task_keeps_the_lines_of_its_file_and_its_title_is_one(workshop: Workshop) -> None:
    asked = TASK.replace("{ title", '{ description = "Ask for:\\n- a name\\n- a budget", title')
    asked = f'hint = "Be kind."\n{asked}'
    workshop.rewrite("sale.toml", PIPELINE.replace(TASK, asked))
    workshop.restart()
    (task,) = workshop.tasks(workshop.deal(TITLE="Acme\n[B]now[/B]"))
    assert task.description == "Ask for:\n- a name\n- a budget\n\nBe kind."
    assert task.title == "Call about Acme [B]now[/B]"
