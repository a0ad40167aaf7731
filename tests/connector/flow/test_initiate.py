"""A pipeline that begins by itself: for customers whose turn it is, one open item each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.records import COMPANY, DEAL, ItemRef
from connector.sandbox.crm.records import Record
from tests.connector.flow.family import REVIVALS, REVIVALS_BINDING, Family
from tests.connector.flow.test_once import SETTLED, Killed, Killer
from tests.connector.flow.workshop import slow

WEEK = 7 * 24 * 3600
HALF_A_YEAR = timedelta(days=190)
HALF_A_YEAR_AGO = "item.last_won_at < now - duration('4320h')"
NOT_ASKED_THIS_MONTH = "(item.last_item_at == null || item.last_item_at < now - duration('720h'))"


def customer(family: Family, title: str, *, bought: timedelta) -> Record:
    """A company that bought something so long ago."""
    company = family.sandbox.company(TITLE=title, ASSIGNED_BY_ID=6)
    deal = family.sandbox.deal(stage="C2:WON", TITLE=f"For {title}", COMPANY_ID=company.id)
    family.sandbox.set_clock_back(deal, MOVED_TIME=family.clock.now() - bought)
    return company


@pytest.fixture
def family(tmp_path: Path, sqlite_url: str) -> Iterator[Family]:
    opened = Family(tmp_path, sqlite_url, more=REVIVALS_BINDING, is_mirrored=False)
    yield opened
    opened.app.close()


def revived(family: Family) -> list[ItemRef]:
    """The deals on the board of revivals."""
    refs = family.made(DEAL)
    return [ref for ref in refs if family.sandbox.record(ref).category_id == 0]


def test_customers_whose_turn_it_is_get_an_item_with_their_name_and_owner(family: Family) -> None:
    old = customer(family, "Old Mills", bought=HALF_A_YEAR)
    customer(family, "New Mills", bought=timedelta(days=10))
    family.sandbox.company(TITLE="Never bought")
    family.mirror()
    family.settle()

    (deal,) = revived(family)
    assert family.sandbox.value(deal, "companyId") == old.id
    assert family.sandbox.value(deal, "assignedById") == 6
    assert family.open_tasks(deal) == ["Ask Old Mills"]


def test_nobody_is_asked_about_before_the_copy_is_complete(family: Family) -> None:
    customer(family, "Old Mills", bought=HALF_A_YEAR)
    family.app.prepare()
    family.app.work("main")
    assert revived(family) == []


def test_a_customer_with_an_open_item_gets_no_second_one_until_it_has_ended(family: Family) -> None:
    customer(family, "Old Mills", bought=HALF_A_YEAR)
    family.mirror()
    family.settle()

    family.wait(WEEK + 60)
    (deal,) = revived(family)
    family.sandbox.move(deal, "LOSE")
    family.wait(3600)
    assert revived(family) == [deal]  # not before the next round

    family.wait(WEEK)
    assert len(revived(family)) == 2


def test_a_customer_who_falls_asleep_meanwhile_is_found_in_the_next_round(family: Family) -> None:
    customer(family, "Old Mills", bought=timedelta(days=175))
    family.mirror()
    family.settle()
    assert revived(family) == []

    family.wait(WEEK + 60)

    assert len(revived(family)) == 1


def test_a_customer_whose_item_was_lost_is_left_alone_for_as_long_as_the_condition_says(
    tmp_path: Path, sqlite_url: str
) -> None:
    text = REVIVALS.replace(HALF_A_YEAR_AGO, f"{HALF_A_YEAR_AGO} && {NOT_ASKED_THIS_MONTH}")
    revivals = {"revivals": text}
    family = Family(tmp_path, sqlite_url, more=REVIVALS_BINDING, is_mirrored=False, texts=revivals)
    customer(family, "Old Mills", bought=HALF_A_YEAR)
    family.mirror()
    family.settle()
    (deal,) = revived(family)
    family.sandbox.move(deal, "LOSE")

    family.wait(2 * WEEK)
    assert revived(family) == [deal]

    family.wait(3 * WEEK)
    assert len(revived(family)) == 2
    family.app.close()


@pytest.mark.parametrize("dies_at", [slow(1), 2, slow(3), 4, slow(5)])
def test_a_program_killed_in_a_round_asks_nobody_twice(tmp_path: Path, sqlite_url: str, dies_at: int) -> None:
    family = Family(tmp_path, sqlite_url, more=REVIVALS_BINDING, is_mirrored=False, adapter=Killer)
    companies = [customer(family, f"Mills {number}", bought=HALF_A_YEAR) for number in range(3)]
    family.mirror()
    killer = family.adapter
    killer.dies_at, killer.is_after = killer.calls + dies_at, True

    for go_on in (family.settle, family.settle, *[lambda: family.wait(SETTLED)] * 4):
        try:
            go_on()
        except Killed:
            family.kill()

    owners = [family.sandbox.value(deal, "companyId") for deal in revived(family)]
    assert sorted(owners) == [company.id for company in companies]
    assert [family.linked(ItemRef(COMPANY, each.id)) != {} for each in companies] == [True] * 3
    family.app.close()
