"""Real input: a public data set of 14,277 sales opportunities, mirrored and routed by region."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from connector.bitrix24.items import list_items
from connector.bitrix24.listing import FULL_LISTING
from connector.records import DEAL, ItemRef
from connector.sandbox.opportunities import import_opportunities
from connector.store import catalogue, mirror
from tests.connector.flow.workshop import NEW, Workshop

DATA = Path(__file__).parents[4] / "shared" / "data" / "opportunities"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/opportunities is not there")

#: What the file calls a stage, and where the sandbox puts it.
STAGES = {"Won": {"C1:WON"}, "Lost": {"C1:LOSE"}, "In_Progress": {"C1:NEW", "C1:UC_WORK01"}}


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def opportunities(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    """The portal holds the whole data set; the mirror is still empty."""
    workshop = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    import_opportunities(workshop.sandbox, DATA)
    yield workshop
    workshop.app.close()


@needs_data
def test_all_opportunities_are_mirrored_exactly_and_in_few_requests(opportunities: Workshop) -> None:
    by_kind: dict[str, int] = {}
    opportunities.app.backfill("main", lambda progress: by_kind.update({progress.kind: progress.records}))
    file = {row["opportunity_id"]: row for row in rows("sales_pipeline.csv")}

    with opportunities.app.database.read() as conn:
        deals = mirror.items(conn, "main", DEAL)
        people = catalogue.get_people(conn, "main")
    of_file = {deal.ref.id: file[str(opportunities.sandbox.value(deal.ref, "originId"))] for deal in deals}

    assert len(deals) == len(file) == 14_277
    assert by_kind[f"items:{DEAL}"] == 14_277
    for deal in deals:
        row = of_file[deal.ref.id]
        assert deal.stage_id in STAGES[row["deal_stage"]]
        assert people[deal.owner_id or 0].name == row["sales_agent"]
        if row["close_value"]:
            assert deal.amount == Decimal(row["close_value"])


@needs_data
def test_counts_by_stage_agent_and_region_equal_those_of_the_file(opportunities: Workshop) -> None:
    opportunities.app.backfill("main")
    region_of = {row["sales_agent"]: row["regional_office"] for row in rows("sales_teams.csv")}
    file = rows("sales_pipeline.csv")

    with opportunities.app.database.read() as conn:
        deals = mirror.items(conn, "main", DEAL)
        people = catalogue.get_people(conn, "main")
        departments = catalogue.get_departments(conn, "main")
    agents = Counter(people[deal.owner_id or 0].name for deal in deals)
    regions = Counter(region_of[people[deal.owner_id or 0].name] for deal in deals)

    assert agents == Counter(row["sales_agent"] for row in file)
    assert regions == Counter(region_of[row["sales_agent"]] for row in file)
    assert sum(deal.semantics == "S" for deal in deals) == sum(row["deal_stage"] == "Won" for row in file)
    heads = {people[each.head_id].name for each in departments.values() if each.head_id in people}
    assert {row["manager"] for row in rows("sales_teams.csv")} <= heads


@needs_data
def test_listing_all_deals_takes_at_most_five_requests_more_than_the_limit_allows(
    opportunities: Workshop,
) -> None:
    client = opportunities.portal.client
    before = client.requests_sent

    listed = sum(len(page) for page in list_items(client, DEAL, expected=FULL_LISTING))

    assert listed == 14_277
    assert client.requests_sent - before <= -(-14_277 // 2_500) + 5


@needs_data
def test_new_deals_are_routed_by_region_and_taken_in_turn(opportunities: Workshop) -> None:
    """Deals of the file come in again as new ones: each region's team gets its own, one after the other."""
    workshop = opportunities
    people = workshop.sandbox.people
    teams = {
        region: [user.id for user in people.users.values() if user.id in agents_of(workshop, region)]
        for region in ("Central", "West", "East")
    }
    workshop.pipeline_by_region(teams)
    workshop.mirror()
    sample = [row for row in rows("sales_pipeline.csv") if row["deal_stage"] == "In_Progress"][:30]
    region_of = {row["sales_agent"]: row["regional_office"] for row in rows("sales_teams.csv")}

    deals = {}
    for row in sample:
        region = region_of[row["sales_agent"]]
        record = workshop.sandbox.deal(stage=NEW, TITLE=row["opportunity_id"], UF_CRM_REGION=region, by=1)
        deals[ItemRef(DEAL, record.id)] = region
    workshop.settle()

    given = {region: Counter[int]() for region in teams}
    for deal, region in deals.items():
        owner = workshop.sandbox.value(deal, "assignedById")
        assert owner in teams[region]
        assert [task.responsible_id for task in workshop.tasks(deal)] == [owner]
        given[region][owner] += 1
    for region, counts in given.items():
        shares = [counts[user] for user in teams[region]]
        assert max(shares) - min(shares) <= 1


def agents_of(workshop: Workshop, region: str) -> set[int]:
    """Portal ids of the sales agents whose regional office that is."""
    names = {row["sales_agent"] for row in rows("sales_teams.csv") if row["regional_office"] == region}
    return {
        user.id for user in workshop.sandbox.people.users.values() if f"{user.name} {user.last_name}" in names
    }
