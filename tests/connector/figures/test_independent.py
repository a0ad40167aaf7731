"""The funnel, people and delays are what another computation finds in the same rows, number by number."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.records import DEAL, ItemRef
from connector.reports.figures import Question, Table, compute, tabulate
from connector.store import Connection, Database, tasks
from connector.store.tasks import MadeTask
from tests.connector.figures.histories import (
    CATEGORY,
    DAY,
    FINAL,
    MOSCOW,
    NOW,
    PORTAL,
    STAGES,
    Deal,
    question,
    random_deals,
    stage_id,
    write,
)
from tests.connector.figures.independent import Asked, Board, Independent
from tests.connector.flow.workshop import slow
from tests.connector.store.samples import add_process, task

BOARD = Board(
    CATEGORY,
    {stage_id(name): FINAL.get(name, "open") for name in STAGES},
    {stage_id(name): name.title() for name in STAGES},
    {stage_id("new"): ("working days", 1), stage_id("talks"): ("days", 5)},
)


def tables(conn: Connection, asked: Question) -> dict[str, list[dict[str, Any]]]:
    """Every table as rows by column; amounts of 0 are left out, as who has nothing has no sum."""
    found: dict[str, Table] = {}
    for section in ("funnel", "people", "delays"):
        figures = compute(conn, asked, section)  # type: ignore[arg-type]
        found |= {f"{section}_{table.name}": table for table in tabulate(figures, asked)}
    return {name: _rows(table) for name, table in found.items()}


def _rows(table: Table) -> list[dict[str, Any]]:
    names = [heading.name for heading in table.headings]
    rows = (zip(names, row, strict=True) for row in table.rows)
    return [{name: cell for name, cell in row if cell or not name.startswith("amount_")} for row in rows]


def same(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    """Counts and sums exactly, hours and shares to the digits that are shown."""
    theirs = {name: cell for name, cell in theirs.items() if cell or not name.startswith("amount_")}
    assert {name for name in ours if name.startswith("amount_")} == {
        name for name in theirs if name.startswith("amount_")
    }
    for name, expected in theirs.items():
        cell = ours[name]
        if isinstance(expected, float) and cell is not None:
            assert cell == pytest.approx(expected, abs=0.006), (name, ours, theirs)
        else:
            assert cell == expected, (name, ours, theirs)


def compare(found: Mapping[str, list[dict[str, Any]]], other: Independent, names: Mapping[str, str]) -> None:
    """`names`: what the product calls a column of a stage, by the CRM's id."""
    for name, rows in (
        ("funnel_stages", other.funnel()),
        ("funnel_closed", other.ended()),
        ("funnel_weeks", other.weeks()),
        ("delays_stages", other.delays()),
    ):
        assert len(found[name]) == len(rows), name
        for ours, theirs in zip(found[name], rows, strict=True):
            same(ours, theirs)
    load = {
        who: {names.get(key, key): cell for key, cell in row.items()} for who, row in other.load().items()
    }
    nobody: dict[str, Any] = dict.fromkeys(["total", *names.values()], 0)
    assert load.keys() <= {row["person"] for row in found["people_load"]}
    for row in found["people_load"]:
        same(row, load.get(row["person"], nobody))
    totals = [row["total"] for row in found["people_load"] if row["person"] != "nobody"]
    assert totals == sorted(totals, reverse=True)
    results = other.results()
    assert {row["person"] for row in found["people_results"]} == results.keys()
    for row in found["people_results"]:
        same(row, results[row["person"]])
    behind = other.behind()
    assert {row["person"] for row in found["delays_behind"]} == behind.keys()
    for row in found["delays_behind"]:
        same(row, behind[row["person"]])
    assert ids(found["delays_waiting"]) == other.waiting()
    assert ids(found["delays_stalled"]) == [int(number) for number in other.stalled()["id"][:50]]


def ids(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    return [int(row["item"].partition(":")[2]) for row in rows]


def add_tasks(database: Database, deals: Sequence[Deal], chance: random.Random) -> None:
    """Tasks of all kinds for some of the deals: open, overdue, completed, deferred, without a deadline."""
    with database.write() as conn:
        for deal in chance.sample(deals, len(deals) // 2):
            pipeline = chance.choice(["sale", "sale", "other"])
            process = add_process(conn, deal.id, portal=PORTAL, pipeline=pipeline)
            for number in range(chance.randrange(3)):
                status = chance.choice(["pending", "in_progress", "completed", "deferred"])
                at = NOW - timedelta(seconds=chance.randrange(int(90 * DAY.total_seconds())))
                made = task(
                    deal.id * 10 + number,
                    status=status,
                    responsible_id=chance.choice([1, 2, 3, 4, None]),
                    deadline=chance.choice([None, at, NOW + DAY, NOW]),
                    closed_at=at if status == "completed" else None,
                )
                run = f"v/{deal.id}/{number}"
                tasks.add(conn, MadeTask(PORTAL, ItemRef(DEAL, deal.id), process.id, run, "step", made), NOW)


@pytest.mark.parametrize("seed", [0, *(slow(seed) for seed in range(1, 20))])
def test_random_histories(sqlite_database: Database, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    deals = random_deals(1_000 + seed, 150)
    write(sqlite_database, deals)
    add_tasks(sqlite_database, deals, chance)
    scopes: list[dict[str, Any]] = [{}, {"owner_ids": frozenset({1, 2})}, {"source_id": "WEB"}]
    for scope in scopes:
        since = NOW - chance.randrange(5, 120) * DAY - timedelta(hours=chance.randrange(24))
        until = chance.choice([NOW, since + (NOW - since) / 2])
        with sqlite_database.read() as conn:
            found = tables(conn, question(conn, since, until, **scope))
        asked = Asked(since, until, NOW, MOSCOW, scope.get("owner_ids"), scope.get("source_id"))
        other = Independent(str(tmp_path / "store.db"), PORTAL, "sale", BOARD, asked)
        compare(found, other, {stage_id(name): f"stage_{name}" for name in ("new", "talks", "offer")})
