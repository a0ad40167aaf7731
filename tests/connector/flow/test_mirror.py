"""The mirror: what is in the portal is in the database, in few requests, and what is gone is gone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connector.errors import RetriableError
from connector.records import DEAL, LEAD, ItemRef
from connector.store import mirror
from tests.connector.flow.workshop import NEW, WORK, Workshop


def mirrored(workshop: Workshop, ref: ItemRef) -> object:
    with workshop.app.database.read() as conn:
        return mirror.get_item(conn, "main", ref)


def test_a_storm_of_a_thousand_changed_deals_is_read_back_in_few_requests(workshop: Workshop) -> None:
    deals = [workshop.sandbox.deal(stage="NEW", TITLE=f"Deal {number}") for number in range(1_000)]
    workshop.settle()
    for deal in deals:
        workshop.sandbox.edit(deal, OPPORTUNITY=deal.id)
    workshop.deliver()
    before = workshop.portal.client.requests_sent

    workshop.app.work("main")

    assert workshop.portal.client.requests_sent - before <= 5
    for deal in deals:
        item = mirrored(workshop, ItemRef(DEAL, deal.id))
        assert item.amount == Decimal(deal.id)  # type: ignore[attr-defined]


def test_a_deleted_deal_becomes_a_tombstone_and_its_process_ends(workshop: Workshop) -> None:
    deal = workshop.deal()

    workshop.sandbox.delete(deal)
    workshop.settle()

    assert mirrored(workshop, deal) is None
    assert "gone" in workshop.journal(deal)


def test_a_deletion_that_no_event_announced_is_found_by_the_sweep(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.sandbox.faults.events.lost = 1.0
    workshop.sandbox.delete(deal)
    workshop.settle()
    assert mirrored(workshop, deal) is not None

    workshop.app.sweep("main")
    assert mirrored(workshop, deal) is not None
    workshop.app.sweep("main")

    assert mirrored(workshop, deal) is None


def test_a_page_of_an_error_in_a_sweep_deletes_nothing(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.sandbox.faults.answer(200, body="<html>maintenance</html>", method="crm.item.list", times=100)

    with pytest.raises(RetriableError):
        workshop.app.sweep("main")

    assert mirrored(workshop, deal) is not None


def test_leads_and_deals_of_a_seeded_portal_are_mirrored_exactly(workshop: Workshop) -> None:
    workshop.sandbox.seed(deals=300)
    workshop.app.sweep("main")

    with workshop.app.database.read() as conn:
        for entity_type_id in (LEAD, DEAL):
            items = {item.ref.id: item for item in mirror.items(conn, "main", entity_type_id)}
            records = {
                record.id: record for record in workshop.sandbox.crm.shelf(entity_type_id).records.values()
            }
            assert items.keys() == records.keys()
            for number, record in records.items():
                assert items[number].stage_id == record.get("STAGE_ID")
                assert items[number].owner_id == record.get("ASSIGNED_BY_ID")
                assert items[number].title == record.get("TITLE")


def test_a_moved_deal_is_read_together_with_its_history(workshop: Workshop) -> None:
    deal = workshop.deal()
    before = workshop.portal.client.requests_sent
    workshop.sandbox.move(deal, WORK)
    workshop.deliver()
    workshop.app.work("main")

    assert workshop.process_stage(deal) == "work"
    assert workshop.stage(deal) != NEW
    # The card with its history, the old task closed and the new one made, and both read back.
    assert workshop.portal.client.requests_sent - before <= 6
