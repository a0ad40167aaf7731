"""The funnel: known answers of a small history, and the same as a walk through the rows of random ones."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from connector.records import DEAL, ItemRef
from connector.reports.figures import Funnel, funnel
from connector.store import Database, mirror
from tests.connector.figures.histories import (
    DAY,
    FINAL,
    MOSCOW,
    NOW,
    OPEN,
    Deal,
    question,
    random_deals,
    stage_id,
    write,
)

SINCE = NOW - 28 * DAY


def ask(database: Database, since: datetime = SINCE, until: datetime = NOW, **scope: object) -> Funnel:
    with database.read() as conn:
        return funnel(conn, question(conn, since, until, **scope))


def day(number: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def test_a_small_history_has_known_answers_on_both_databases(database: Database) -> None:
    write(
        database,
        [
            Deal(1, [("new", day(3)), ("talks", day(4)), ("offer", day(5)), ("won", day(10))]),
            Deal(2, [("new", day(3)), ("offer", day(6)), ("lost", day(12))], amount=Decimal("0.10")),
            Deal(3, [("new", day(9)), ("talks", day(9))], amount=Decimal("0.20")),
            # Came back: each stage counts it once.
            Deal(4, [("new", day(10)), ("talks", day(11)), ("new", day(12))], currency="USD"),
            # Closed twice, opened again in between: the last time counts.
            Deal(5, [("new", day(3)), ("lost", day(4)), ("talks", day(16)), ("later", day(17))], amount=None),
            # Closed, and open again when the period ends.
            Deal(6, [("new", day(3)), ("won", day(4)), ("talks", day(24))], amount=Decimal("0.10")),
            # All of it before the period.
            Deal(7, [("new", datetime(2025, 5, 5, tzinfo=UTC))]),
            # Left for another category.
            Deal(8, [("new", day(5)), ("elsewhere", day(6))]),
        ],
    )

    found = ask(database)

    flows = {each.stage.name: each for each in found.flows}
    assert list(flows) == ["new", "talks", "offer"]
    assert [each.now for each in found.flows] == [2, 2, 0]
    assert flows["new"].sums == (("RUB", Decimal(100)), ("USD", Decimal(100)))
    assert flows["talks"].sums == (("RUB", Decimal("0.30")),)
    assert [each.came for each in found.flows] == [7, 5, 2]
    assert [each.next for each in found.flows] == [5, 1, 1]
    assert [each.onward for each in found.flows] == [6, 1, 1]
    assert [each.dropped for each in found.flows] == [2, 1, 1]
    assert flows["talks"].onward_share == pytest.approx(0.2)
    assert {each.stage.name: each.count for each in found.closed} == {"won": 1, "lost": 1, "later": 1}
    assert {each.stage.name: each.sums for each in found.closed}["later"] == ()
    assert [(week.monday, week.came, week.won, week.lost, week.archived) for week in found.weeks] == [
        (date(2026, 3, 2), 5, 0, 0, 0),
        (date(2026, 3, 9), 2, 1, 1, 0),
        (date(2026, 3, 16), 0, 0, 0, 1),
        (date(2026, 3, 23), 0, 0, 0, 0),
        (date(2026, 3, 30), 0, 0, 0, 0),
    ]


def test_weeks_begin_at_midnight_of_the_portal(
    sqlite_database: Database,
) -> None:
    sunday_evening_in_utc = datetime(2026, 3, 8, 21, 30, tzinfo=UTC)
    write(sqlite_database, [Deal(1, [("new", sunday_evening_in_utc)])])
    found = ask(sqlite_database)
    assert {week.monday: week.came for week in found.weeks}[date(2026, 3, 9)] == 1
    assert found.flows[1].next_share is None


def test_deleted_deals_are_in_no_figure(sqlite_database: Database) -> None:
    write(sqlite_database, [Deal(1, [("new", day(3))]), Deal(2, [("new", day(3)), ("won", day(4))])])
    with sqlite_database.write() as conn:
        mirror.mark_gone(conn, "main", [ItemRef(DEAL, 1), ItemRef(DEAL, 2)], NOW)
    found = ask(sqlite_database)
    assert not any((each.now, each.came) != (0, 0) for each in found.flows)
    assert not any(each.count for each in found.closed)


@pytest.mark.parametrize("seed", range(4))
def test_a_walk_through_the_rows_finds_the_same(sqlite_database: Database, seed: int) -> None:
    deals = random_deals(seed)
    write(sqlite_database, deals)
    since, until = NOW - (40 + 30 * seed) * DAY, NOW - (seed % 2) * 10 * DAY

    found = ask(sqlite_database, since, until)

    assert_same(found, deals, since, until)


def test_filters_leave_the_deals_that_are_asked_for(sqlite_database: Database) -> None:
    deals = random_deals(11)
    write(sqlite_database, deals)
    chosen = [deal for deal in deals if deal.owner in (1, 3) and deal.source == "WEB"]
    found = ask(sqlite_database, owner_ids=frozenset({1, 3}), source_id="WEB")
    assert chosen
    assert_same(found, chosen, SINCE, NOW)
    nobody = ask(sqlite_database, owner_ids=frozenset())
    assert sum(each.now for each in nobody.flows) == 0


def assert_same(found: Funnel, deals: list[Deal], since: datetime, until: datetime) -> None:
    """Every number of the funnel, found by looking at one deal after the other."""
    for place, flow in enumerate(found.flows):
        name = OPEN[place]
        here = [deal for deal in deals if deal.stage == name]
        assert flow.now == len(here)
        for currency in ("RUB", "USD"):
            cents = sum(int(deal.amount * 100) for deal in here if deal.amount and deal.currency == currency)
            assert dict(flow.sums).get(currency, 0) * 100 == cents
        seen = Counter(kind for deal in deals for kind in passage(deal, name, since, until))
        assert (flow.came, flow.next, flow.onward, flow.dropped) == (
            seen["came"],
            seen["next"],
            seen["onward"],
            seen["dropped"],
        )
    ends = {deal.id: end for deal in deals if (end := final(deal, since, until))}
    for closed in found.closed:
        ids = [number for number, (name, _) in ends.items() if stage_id(name) == closed.stage.id]
        assert closed.count == len(ids)
    assert sum(week.came for week in found.weeks) == sum(bool(began(deal, since, until)) for deal in deals)
    for week in found.weeks:
        for status in ("won", "lost", "archived"):
            days = [
                at.astimezone(MOSCOW).date() - week.monday
                for name, at in ends.values()
                if FINAL[name] == status
            ]
            assert getattr(week, status) == sum(timedelta(0) <= each < timedelta(7) for each in days)


def passage(deal: Deal, name: str, since: datetime, until: datetime) -> list[str]:
    """What the deal counts as in the row of the stage."""
    names = [stage for stage, at in deal.ways if since <= at < until and stage != "elsewhere"]
    if name not in names:
        return []
    kinds, rest = ["came"], names[names.index(name) :][1:]
    better = {"new": {"talks", "offer", "won"}, "talks": {"offer", "won"}, "offer": {"won"}}[name]
    following = {"new": "talks", "talks": "offer", "offer": "won"}[name]
    kinds += ["next"] * (following in rest) + ["onward"] * bool(better & {*rest})
    return kinds + ["dropped"] * (names[-1] in ("lost", "later"))


def final(deal: Deal, since: datetime, until: datetime) -> tuple[str, datetime] | None:
    """How and when the deal was closed, as it stood at the end."""
    before = [step for step in deal.ways if step[1] < until]
    return before[-1] if before and before[-1][0] in FINAL and before[-1][1] >= since else None


def began(deal: Deal, since: datetime, until: datetime) -> bool:
    times = [at for name, at in deal.ways if name != "elsewhere"]
    return bool(times) and since <= times[0] < until
