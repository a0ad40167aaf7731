"""Workload, tasks, conversion and time to win of each person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from statistics import median

import pytest

from connector.records import DEAL, ItemRef
from connector.reports.figures import Load, People, people
from connector.store import Database, tasks
from connector.store.figures_work import TaskCount
from connector.store.tasks import MadeTask
from tests.connector.figures.histories import DAY, FINAL, NOW, OPEN, Deal, question, random_deals, write
from tests.connector.figures.test_funnel import SINCE, day, final
from tests.connector.store.samples import add_process, task


def ask(database: Database, since: datetime = SINCE, until: datetime = NOW, **scope: object) -> People:
    with database.read() as conn:
        return people(conn, question(conn, since, until, **scope))


def by_name(found: People) -> dict[str, Load]:
    return {load.name: load for load in found.loads}


def test_a_small_history_has_known_answers_on_both_databases(database: Database) -> None:
    write(
        database,
        [
            Deal(1, [("new", day(3)), ("won", day(5))], owner=1),
            Deal(2, [("new", day(3)), ("won", day(13))], owner=1),
            Deal(3, [("new", day(3)), ("later", day(4)), ("won", day(7))], owner=1),
            Deal(4, [("new", day(3)), ("lost", day(4))], owner=1),
            Deal(5, [("new", day(3)), ("talks", day(4))], owner=1, amount=Decimal("7.50")),
            Deal(6, [("new", day(3)), ("later", day(4))], owner=2),
            Deal(7, [("new", day(3))], owner=None),
        ],
    )
    found = ask(database)
    anna, boris, nobody = found.loads
    assert (anna.name, anna.standing, anna.total) == ("Anna", (0, 1, 0), 1)
    assert anna.sums == (("RUB", Decimal("7.50")),)
    assert (anna.won, anna.lost, anna.archived, anna.conversion) == (3, 1, 0, 0.75)
    assert anna.seconds_to_win == 4 * 86_400
    assert (boris.archived, boris.conversion, boris.seconds_to_win) == (1, None, None)
    assert (nobody.user_id, nobody.name, nobody.standing) == (None, "", (1, 0, 0))


def test_tasks_are_counted_for_who_is_to_do_them_on_both_databases(database: Database) -> None:
    write(database, [Deal(1, [("new", day(3))], owner=3), Deal(2, [("new", day(3))], owner=3, source="CALL")])
    due, late, done = NOW + DAY, NOW - DAY, {"status": "completed", "closed_at": NOW - DAY}
    with database.write() as conn:
        ours = add_process(conn, 1, portal="main", pipeline="sale").id
        other = add_process(conn, 1, portal="main", pipeline="support").id
        for number, (process_id, deal, changes) in enumerate(
            [
                (ours, 1, {"responsible_id": 1, "deadline": due}),
                (ours, 1, {"responsible_id": 1, "deadline": late, "status": "deferred"}),
                (ours, 1, {"responsible_id": 1, "deadline": None}),
                (ours, 1, {"responsible_id": 2, **done}),
                (ours, 2, {"responsible_id": 2, "deadline": late}),
                (ours, 1, {"responsible_id": 2, "status": "completed", "closed_at": SINCE - DAY}),
                (other, 1, {"responsible_id": 1, "deadline": late}),
            ],
            1,
        ):
            of_deal = MadeTask("main", ItemRef(DEAL, deal), process_id, f"r{number}", "step", task(number))
            tasks.add(conn, replace(of_deal, task=task(number, **changes)), NOW)

    loads = by_name(ask(database))
    assert loads["Anna"].tasks == TaskCount(open=3, overdue=1, completed=0)
    assert loads["Boris"].tasks == TaskCount(open=1, overdue=1, completed=1)
    assert by_name(ask(database, source_id="WEB"))["Boris"].tasks.open == 0
    assert list(by_name(ask(database, owner_ids=frozenset({2})))) == ["Boris"]


@pytest.mark.parametrize("seed", range(2))
def test_a_walk_through_the_rows_finds_the_same(sqlite_database: Database, seed: int) -> None:
    deals = random_deals(100 + seed, 200)
    write(sqlite_database, deals)
    since, until = NOW - 70 * DAY, NOW - seed * 5 * DAY
    names = {1: "Anna", 2: "Boris", 3: "Vera", 4: "Gleb", None: ""}

    loads = by_name(ask(sqlite_database, since, until))

    for owner, name in names.items():
        own, load = [deal for deal in deals if deal.owner == owner], loads[name]
        assert load.standing == tuple(sum(deal.stage == stage for deal in own) for stage in OPEN)
        ends = [(deal, end) for deal in own if (end := final(deal, since, until))]
        for status in ("won", "lost", "archived"):
            assert getattr(load, status) == sum(FINAL[stage] == status for _, (stage, _) in ends)
        days = []
        for deal, (stage, at) in ends:
            if stage == "won":
                days.append(
                    (at - next(when for place, when in deal.ways if place != "elsewhere")).total_seconds()
                )
        assert load.seconds_to_win == (median(days) if days else None)
    totals = [load.total for load in loads.values() if load.user_id is not None]
    assert totals == sorted(totals, reverse=True)
