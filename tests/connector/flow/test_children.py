"""Records that a pipeline makes: once, linked both ways, and heard of by whom they were made for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connector.flow import relatives
from connector.flow.advance import advance
from connector.flow.dispatch import Dispatcher
from connector.flow.refresh import refresh
from connector.records import COMPANY, CONTACT, DEAL, LEAD, ItemRef
from connector.store import outbox
from connector.store.outbox import State
from tests.connector.flow.family import BINDINGS, CONTRACT, CONTRACTS, TENDERS, Family
from tests.connector.flow.test_once import SETTLED, Killed, Killer
from tests.connector.flow.workshop import slow


@pytest.fixture
def family(tmp_path: Path, sqlite_url: str) -> Iterator[Family]:
    opened = Family(tmp_path, sqlite_url)
    yield opened
    opened.app.close()


def only(refs: list[ItemRef]) -> ItemRef:
    (ref,) = refs
    return ref


def test_an_item_of_another_pipeline_is_made_for_the_card_and_both_say_so(family: Family) -> None:
    deal = family.tender(OPPORTUNITY=500)

    contract = only(family.made(CONTRACT))
    assert family.sandbox.value(contract, "parentId2") == deal.id
    assert family.sandbox.value(contract, "title") == "Acme"
    assert family.sandbox.value(contract, "assignedById") == 5
    assert float(family.sandbox.value(contract, "opportunity")) == 500
    assert family.linked(deal) == {"contract": contract}
    (here,) = family.comments(deal, "deal")
    (there,) = family.comments(contract, "dynamic_1046")
    assert f"/crm/type/1046/details/{contract.id}/" in here
    assert f"/crm/deal/details/{deal.id}/" in there


def test_the_process_of_a_child_begins_although_its_pipeline_takes_no_new_items(family: Family) -> None:
    family.tender()
    assert family.open_tasks(only(family.made(CONTRACT))) == ["Write the contract for Acme"]

    family.sandbox.item(CONTRACT, stage="DT1046_4:NEW", TITLE="By hand")
    family.settle()
    assert family.process_stage(family.made(CONTRACT)[-1]) is None


def test_the_parent_goes_on_when_the_child_is_won_and_not_before(family: Family) -> None:
    deal = family.tender()
    contract = only(family.made(CONTRACT))

    family.move(contract, "DT1046_4:SIGNING")
    assert family.process_stage(deal) == "fresh"

    family.move(contract, "DT1046_4:SUCCESS")
    assert family.stage(deal) == "C2:PREPARATION"
    assert family.open_tasks(deal) == ["The contract is won"]


def test_a_wait_for_a_stage_of_a_child_ends_there_and_expressions_read_where_it_is(
    tmp_path: Path, sqlite_url: str
) -> None:
    case = "link.contract.stage == 'signing' && link.contract.title == item.title"
    text = TENDERS.replace("child:contract:won", "stage:contract:signing").replace(
        'next = "agreed"', f'next = [{{ when = "{case}", to = "agreed" }}, {{ to = "lost" }}]'
    )
    family = Family(tmp_path, sqlite_url, texts={"tenders": text})
    deal = family.tender()
    contract = only(family.made(CONTRACT))

    family.move(contract, "DT1046_4:SIGNING")

    assert family.process_stage(deal) == "agreed"
    assert family.open_tasks(deal) == ["The contract is open"]
    family.app.close()


def test_a_child_hears_of_the_stages_of_whom_it_was_made_for(tmp_path: Path, sqlite_url: str) -> None:
    wait = 'wait = { for = "child:parent:won" }\n\n[[stages.steps]]\nid = "sign"'
    text = CONTRACTS.replace('id = "sign"', 'id = "paid"\n' + wait, 1)
    family = Family(tmp_path, sqlite_url, texts={"contracts": text})
    deal = family.tender()
    contract = only(family.made(CONTRACT))
    family.move(contract, "DT1046_4:SIGNING")
    assert family.open_tasks(contract) == []

    family.move(deal, "C2:WON")

    assert family.open_tasks(contract) == ["Sign"]
    family.app.close()


def test_a_deleted_child_is_no_link_any_more(family: Family) -> None:
    deal = family.tender()
    family.sandbox.delete(only(family.made(CONTRACT)))
    family.settle()

    portal = family.portal
    with family.app.database.read() as conn:
        assert relatives.links_of(conn, portal, portal.bindings["tenders"], deal) == {}


def test_without_any_event_a_child_is_heard_of_by_asking(family: Family) -> None:
    family.sandbox.faults.events.lost = 1.0
    deal = family.tender()
    family.wait(60)
    contract = only(family.made(CONTRACT))
    family.wait(60)

    family.move(contract, "DT1046_4:SUCCESS")
    family.wait(60)

    assert family.stage(deal) == "C2:PREPARATION"


def test_a_follow_on_begins_at_its_stage_with_what_it_copies(family: Family) -> None:
    company = family.sandbox.company(TITLE="Northern Mills")
    deal = family.tender(COMPANY_ID=company.id, OPPORTUNITY=70)
    first = only(family.made(CONTRACT))
    family.move(first, "DT1046_4:SUCCESS")

    family.move(deal, "C2:WON")

    upsell = family.linked(deal)["upsell"]
    assert family.stage(upsell) == "DT1046_4:SIGNING"
    assert family.sandbox.value(upsell, "companyId") == company.id
    assert float(family.sandbox.value(upsell, "opportunity")) == 70
    assert family.open_tasks(upsell) == ["Sign"]


def test_a_lead_that_comes_to_its_stage_begins_a_deal(family: Family) -> None:
    contact = family.sandbox.contact(NAME="Vera")
    record = family.sandbox.lead(TITLE="Brass", ASSIGNED_BY_ID=6, CONTACT_IDS=[contact.id])
    family.settle()
    assert family.made(DEAL) == []

    lead = ItemRef(LEAD, record.id)
    family.move(lead, "IN_PROCESS")

    deal = only(family.made(DEAL))
    assert family.sandbox.value(deal, "leadId") == lead.id
    assert family.sandbox.value(deal, "title") == "Brass"
    assert list(family.sandbox.value(deal, "contactIds")) == [contact.id]
    assert family.process_stage(deal) == "fresh"
    assert family.linked(lead) == {"tenders": deal}


def test_a_lead_that_comes_back_to_its_stage_keeps_its_open_deal(family: Family) -> None:
    lead = ItemRef(LEAD, family.sandbox.lead(TITLE="Brass").id)
    family.settle()
    for stage in ("IN_PROCESS", "NEW", "IN_PROCESS"):
        family.move(lead, stage)
    assert len(family.made(DEAL)) == 1

    family.move(only(family.made(DEAL)), "C2:LOSE")
    family.move(lead, "NEW")
    family.move(lead, "IN_PROCESS")
    assert len(family.made(DEAL)) == 2


@pytest.mark.parametrize(
    "fault",
    [
        lambda faults: faults.lose_answer("crm.item.add"),
        lambda faults: faults.commit_late("crm.item.add", after=59),
        lambda faults: faults.lose_request("crm.item.add"),
        lambda faults: faults.answer(502, body="<html>", method="crm.item.add", is_committed=True),
        lambda faults: faults.answer(503, "QUERY_LIMIT_EXCEEDED", method="crm.item.add", times=3),
    ],
    ids=["lost answer", "late commit", "lost request", "a page", "busy"],
)
def test_whatever_becomes_of_the_answer_one_record_is_made_and_linked(
    family: Family, fault: Callable[..., object]
) -> None:
    fault(family.sandbox.faults)
    deal = family.tender()

    for _ in range(4):
        family.wait(SETTLED)

    contract = only(family.made(CONTRACT))
    assert family.linked(deal) == {"contract": contract}
    assert family.open_tasks(contract) == ["Write the contract for Acme"]
    assert set(family.commands()) <= {State.DONE}


@pytest.mark.parametrize(
    ("dies_at", "is_after"),
    [
        *((call, True) if call in (2, 4, 6) else slow(call, True) for call in range(1, 9)),
        slow(3, False),
        (4, False),
        slow(5, False),
    ],
)
def test_a_program_killed_at_any_call_makes_no_record_twice(
    tmp_path: Path, sqlite_url: str, dies_at: int, is_after: bool
) -> None:
    family = Family(tmp_path, sqlite_url, adapter=Killer)
    killer = family.adapter
    killer.dies_at, killer.is_after = killer.calls + dies_at, is_after
    record = family.sandbox.deal(stage="C2:NEW", TITLE="Acme", ASSIGNED_BY_ID=5)

    for go_on in (family.settle, family.settle, *[lambda: family.wait(SETTLED)] * 5):
        try:
            go_on()
        except Killed:
            family.kill()

    deal, contract = ItemRef(DEAL, record.id), only(family.made(CONTRACT))
    assert family.linked(deal) == {"contract": contract}
    assert family.open_tasks(contract) == ["Write the contract for Acme"]
    family.move(contract, "DT1046_4:SUCCESS")
    assert family.stage(deal) == "C2:PREPARATION"
    family.app.close()


def with_customers(actions: str) -> dict[str, str]:
    """The tenders, but what is made first is something else."""
    start = TENDERS.index("do = [{ create")
    end = TENDERS.index("\n", start)
    return {"tenders": TENDERS[:start] + f"do = [{actions}]" + TENDERS[end:]}


CLIENT = (
    '{ create = "company", as = "contract", '
    "fields = { title = \"'Mills'\", phone = \"'+7 495 111-22-33'\" } },"
    '{ create = "contact", fields = { name = "\'Vera\'", email = "\'vera@mills.example\'" } },'
)


def test_a_company_and_a_contact_are_made_and_stand_on_the_card(tmp_path: Path, sqlite_url: str) -> None:
    family = Family(tmp_path, sqlite_url, texts=with_customers(CLIENT))
    deal = family.tender()

    company, contact = only(family.made(COMPANY)), only(family.made(CONTACT))
    assert family.sandbox.value(company, "title") == "Mills"
    assert family.sandbox.value(deal, "companyId") == company.id
    assert list(family.sandbox.value(deal, "contactIds")) == [contact.id]
    assert family.linked(deal)["contract"] == company
    family.app.close()


def test_a_company_that_somebody_puts_on_the_card_meanwhile_stays(tmp_path: Path, sqlite_url: str) -> None:
    family = Family(tmp_path, sqlite_url, texts=with_customers('{ create = "company", as = "contract" }'))
    theirs = family.sandbox.company(TITLE="Northern Mills")
    deal = ItemRef(DEAL, family.sandbox.deal(stage="C2:NEW", TITLE="Acme", ASSIGNED_BY_ID=5).id)
    family.deliver()
    refresh(family.portal)
    advance(family.portal)
    Dispatcher(family.portal).dispatch()
    assert [ref.id for ref in family.made(COMPANY)] != [theirs.id]  # ours is made, and not on the card yet

    family.sandbox.edit(deal, COMPANY_ID=theirs.id)  # of which no event has told
    family.restart()
    family.settle()

    assert family.commands().keys() == {State.DONE}
    assert family.sandbox.value(deal, "companyId") == theirs.id
    family.app.close()


def test_somebody_with_the_same_phone_or_email_is_linked_instead(tmp_path: Path, sqlite_url: str) -> None:
    family = Family(tmp_path, sqlite_url, texts=with_customers(CLIENT))
    phone = [{"typeId": "PHONE", "valueType": "WORK", "value": "+74951112233"}]
    email = [{"typeId": "EMAIL", "valueType": "WORK", "value": "Vera@Mills.example"}]
    company = family.sandbox.company(title="Northern Mills", fm=phone)
    contact = family.sandbox.contact(name="V.", fm=email)

    deal = family.tender()

    assert only(family.made(COMPANY)).id == company.id
    assert only(family.made(CONTACT)).id == contact.id
    assert family.sandbox.value(deal, "companyId") == company.id
    assert list(family.sandbox.value(deal, "contactIds")) == [contact.id]
    assert family.sandbox.value(ItemRef(COMPANY, company.id), "title") == "Northern Mills"
    assert family.journal(deal).count("linked") == 2
    family.app.close()


def test_where_doubles_may_not_be_looked_for_nothing_is_made_before_a_person_says_so(
    tmp_path: Path, sqlite_url: str
) -> None:
    family = Family(tmp_path, sqlite_url, texts=with_customers(CLIENT))
    family.sandbox.faults.refuse(
        "ACCESS_DENIED", "Access denied.", method="crm.duplicate.findbycomm", times=9
    )

    deal = family.tender()

    with family.app.database.read() as conn:
        first = outbox.of_item(conn, "main", deal)[0]
    assert first.state is State.PARKED
    assert "doubles" in str(first.reason)
    assert family.made(COMPANY) == []
    family.app.close()


def test_a_company_that_the_card_has_is_kept(tmp_path: Path, sqlite_url: str) -> None:
    family = Family(tmp_path, sqlite_url, texts=with_customers(CLIENT))
    company = family.sandbox.company(TITLE="Northern Mills")

    deal = family.tender(COMPANY_ID=company.id)

    assert only(family.made(COMPANY)).id == company.id
    assert family.linked(deal)["contract"].id == company.id
    family.app.close()


def test_an_invoice_that_no_pipeline_runs_on_is_heard_of_too(tmp_path: Path, sqlite_url: str) -> None:
    invoice = '{ create = "invoice", as = "contract", fields = { amount = "item.amount" } }'
    family = Family(tmp_path, sqlite_url, texts=with_customers(invoice))
    deal = family.tender(OPPORTUNITY=90)
    made = only(family.made(31))
    assert family.sandbox.value(made, "parentId2") == deal.id
    assert float(family.sandbox.value(made, "opportunity")) == 90

    family.move(made, "DT31_1:P")

    assert family.stage(deal) == "C2:PREPARATION"
    assert family.open_tasks(deal) == ["The contract is won"]
    family.app.close()


def test_a_record_of_a_named_type_has_the_fields_that_it_is_given(tmp_path: Path, sqlite_url: str) -> None:
    action = '{ create = "item", type = "meeting", as = "contract", fields = { title = "\'Meet\'" } }'
    types = "[portals.main.record_types]\nmeeting = { entity_type = 1036, category = 2 }\n"
    family = Family(tmp_path, sqlite_url, texts=with_customers(action), more=types)

    deal = family.tender()

    meeting = only(family.made(1036))
    assert family.sandbox.value(meeting, "title") == "Meet"
    assert family.linked(deal) == {"contract": meeting}
    family.app.close()


def test_what_is_bound_to_nothing_waits_for_a_person_with_the_reason(tmp_path: Path, sqlite_url: str) -> None:
    action = '{ create = "item", type = "meeting", as = "contract" }'
    family = Family(tmp_path, sqlite_url, texts=with_customers(action))

    deal = family.tender()

    with family.app.database.read() as conn:
        (row,) = [each for each in outbox.of_item(conn, "main", deal) if each.state is State.PARKED]
    assert row.reason == "config.toml has no record_types.meeting"
    family.app.close()


def test_a_pipeline_in_shadow_only_says_that_it_would_begin(tmp_path: Path, sqlite_url: str) -> None:
    family = Family(tmp_path, sqlite_url)
    family._bindings = BINDINGS.replace('"tenders.toml"\nmode = "live"', '"tenders.toml"\nmode = "shadow"')
    family.restart()
    lead = ItemRef(LEAD, family.sandbox.lead(TITLE="Brass").id)
    family.settle()

    family.move(lead, "IN_PROCESS")

    assert family.made(DEAL) == []
    assert "would" in family.journal(lead)
    family.app.close()
