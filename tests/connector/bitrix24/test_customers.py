"""Customers: doubles, contacts of a card, and how they are reached."""

from __future__ import annotations

import pytest

from connector.bitrix24 import automation, customers, documents, mail
from connector.bitrix24.outcome import Answer, Outcome
from connector.errors import FatalError
from connector.records import COMPANY, CONTACT, DEAL, LEAD, SMART_INVOICE, ItemRef

DEAL_7 = ItemRef(DEAL, 7)


def done(result: object) -> Answer:
    return Answer(Outcome.DONE, result)


def test_doubles_are_searched_by_kind_and_for_one_type_at_a_time() -> None:
    calls = customers.find_twins(CONTACT, [("PHONE", "+7 1"), ("EMAIL", "a@b.c"), ("PHONE", "+7 2")])
    assert {name: call.params["values"] for name, call in calls.items()} == {
        "PHONE": ["+7 1", "+7 2"],
        "EMAIL": ["a@b.c"],
    }
    assert {call.params["entity_type"] for call in calls.values()} == {"CONTACT"}
    assert customers.find_twins(1046, [("PHONE", "+7 1")]) == {}


def test_nothing_found_is_a_list_and_something_is_an_object() -> None:
    assert customers.twins_of(done([]), CONTACT) == []
    assert customers.twins_of(done({"CONTACT": [275, "276"]}), CONTACT) == [
        ItemRef(CONTACT, 275),
        ItemRef(CONTACT, 276),
    ]
    assert customers.twins_of(done({"LEAD": [3]}), CONTACT) == []


def test_one_more_contact_leaves_those_that_a_card_has() -> None:
    assert customers.add_contact(DEAL_7, 5, present=[4]).method == "crm.deal.contact.add"
    assert customers.add_contact(ItemRef(LEAD, 7), 5, present=[4]).method == "crm.lead.contact.add"
    update = customers.add_contact(ItemRef(1046, 7), 5, present=[4])
    assert update.params["fields"] == {"contactIds": [4, 5]}


def test_only_addresses_of_e_mail_are_read_from_a_card() -> None:
    phone, email = {"typeId": "PHONE", "value": "+7 1"}, {"typeId": "EMAIL", "value": "a@b.c"}
    assert customers.emails_of(done({"item": {"id": 1, "fm": [phone, email]}})) == ["a@b.c"]
    assert customers.emails_of(done({"item": {"id": 1}})) == []
    with pytest.raises(FatalError, match="cannot be read"):
        customers.emails_of(done({"item": {"id": 1, "fm": "a@b.c"}}))


def test_a_letter_is_believed_to_be_ours_by_its_own_marker_only() -> None:
    rows = [
        {"ID": "1", "ORIGINATOR_ID": "other", "ORIGIN_ID": "fw:1"},
        {"ID": "2", "ORIGINATOR_ID": "funnelwright", "ORIGIN_ID": "fw:2"},
        {"ID": "3", "ORIGINATOR_ID": "funnelwright", "ORIGIN_ID": "fw:1"},
    ]
    assert mail.email_with_marker(done(rows), "fw:1") == "3"
    assert mail.email_with_marker(done(rows), "fw:4") is None


def test_employees_without_an_address_are_left_out() -> None:
    rows = [{"ID": "5", "EMAIL": "e@n.example"}, {"ID": "6", "EMAIL": ""}, {"ID": "7"}]
    assert mail.emails_of_employees(done(rows)) == {5: "e@n.example"}


@pytest.mark.parametrize(
    ("ref", "document"),
    [
        (DEAL_7, ["crm", "CCrmDocumentDeal", "DEAL_7"]),
        (ItemRef(LEAD, 1), ["crm", "CCrmDocumentLead", "LEAD_1"]),
        (ItemRef(COMPANY, 2), ["crm", "CCrmDocumentCompany", "COMPANY_2"]),
        (
            ItemRef(SMART_INVOICE, 3),
            ["crm", r"Bitrix\Crm\Integration\BizProc\Document\SmartInvoice", "SMART_INVOICE_3"],
        ),
        (ItemRef(147, 1), ["crm", r"Bitrix\Crm\Integration\BizProc\Document\Dynamic", "DYNAMIC_147_1"]),
    ],
)
def test_a_workflow_names_its_item_as_the_page_does(ref: ItemRef, document: list[str]) -> None:
    assert automation.start_workflow(12, ref).params == {"TEMPLATE_ID": 12, "DOCUMENT_ID": document}
    assert automation.pull_trigger("sms", ref).params == {"target": document[2], "code": "sms"}


def test_the_id_of_a_document_may_be_a_number_or_text() -> None:
    assert documents.document_id(done({"document": {"id": 61}})) == 61
    assert documents.document_id(done({"document": {"id": "61"}})) == 61
    with pytest.raises(FatalError):
        documents.document_id(done({"document": []}))
