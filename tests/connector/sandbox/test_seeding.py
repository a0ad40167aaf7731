"""The records that a portal is filled with."""

from __future__ import annotations

import json

import pytest

from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ask


@pytest.fixture(scope="module")
def portal() -> SandboxPortal:
    portal = SandboxPortal()
    portal.seed(400)
    return portal


def test_a_seeded_portal_holds_what_was_asked_for(portal: SandboxPortal) -> None:
    totals = {
        number: ask(portal, "crm.item.list", {"entityTypeId": number}).body["total"]
        for number in (1, 2, 3, 4, 31, 1036, 1040, 1046)
    }
    assert totals == {1: 100, 2: 400, 3: 200, 4: 100, 31: 20, 1036: 20, 1040: 20, 1046: 20}
    categories = {record.category_id for record in portal.crm.shelf(2)}
    assert categories == {0, 1, 2}


def test_everything_happened_in_the_past_and_in_order(portal: SandboxPortal) -> None:
    now = portal.now()
    for shelf in portal.crm.shelves.values():
        created = [record.values["CREATED_TIME"] for record in shelf]
        assert created == sorted(created)
        assert created[-1] <= now
        for record in shelf:
            moved = record.values.get("MOVED_TIME", record.values["CREATED_TIME"])
            assert record.values["CREATED_TIME"] <= moved <= record.values["UPDATED_TIME"] <= now


@pytest.mark.parametrize("entity_type_id", [1, 2, 31, 1036, 1040, 1046])
def test_the_history_of_every_item_ends_where_the_item_is(portal: SandboxPortal, entity_type_id: int) -> None:
    rows = portal.crm.history.of(entity_type_id)
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert [row.id for row in rows] == sorted(row.id for row in rows)
    for record in portal.crm.shelf(entity_type_id):
        own = [row for row in rows if row.owner_id == record.id]
        assert (own[0].type_id, own[0].at) == (1, record.values["CREATED_TIME"])
        assert (own[-1].stage_id, own[-1].at) == (record.stage_id, record.values["MOVED_TIME"])
        assert all(row.type_id == (3 if row.semantics != "P" else 2) for row in own[1:])


def test_links_lead_to_records(portal: SandboxPortal) -> None:
    for deal in portal.crm.shelf(2):
        assert portal.crm.find(4, deal.values["COMPANY_ID"])
        assert all(portal.crm.find(3, number) for number in deal.values["CONTACT_IDS"])
    assert all(portal.crm.find(2, item.values["PARENT_ID_2"]) for item in portal.crm.shelf(1046))


def test_the_same_seed_makes_the_same_portal(portal: SandboxPortal) -> None:
    def written(seeded: SandboxPortal) -> str:
        params = {"entityTypeId": 2, "order": {"id": "ASC"}, "start": 350}
        return json.dumps(ask(seeded, "crm.item.list", params).result)

    again, other = SandboxPortal(), SandboxPortal(seed=2)
    again.seed(400)
    other.seed(400)
    assert written(again) == written(portal)
    assert written(other) != written(portal)
    assert other.webhook_url() != portal.webhook_url()


def test_reasons_are_given_where_deals_ended_badly(portal: SandboxPortal) -> None:
    lost = [deal for deal in portal.crm.shelf(2) if deal.stage_id == "C1:LOSE"]
    walked = [deal for deal in portal.crm.shelf(2) if deal.stage_id == "C1:UC_WALKED"]
    assert lost
    assert walked
    assert all(
        portal.value(deal, "UF_CRM_LOSS_REASON") in ("Price", "Competitor", "No budget", "No answer")
        for deal in lost
    )
    assert all(deal.get("UF_CRM_WALK_REASON") for deal in walked)
