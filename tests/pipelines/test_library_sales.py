"""What the scenarios of the long sales cannot show: dates of tasks, letters, and what records are made of."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pipelines.engine import Assign, CreateItem, Email, Sms, StartPipeline
from pipelines.library import load_shipped
from tests.pipelines.crm import CRM, MONDAY

DAY = timedelta(days=1)
TUESDAY = datetime.fromisoformat("2026-01-20T11:00:00+03:00")
ACME = {"id": 3, "name": "Acme"}


def corporate_sale(stage: str = "interest") -> CRM:
    crm = CRM(load_shipped("corporate_sale"), stage=stage, company=ACME)
    crm.start("manual" if stage != "interest" else "create", stage if stage != "interest" else None)
    return crm


def training_sales(stage: str, **fields: object) -> CRM:
    crm = CRM(load_shipped("training_sales"), stage=stage, amount=9000.0, currency="EUR")
    crm.fields = fields
    crm.start("manual", stage)
    return crm


def test_the_presentation_agreed_at_interest_is_due_on_that_date_and_follows_it() -> None:
    crm = corporate_sale()
    crm.complete("call", "interested")
    crm.fill(meeting_at=TUESDAY)
    crm.complete("schedule", "filled")
    assert crm.task("conduct_presentation").due == TUESDAY
    crm.fill(meeting_at=TUESDAY + DAY)
    assert crm.task("conduct_presentation").due == TUESDAY + DAY


def test_the_presentation_goes_on_in_whatever_stage_and_is_the_owners() -> None:
    crm = corporate_sale()
    crm.complete("call", "interested")
    crm.fill(meeting_at=TUESDAY)
    crm.complete("schedule", "filled")
    crm.move("negotiations", by=8)
    crm.fill(owner=8)
    assert crm.task("conduct_presentation").to == 8
    crm.complete("conduct_presentation", by=8)
    crm.move("presentation")
    crm.complete("prepare_presentation")
    assert crm.open == ["presentation_results"]


def test_a_sale_that_began_by_hand_is_presented_now_until_the_card_says_otherwise() -> None:
    crm = corporate_sale("presentation")
    crm.advance(DAY)
    crm.complete("prepare_presentation")
    assert crm.task("present_now").due == MONDAY + DAY
    crm.fill(meeting_at=TUESDAY)
    assert crm.task("present_now").due == TUESDAY


def test_a_final_stage_ends_the_presentation_too() -> None:
    crm = corporate_sale()
    crm.complete("call", "interested")
    crm.fill(meeting_at=TUESDAY)
    crm.complete("schedule", "filled")
    crm.move("rejected")
    (offer,) = crm.tasks.values()  # what may follow is offered; it holds nothing up
    assert offer.why.rule == "offer"
    assert crm.state.phase == "finished"


def test_a_sale_that_is_taken_over_where_it_stands_keeps_its_owner() -> None:
    for stage in ("needs_analysis", "presentation", "contracting"):
        assert corporate_sale(stage).asked(Assign) == []


def test_a_rerouted_sale_hands_its_customer_to_the_new_one() -> None:
    crm = corporate_sale()
    crm.move("rerouted")
    (made,) = crm.asked(StartPipeline)
    assert (made.pipeline, made.stage) == ("corporate_sale", "needs_analysis")
    assert {"company", "contacts"} <= set(made.copy)


def test_the_proposal_is_sent_by_mail_and_sms_when_the_card_gets_there_and_not_before() -> None:
    crm = training_sales("qualified")
    crm.move("proposal_sent")
    assert (crm.stage, crm.asked(Email), crm.asked(Sms)) == ("qualified", [], [])
    crm.fill(product="places")
    crm.move("proposal_sent")
    assert [letter.template for letter in crm.asked(Email)] == ["proposal_sent"]
    assert [message.workflow for message in crm.asked(Sms)] == ["proposal_sent"]


def test_account_and_contact_are_made_of_what_the_card_says() -> None:
    crm = training_sales(
        "enquiry", first_name="Ivan", last_name="Petrov", organisation="Acme", email="i@a.example"
    )
    crm.move("qualified")
    account, person = crm.asked(CreateItem)
    assert (account.kind, account.fields) == ("company", {"title": "Acme"})
    assert person.kind == "contact"
    assert person.fields == {"name": "Ivan", "last_name": "Petrov", "phone": None, "email": "i@a.example"}


@pytest.mark.parametrize(
    ("product", "given", "made"),
    [
        ("places", {"student_names": "Anna, Boris"}, ("registration", "Acme: Anna, Boris")),
        ("tokens", {"token_count": 20.0}, ("token_issue", "Acme: 20")),
    ],
)
def test_a_won_sale_makes_the_invoice_and_what_was_sold(
    product: str, given: dict[str, object], made: tuple[str, str]
) -> None:
    crm = training_sales("payment_confirmed", product=product)
    crm.fill(**given)
    invoice, sold = crm.asked(CreateItem)
    assert (invoice.kind, invoice.fields["amount"], invoice.fields["currency"]) == ("invoice", 9000, "EUR")
    assert (sold.type, sold.fields["title"]) == made
    assert crm.state.status == "won"
