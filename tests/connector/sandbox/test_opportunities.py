"""The import of the opportunities data set: exact to the file, quick, and clear about what it cannot read."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.company import SIMPLE_SALE
from connector.sandbox.crm.types import COMPANY, DEAL
from connector.sandbox.opportunities import Imported, import_opportunities
from connector.sandbox.opportunities_files import COLUMNS, BadOpportunities
from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ask

DOCUMENTED = Path(__file__).parents[2] / "documented"
#: The whole data set, where it lies beside the checkout.
WHOLE = Path(__file__).parents[4] / "shared" / "data" / "opportunities"

SAMPLE: dict[str, list[tuple[str, ...]]] = {
    "accounts.csv": [("Silis", "5339.57", "18053.0"), ("Donware", "2009.52", "3409.0")],
    "products.csv": [("GTXBasic", "641.0"), ("MGRPFU", "3959.0")],
    "sales_teams.csv": [
        ("Ann Ace", "Max Moss", "East"),
        ("Bob Bit", "Max Moss", "East"),
        ("Cid Cox", "Liz Low", "West"),
    ],
    "sales_pipeline.csv": [
        ("Silis", "LATE", "Ann Ace", "Won", "MGRPFU", "2017-05-06", "500.0", "2017-04-24"),
        ("Donware", "GONE", "Bob Bit", "Lost", "GTXBasic", "2017-08-03", "0.0", "2017-01-19"),
        ("Silis", "BUSY", "Cid Cox", "In_Progress", "GTXBasic", "", "", "2017-03-01"),
        ("", "FRESH", "Cid Cox", "In_Progress", "MGRPFU", "", "", "2017-03-02"),
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small data set with the columns of the real one."""
    for file, rows in SAMPLE.items():
        with (tmp_path / file).open("w", newline="", encoding="utf-8") as text:
            csv.writer(text).writerows([COLUMNS[file], *rows])
    return tmp_path


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


def deal_of(portal: SandboxPortal, imported: Imported, opportunity_id: str) -> Any:
    asked = {"entityTypeId": DEAL, "id": imported.deals[opportunity_id]}
    return ask(portal, "crm.item.get", asked).result["item"]


def test_the_columns_are_those_of_the_published_data_set() -> None:
    published = json.loads((DOCUMENTED / "opportunities_columns.json").read_text(encoding="utf-8"))
    assert {file: list(columns) for file, columns in COLUMNS.items()} == published


def test_a_won_opportunity_reads_as_a_deal_closed_on_its_day(portal: SandboxPortal, folder: Path) -> None:
    imported = import_opportunities(portal, folder)
    item = deal_of(portal, imported, "LATE")
    told = (
        "title",
        "stageId",
        "stageSemanticId",
        "closed",
        "opportunity",
        "currencyId",
        "categoryId",
        "originId",
    )
    assert {name: item[name] for name in told} == {
        "title": "MGRPFU for Silis",
        "stageId": "C1:WON",
        "stageSemanticId": "S",
        "closed": "Y",
        "opportunity": 500,
        "currencyId": "USD",
        "categoryId": SIMPLE_SALE,
        "originId": "LATE",
    }
    assert (item["createdTime"][:10], item["movedTime"][:10]) == ("2017-04-24", "2017-05-06")
    assert item["assignedById"] == imported.users["Ann Ace"]
    assert item["companyId"] == imported.companies["Silis"]
    assert portal.value((DEAL, item["id"]), "UF_CRM_REGION") == "East"
    assert portal.value((DEAL, item["id"]), "UF_CRM_PRODUCT") == "MGRPFU"


def test_open_opportunities_are_new_until_somebody_knows_for_whom(
    portal: SandboxPortal, folder: Path
) -> None:
    imported = import_opportunities(portal, folder)
    stages = {name: deal_of(portal, imported, name)["stageId"] for name in imported.deals}
    assert stages == {"GONE": "C1:LOSE", "BUSY": "C1:UC_WORK01", "FRESH": "C1:NEW", "LATE": "C1:WON"}
    fresh = deal_of(portal, imported, "FRESH")
    assert (fresh["title"], fresh["companyId"], fresh["opportunity"]) == ("MGRPFU", 0, 3959)


def test_ids_grow_with_the_days_and_history_with_time(portal: SandboxPortal, folder: Path) -> None:
    imported = import_opportunities(portal, folder)
    assert list(imported.deals) == ["GONE", "BUSY", "FRESH", "LATE"]
    rows = ask(portal, "crm.stagehistory.list", {"entityTypeId": DEAL, "order": {"ID": "ASC"}}).result[
        "items"
    ]
    assert [(row["OWNER_ID"], row["TYPE_ID"], row["STAGE_ID"], row["CREATED_TIME"][:10]) for row in rows] == [
        (imported.deals["GONE"], 1, "C1:NEW", "2017-01-19"),
        (imported.deals["BUSY"], 1, "C1:NEW", "2017-03-01"),
        (imported.deals["BUSY"], 2, "C1:UC_WORK01", "2017-03-01"),
        (imported.deals["FRESH"], 1, "C1:NEW", "2017-03-02"),
        (imported.deals["LATE"], 1, "C1:NEW", "2017-04-24"),
        (imported.deals["LATE"], 3, "C1:WON", "2017-05-06"),
        (imported.deals["GONE"], 3, "C1:LOSE", "2017-08-03"),
    ]


def test_managers_head_their_teams_inside_their_regions(portal: SandboxPortal, folder: Path) -> None:
    imported = import_opportunities(portal, folder)
    agent, manager = imported.users["Ann Ace"], imported.users["Max Moss"]
    assert portal.people.superiors(agent)[0] == manager
    team = ask(portal, "department.get", {"NAME": "Team of Max Moss"}).result[0]
    assert (team["UF_HEAD"], team["PARENT"]) == (str(manager), str(imported.departments["Sales, East"]))
    client = portal.record((COMPANY, imported.companies["Silis"]))
    assert (client.get("REVENUE"), client.get("UF_CRM_EMPLOYEES")) == (Decimal("5339.57"), 18053)


def test_importing_raises_no_events(portal: SandboxPortal, folder: Path) -> None:
    before = portal.events.raised
    import_opportunities(portal, folder)
    assert portal.events.raised == before


@pytest.mark.parametrize(
    ("file", "spoil", "said"),
    [
        ("products.csv", lambda text: None, "has no products.csv"),
        (
            "sales_pipeline.csv",
            lambda text: text.replace("close_value", "value"),
            "has no column close_value",
        ),
        ("sales_pipeline.csv", lambda text: text.replace("Won", "Maybe"), "line 2: deal_stage is 'Maybe'"),
        ("sales_pipeline.csv", lambda text: text.replace("2017-05-06", "May"), "line 2: close_date is 'May'"),
        ("sales_pipeline.csv", lambda text: text.replace("2017-05-06", ""), "line 2: close_date is ''"),
        ("sales_pipeline.csv", lambda text: text.replace("500.0", "much"), "line 2: close_value is 'much'"),
        ("sales_teams.csv", lambda text: text.replace("Cid Cox", "Cid"), "line 4: sales_agent is 'Cid Cox'"),
        ("accounts.csv", lambda text: text.replace("Donware", "Donwear"), "line 3: account is 'Donware'"),
        ("accounts.csv", lambda text: text + "Lone\n", "line 4: fewer cells than columns"),
    ],
)
def test_a_data_set_that_cannot_be_used_says_where(
    portal: SandboxPortal, folder: Path, file: str, spoil: Any, said: str
) -> None:
    path = folder / file
    spoilt = spoil(path.read_text(encoding="utf-8"))
    path.unlink() if spoilt is None else path.write_text(spoilt, encoding="utf-8")
    with pytest.raises(BadOpportunities, match=said):
        import_opportunities(portal, folder)
    assert not portal.crm.shelf(DEAL).records


def test_a_folder_that_is_not_there_says_what_it_should_hold(portal: SandboxPortal, tmp_path: Path) -> None:
    with pytest.raises(BadOpportunities, match="it should hold accounts"):
        import_opportunities(portal, tmp_path / "nowhere")


@pytest.mark.skipif(not WHOLE.is_dir(), reason="the whole data set is not beside the checkout")
def test_the_whole_data_set_arrives_exactly(portal: SandboxPortal) -> None:
    imported = import_opportunities(portal, WHOLE)
    with (WHOLE / "sales_pipeline.csv").open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    assert (len(imported.deals), len(imported.companies), len(imported.users)) == (14_277, 97, 36)
    letters = Counter(record.get("STAGE_SEMANTIC_ID") for record in portal.crm.shelf(DEAL))
    stages = Counter(row["deal_stage"] for row in rows)
    assert letters == {"S": stages["Won"], "F": stages["Lost"], "P": stages["In_Progress"]}
    for row in rows:
        record = portal.record((DEAL, imported.deals[row["opportunity_id"]]))
        assert record.get("ASSIGNED_BY_ID") == imported.users[row["sales_agent"]]
        assert record.get("COMPANY_ID") == imported.companies.get(row["account"])
        assert record.get("BEGINDATE") == date.fromisoformat(row["created_on"])
        if row["close_value"]:
            assert record.get("OPPORTUNITY") == Decimal(row["close_value"])
    page = ask(portal, "crm.item.list", {"entityTypeId": DEAL, "filter": {"categoryId": SIMPLE_SALE}})
    assert page.body["total"] == 14_277
