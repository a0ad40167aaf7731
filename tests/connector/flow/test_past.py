"""What a record looked like before: kept with the news of each change, and taken back again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from connector.flow.past import as_it_was, former_values
from connector.records import DEAL, ItemRef
from connector.store import mirror, views
from tests.connector.flow.workshop import Workshop


def test_a_change_carries_what_was_there_before_and_nothing_else(workshop: Workshop) -> None:
    deal = workshop.deal(OPPORTUNITY=900)
    workshop.sandbox.edit(deal, OPPORTUNITY=1500, UF_CRM_WALK_REASON="slow")
    workshop.wait(300)
    with workshop.app.database.read() as conn:
        changes = [each for each in views.signals_of(conn, "main", deal) if each.kind == "changed"]
        now = mirror.get_item(conn, "main", deal)
    assert now is not None
    before = changes[-1].payload["before"]
    assert Decimal(before["amount"]) == 900
    assert set(before) == {"amount", "fields"}
    assert as_it_was(now, [before]).amount == 900
    assert not as_it_was(now, [before]).fields["ufCrm_WALK_REASON"]


def test_taking_all_changes_back_gives_the_first_state(workshop: Workshop) -> None:
    ref = ItemRef(DEAL, workshop.deal().id)
    with workshop.app.database.read() as conn:
        first = mirror.get_item(conn, "main", ref)
    assert first is not None
    second = replace(first, amount=Decimal("1.50"), contact_ids=(3, 4), fields={**first.fields, "x": [1]})
    third = replace(second, amount=None, owner_id=None, fields={**first.fields, "x": None, "y": "z"})
    formers = [former_values(second, third), former_values(first, second)]
    assert as_it_was(third, formers) == replace(first, fields={**first.fields, "x": None, "y": None})
