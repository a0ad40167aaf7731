"""The same comparison on sales opportunities, read from a portal: a made-up set, or the public one.

FUNNELWRIGHT_OPPORTUNITIES names the folder of the public data set (14,277 opportunities); without it a small
set of the same shape is made.
"""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connector.reports.figures import ask
from connector.sandbox.opportunities import import_opportunities
from connector.sandbox.opportunities_files import COLUMNS
from connector.store.figures import Period
from tests.connector.figures.histories import MOSCOW
from tests.connector.figures.independent import Asked, Board, Independent
from tests.connector.figures.test_independent import compare, tables
from tests.connector.flow.workshop import Workshop

#: The pipeline of the workshop on the board of simple sales.
STAGES = {
    "C1:NEW": ("New", "open"),
    "C1:UC_WORK01": ("Work", "open"),
    "C1:UC_DEFER1": ("Deferred", "archived"),
    "C1:UC_WALKED": ("Walked away", "archived"),
    "C1:WON": ("Won", "won"),
    "C1:LOSE": ("Lost", "lost"),
}
BOARD = Board(
    1,
    {stage: status for stage, (_, status) in STAGES.items()},
    {stage: title for stage, (title, _) in STAGES.items()},
    {"C1:NEW": ("days", 2)},
)
COLUMN_OF = {"C1:NEW": "stage_new", "C1:UC_WORK01": "stage_work"}
REGIONS = ("East", "West")
QUARTER, ALL = (date(2017, 4, 1), date(2017, 7, 1)), (date(2016, 10, 1), date(2018, 1, 1))
QUESTIONS = [(QUARTER, None), (QUARTER, "West"), (ALL, "East")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    real = os.environ.get("FUNNELWRIGHT_OPPORTUNITIES")
    return Path(real) if real else made_up(tmp_path_factory.mktemp("opportunities"))


def made_up(folder: Path, count: int = 250) -> Path:
    """Opportunities of the years 2016 and 2017: won, lost and in progress, with and without an account."""
    chance = random.Random(7)
    agents = [
        (f"Agent{number} Smith", f"Manager{number % 4} Jones", REGIONS[number % 2]) for number in range(8)
    ]
    accounts = [(f"Account {number}", "1339.5", "680.0") for number in range(12)]
    products = [("GTX", "550.0"), ("MG", "3393.25"), ("GTK", "26768.0")]
    pipeline = []
    for number in range(count):
        created = date(2016, 11, 1) + timedelta(days=chance.randrange(400))
        stage = chance.choice(["Won", "Won", "Lost", "In_Progress"])
        closed = "" if stage == "In_Progress" else str(created + timedelta(days=chance.randrange(140)))
        value = "" if not closed else "0.0" if stage == "Lost" else f"{chance.randrange(1, 9_000)}.0"
        account = "" if not closed and chance.random() < 0.5 else chance.choice(accounts)[0]
        agent, product = chance.choice(agents)[0], chance.choice(products)[0]
        pipeline.append((account, f"O{number:05}", agent, stage, product, closed, value, str(created)))
    files = {
        "accounts.csv": accounts,
        "products.csv": products,
        "sales_pipeline.csv": pipeline,
        "sales_teams.csv": agents,
    }
    for name, rows in files.items():
        with (folder / name).open("w", newline="", encoding="utf-8") as text:
            csv.writer(text).writerows([COLUMNS[name], *rows])
    return folder


@pytest.fixture
def workshop(folder: Path, tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    opened = Workshop(tmp_path, sqlite_url, mode="shadow", is_mirrored=False)
    import_opportunities(opened.sandbox, folder)
    opened.mirror()
    yield opened
    opened.app.close()


def members_of(folder: Path, region: str) -> set[str]:
    """Names of who works in a region, as the file of teams has them."""
    with (folder / "sales_teams.csv").open(encoding="utf-8-sig", newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["regional_office"] == region]
    return {row[who] for row in rows for who in ("sales_agent", "manager")}


def test_opportunities(workshop: Workshop, folder: Path) -> None:
    portal, path = workshop.portal, str(workshop.folder / "store.db")
    now = workshop.clock.now()
    for days, region in QUESTIONS:
        since, until = (
            datetime(each.year, each.month, each.day, tzinfo=MOSCOW).astimezone(UTC) for each in days
        )
        department = f"Sales, {region}" if region else None
        with workshop.app.database.read() as conn:
            period = Period(since, until)
            found = tables(conn, ask(conn, portal, portal.bindings["sale"], period, department=department))
        names = members_of(folder, region) if region else set()
        users = workshop.sandbox.people.users.values()
        owners = frozenset(user.id for user in users if user.full_name in names) if region else None
        other = Independent(path, "main", "sale", BOARD, Asked(since, until, now, MOSCOW, owners))
        assert sum(row["came"] for row in found["funnel_weeks"]) > 0
        compare(found, other, COLUMN_OF)
