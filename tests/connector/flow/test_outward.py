"""Letters, text messages, documents and calls: what leaves, where to, and never twice by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from connector.app import App
from connector.records import ItemRef
from connector.sandbox.crm.other_methods import Triggers
from connector.sandbox.documents import DocumentBook
from connector.sandbox.workflows import WorkflowBook
from connector.store import outbox
from connector.store.outbox import QueuedCommand, State
from tests.connector.flow.family import TENDERS, Family
from tests.connector.flow.test_once import SETTLED

CONFIG = """
[portals.main.templates.welcome]
to = "contact"
subject = { en = "Your request: {item.title}", ru = "Ваша заявка: {item.title}" }
body = "{owner.name} will call you."

[portals.main.workflows]
sms_by_workflow = { template = 1 }
sms_by_trigger = { trigger = "send_sms" }

[portals.main.documents]
offer = 39

[portals.main.addresses]
warehouse = "https://warehouse.example.com/reserve"
billing = "file:billing"
"""
LETTER = [{"typeId": "EMAIL", "valueType": "WORK", "value": "vera@mills.example"}]
MAIL, WORK = "crm.activity.add", "bizproc.workflow.start"


@pytest.fixture
def office(tmp_path: Path, sqlite_url: str) -> Iterator[Office]:
    opened = Office(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


class Office(Family):
    """The tenders, but the first thing that they do is `action`."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder, url, more=CONFIG)
        self.contact = self.sandbox.contact(NAME="Vera", fm=LETTER)

    def open(self) -> App:
        self._write("billing", "https://billing.example.com/hook/s3cret")
        return super().open()

    def deal_that(self, action: str) -> ItemRef:
        """A rep makes a deal that does this, for the customer of the test."""
        start = TENDERS.index("do = [{ create")
        text = TENDERS[:start] + f"do = [{action}]" + TENDERS[TENDERS.index("\n", start) :]
        for name in ('wait = { for = "child:contract:won" }', "The contract is {link.contract.status}"):
            text = text.replace(name, 'wait = { for = "signal:on" }' if "wait" in name else "Go on")
        self._definitions["tenders"] = text
        self.restart()
        return self.tender(CONTACT_IDS=[self.contact.id])

    def command(self, deal: ItemRef, kind: str) -> QueuedCommand:
        with self.app.database.read() as conn:
            (found,) = [row for row in outbox.of_item(conn, "main", deal) if row.kind == kind]
        return found

    def retry(self, command: QueuedCommand) -> None:
        """A person has looked, and lets a parked command go again."""
        with self.app.database.write() as conn:
            assert outbox.release(conn, "main", command.key, self.clock.now())
        self.settle()


def test_a_letter_of_a_template_goes_to_the_contact_in_the_words_of_the_moment(office: Office) -> None:
    deal = office.deal_that('{ email = "welcome" }')

    (letter,) = office.sandbox.sent_mails()
    assert letter.subject == "Your request: Acme"
    assert letter.description == "Elena Smirnova will call you."
    assert [each["VALUE"] for each in letter.communications] == ["vera@mills.example"]
    assert letter.bindings[0] == (2, deal.id)
    assert office.command(deal, "send_email").remote_id == str(letter.id)


def test_a_letter_to_one_of_our_people_goes_to_their_address(office: Office) -> None:
    office.deal_that('{ email = { to = "head", subject = "Look at {item.title}", body = "Now" } }')

    (letter,) = office.sandbox.sent_mails()
    assert [each["VALUE"] for each in letter.communications] == ["c.novak@northwind.example"]


def test_a_letter_to_nobody_waits_until_there_is_an_address(office: Office) -> None:
    office.contact = office.sandbox.contact(NAME="Without")
    deal = office.deal_that('{ email = "welcome" }')
    command = office.command(deal, "send_email")
    assert command.state is State.PARKED
    assert "no e-mail address of the contact" in str(command.reason)

    office.sandbox.edit((3, office.contact.id), fm={"n0": LETTER[0]})
    office.retry(command)

    assert len(office.sandbox.sent_mails()) == 1


def test_a_contact_that_we_may_not_see_has_no_address_and_holds_up_nobody_else(office: Office) -> None:
    office.sandbox.faults.refuse("ACCESS_DENIED", "Access denied", method="crm.item.get", times=1)
    hidden = office.deal_that('{ email = "welcome" }')
    office.contact = office.sandbox.contact(NAME="Ivan", fm=LETTER)
    office.tender(CONTACT_IDS=[office.contact.id])

    assert office.command(hidden, "send_email").state is State.PARKED
    assert len(office.sandbox.sent_mails()) == 1


def test_a_letter_whose_answer_was_lost_is_found_and_not_sent_again(office: Office) -> None:
    office.sandbox.faults.lose_answer(MAIL)
    deal = office.deal_that('{ email = "welcome" }')

    office.wait(SETTLED)

    assert len(office.sandbox.sent_mails()) == 1
    assert office.command(deal, "send_email").state is State.DONE


def test_a_letter_that_nobody_can_vouch_for_is_for_a_person_to_decide(office: Office) -> None:
    office.sandbox.faults.lose_request(MAIL)
    deal = office.deal_that('{ email = "welcome" }')

    office.wait(SETTLED)

    command = office.command(deal, "send_email")
    assert command.state is State.PARKED
    assert office.sandbox.sent_mails() == []
    office.retry(command)
    assert len(office.sandbox.sent_mails()) == 1


def test_a_text_message_is_sent_by_the_portal_s_own_workflow_or_trigger(office: Office) -> None:
    book = office.sandbox.part(WorkflowBook)
    book.add_template(2)
    deal = office.deal_that('{ sms = "sms_by_workflow" }, { sms = "sms_by_trigger" }')

    assert [each.document for each in book.running] == [("CCrmDocumentDeal", f"DEAL_{deal.id}")]
    assert office.sandbox.part(Triggers).pulled == [(f"DEAL_{deal.id}", "send_sms")]


@pytest.mark.parametrize("is_lost", ["lose_answer", "lose_request"])
def test_a_workflow_is_started_once_or_a_person_decides(office: Office, is_lost: str) -> None:
    book = office.sandbox.part(WorkflowBook)
    book.add_template(2)
    getattr(office.sandbox.faults, is_lost)(WORK)
    deal = office.deal_that('{ sms = "sms_by_workflow" }')

    for _ in range(3):
        office.wait(SETTLED)

    assert office.command(deal, "start_workflow").state is State.PARKED
    assert len(book.running) == (1 if is_lost == "lose_answer" else 0)


def test_a_document_is_made_of_the_template_that_config_names(office: Office) -> None:
    book = office.sandbox.part(DocumentBook)
    book.add_template("Offer", 2)
    deal = office.deal_that('{ document = "offer" }')

    (document,) = book.of(2, deal.id)
    assert document.template_id == 39
    assert office.command(deal, "make_document").remote_id == str(document.id)


def test_a_name_that_config_lacks_is_said_and_taken_once_it_is_there(office: Office) -> None:
    office.sandbox.part(DocumentBook).add_template("Offer", 2)
    deal = office.deal_that('{ document = "contract" }')
    command = office.command(deal, "make_document")
    assert (command.state, command.reason) == (
        State.PARKED,
        "config.toml has no documents.contract: add it and retry",
    )

    office._bindings = office._bindings.replace("offer = 39", "contract = 39")
    office.restart()
    office.retry(command)

    assert len(office.sandbox.part(DocumentBook).of(2, deal.id)) == 1


def test_a_call_says_which_item_and_step_and_nothing_of_the_card(office: Office) -> None:
    deal = office.deal_that('{ call = "warehouse" }, { call = "billing" }')

    first, second = office.outgoing.calls
    assert first.url == "https://warehouse.example.com/reserve"
    assert second.url == "https://billing.example.com/hook/s3cret"
    said = json.loads(first.body)
    assert (said["item"], said["pipeline"], said["step"]) == (str(deal), "tenders", "prepare")
    assert "Acme" not in str(first.body)
    assert first.headers["Idempotency-Key"] != second.headers["Idempotency-Key"]


def test_a_call_without_an_answer_is_repeated_under_the_same_key(office: Office) -> None:
    office.outgoing.answers = [requests.ReadTimeout("slow"), 503, 200]
    deal = office.deal_that('{ call = "warehouse" }')
    for _ in range(3):
        office.wait(SETTLED)

    keys = {call.headers["Idempotency-Key"] for call in office.outgoing.calls}
    assert (len(office.outgoing.calls), len(keys)) == (3, 1)
    assert office.command(deal, "call_out").state is State.DONE


@pytest.mark.parametrize("status", [302, 404, 422])
def test_a_call_that_is_refused_waits_for_a_person_and_keeps_the_secret(office: Office, status: int) -> None:
    office.outgoing.answers = [status]
    deal = office.deal_that('{ call = "billing" }')

    command = office.command(deal, "call_out")
    assert command.state is State.PARKED
    assert str(status) in str(command.reason)
    assert "s3cret" not in str(command)


def test_a_receiver_that_never_takes_a_call_does_not_hold_the_card_for_ever(office: Office) -> None:
    office.outgoing.answers = [503] * 100
    deal = office.deal_that('{ call = "warehouse" }')

    for _ in range(15):
        office.wait(301)

    command = office.command(deal, "call_out")
    assert command.state is State.PARKED
    assert len(office.outgoing.calls) == 12
