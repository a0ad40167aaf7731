"""The first copy: whole, whatever goes on meanwhile, and without the portal ever having to block it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from connector.errors import CRMError
from connector.flow.backfill import Progress, backfill, is_complete
from connector.records import DEAL, ItemRef
from connector.sandbox.limits import Limits, OperatingBudget, Plan
from connector.store import mirror, visits
from tests.connector.flow.family import CONTRACT, TENDERS, Family
from tests.connector.flow.workshop import Workshop

DEALS = 620


class Watched(Limits):
    """The portal's limits on lists of items: they tell of every command and count what they refuse."""

    refused = 0
    on_command: Callable[[], None] = staticmethod(lambda: None)

    def is_spent(self, budget: OperatingBudget, now: datetime) -> bool:
        self.on_command()
        is_list = any(each is budget for (_, name), each in self.budgets.items() if name == "crm.item.list")
        is_spent = is_list and super().is_spent(budget, now)
        self.refused += is_spent
        return is_spent


@pytest.fixture
def full(tmp_path: Path, sqlite_url: str) -> Workshop:
    """A portal with many deals, of which nothing is copied yet."""
    workshop = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    for number in range(DEALS):
        workshop.sandbox.deal(TITLE=f"Deal {number}")
    return workshop


def watch(workshop: Workshop, operating_seconds: float) -> Watched:
    """Let the portal count: twenty seconds for each command, and refuse what is over its limit."""
    watched = Watched(Plan(operating_seconds=operating_seconds), is_on=True)
    workshop.sandbox.limits = watched
    workshop.sandbox.prices.least_operating_seconds = 20.0
    return watched


def differences(workshop: Workshop) -> set[int]:
    """Deals that do not stand in the mirror as they do in the portal."""
    there = {deal.id: deal.get("TITLE") for deal in workshop.sandbox.crm.shelf(DEAL)}
    with workshop.app.database.read() as conn:
        here = {item.ref.id: item.title for item in mirror.items(conn, "main", DEAL)}
    return {number for number, _ in there.items() ^ here.items()}


def test_it_rests_before_the_run_time_is_used_up_and_goes_on(full: Workshop) -> None:
    limits = watch(full, operating_seconds=480)
    seen: list[Progress] = []
    backfill(full.portal, seen.append)
    assert limits.refused == 0
    assert any(progress.rests_seconds for progress in seen)
    assert differences(full) == set()


def test_a_refusal_that_nobody_foresaw_is_waited_for_and_costs_no_record(full: Workshop) -> None:
    limits = watch(full, operating_seconds=100)  # far below what the client believes
    seen: list[Progress] = []
    backfill(full.portal, seen.append)
    assert limits.refused > 0
    deals = [each for each in seen if each.kind == f"items:{DEAL}" and not each.rests_seconds]
    assert deals[-1].records == DEALS  # none is missing, and none was copied twice
    assert [each.last_id for each in deals] == sorted({each.last_id for each in deals})
    assert differences(full) == set()


def test_what_changes_during_the_copy_is_found_by_the_polls_after_it(full: Workshop) -> None:
    limits = watch(full, operating_seconds=480)
    full.sandbox.prices.least_operating_seconds = 0.0
    ids = [deal.id for deal in full.sandbox.crm.shelf(DEAL)]

    def unrest() -> None:
        if len(ids) > 10:
            full.sandbox.edit((DEAL, ids.pop()), TITLE="changed")
            full.sandbox.edit((DEAL, ids.pop(0)), TITLE="changed")
            full.sandbox.delete((DEAL, ids.pop(len(ids) // 2)))
            full.sandbox.deal(TITLE="added")

    limits.on_command = unrest
    backfill(full.portal)
    limits.on_command = lambda: None
    assert differences(full)
    full.app.reconcile_items("main")
    for _ in range(2):  # only two absences and a read make a deletion
        full.app.sweep("main")
    assert differences(full) == set()


def test_a_copy_that_was_stopped_goes_on_where_it_was(full: Workshop) -> None:
    class Stopped(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.rests_seconds:
            raise Stopped

    watch(full, operating_seconds=480)
    with pytest.raises(Stopped):
        backfill(full.portal, stop)
    with full.app.database.read() as conn:
        kept = mirror.count(conn, "main").get(DEAL, 0)
    assert 0 < kept < DEALS
    full.sandbox.limits = Limits(Plan())
    full.restart()
    seen: list[Progress] = []
    backfill(full.portal, seen.append)
    assert sum(each.records for each in seen if each.kind == f"items:{DEAL}") == DEALS - kept
    assert differences(full) == set()
    with full.app.database.read() as conn:
        assert mirror.get_item(conn, "main", ItemRef(DEAL, DEALS)) is not None


def test_a_copy_that_an_edited_pipeline_asks_for_is_gone_on_with_when_it_was_cut_off(
    tmp_path: Path, sqlite_url: str
) -> None:
    made = '{ create = "item", pipeline = "contracts", as = "contract", fields = { amount = "item.amount" } }'
    family = Family(tmp_path, sqlite_url)
    family.rewrite("tenders.toml", TENDERS.replace(made, '{ create = "invoice", as = "contract" }'))
    family.sandbox.faults.lose_request("crm.*", times=6)
    with pytest.raises(CRMError):
        family.app.take_definitions("main")
    family.sandbox.faults.armed.clear()
    family.clock.advance(3600)

    while family.app.sweep_when_due("main"):
        pass

    with family.app.database.read() as conn:
        assert is_complete(conn, family.portal)
    family.app.close()


def test_of_a_smart_process_that_is_only_named_the_moves_are_copied_too(workshop: Workshop) -> None:
    old = workshop.sandbox.item(CONTRACT, TITLE="Frame contract")
    workshop.more += f"\n[portals.main.mirror]\nentity_types = [{CONTRACT}]\n"
    workshop.restart()
    backfill(workshop.portal)
    workshop.sandbox.move((CONTRACT, old.id), "DT1046_4:SIGNING")
    workshop.clock.advance(60)
    workshop.app.reconcile_moves("main")
    with workshop.app.database.read() as conn:
        stages = [move.stage_id for move in visits.of(conn, "main", ItemRef(CONTRACT, old.id))]
    assert stages == ["DT1046_4:NEW", "DT1046_4:SIGNING"]
