"""Time in stage in calendar and working time, what is over its limit, what has come to a standstill."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median, quantiles

import pytest

from connector.records import DEAL, EntityType, ItemRef
from connector.reports.figures import Delays, delays
from connector.reports.figures.working import WorkingClock
from connector.store import Database, catalogue, crm_tasks, tasks, timers
from connector.store.tasks import MadeTask
from pipelines.calendar import CalendarSpec
from pipelines.engine.process import Process, Run, Vote
from tests.connector.figures.histories import DAY, NOW, OPEN, Deal, question, random_deals, write
from tests.connector.figures.test_funnel import SINCE, day
from tests.connector.store.samples import add_process, task

HOUR = 3_600
CALENDAR = CalendarSpec().build()


def ask(database: Database, since: datetime = SINCE, until: datetime = NOW, **scope: object) -> Delays:
    with database.read() as conn:
        return delays(conn, question(conn, since, until, **scope))


def test_a_small_history_has_known_answers_on_both_databases(database: Database) -> None:
    friday, monday = day(27, 14), day(30, 7)
    write(
        database,
        [
            # 17:00 on Friday to 10:00 on Monday: 65 hours, of which two are worked.
            Deal(1, [("new", friday), ("talks", monday)]),
            Deal(2, [("new", day(2)), ("lost", day(3))]),
            # Began long before the period, left for another category in it.
            Deal(3, [("new", datetime(2026, 2, 1, 9, tzinfo=UTC)), ("elsewhere", day(3))]),
            # Ended before the period.
            Deal(4, [("talks", datetime(2026, 1, 1, tzinfo=UTC)), ("won", datetime(2026, 1, 2, tzinfo=UTC))]),
            # Here: one within its limit of a working day, one beyond.
            Deal(5, [("new", day(30, 8))]),
            Deal(6, [("new", day(26))], owner=2),
        ],
    )
    new, talks, offer = ask(database).times
    assert (new.ended.count, new.ended.median, new.worked.median) == (3, 65 * HOUR, 9 * HOUR)
    assert new.ended.p90 == pytest.approx(65 * HOUR + 0.8 * (30 * 24 - 65) * HOUR)
    assert (new.here.count, new.here.median, new.over) == (2, (1 + 96) / 2 * HOUR, 1)
    assert new.here_worked.median == (1 + 18) / 2 * HOUR
    assert (talks.ended.count, talks.ended.median, talks.here.count, talks.over) == (0, None, 1, 0)
    assert (offer.ended.count, offer.here.count) == (0, 0)
    first, *rest = ask(database).waiting
    assert (first.id, first.is_over, first.due_at, first.owner) == (6, True, day(27), "Boris")
    assert [(each.id, each.is_over) for each in rest] == [(1, False), (5, False)]


def test_what_has_something_ahead_of_it_has_not_come_to_a_standstill(database: Database) -> None:
    write(
        database,
        [
            Deal(1, [("new", day(2))]),
            Deal(2, [("new", day(2))], updated_at=day(20)),
            Deal(3, [("new", day(2))]),
            Deal(4, [("new", day(2))]),
            Deal(5, [("new", day(2)), ("won", day(3))]),
            Deal(6, [("new", day(1))]),
            Deal(7, [("new", day(2))]),
            Deal(8, [("new", day(2))]),
        ],
    )
    with database.write() as conn:
        of = {number: add_process(conn, number, portal="main", pipeline="sale").id for number in (3, 4, 6, 7)}
        for number, due in ((3, NOW + DAY), (7, NOW - DAY)):
            made = task(number, deadline=due)
            tasks.add(conn, MadeTask("main", ItemRef(DEAL, number), of[number], "r", "step", made), NOW)
        catalogue.replace_entity_types(conn, "main", [EntityType(DEAL, "Deal", "D")])
        crm_tasks.upsert_many(conn, "main", [task(9, deadline=NOW + DAY, bindings=("D_8",))], NOW)
        timers.replace(conn, "main", of[4], {"v/call/1#start": NOW + DAY})
        timers.replace(conn, "main", of[6], {"v#limit": NOW + DAY})
    found = ask(database)
    assert [each.id for each in found.stalled] == [6, 1, 7]
    assert (found.stalled_total, found.times[0].stalled) == (3, 3)


def test_who_is_behind_is_told_with_what_is_over_and_what_stands_still(sqlite_database: Database) -> None:
    write(
        sqlite_database,
        [
            # Due on Thursday and on Friday; of the two, the first is longest over.
            Deal(1, [("new", day(25))], owner=1),
            Deal(2, [("new", day(26))], owner=1),
            Deal(3, [("new", day(26))], owner=2),
            Deal(4, [("offer", day(2))], owner=2),
            Deal(5, [("new", day(30, 8))], owner=3),
            Deal(6, [("new", day(26))], owner=None),
        ],
    )
    found = ask(sqlite_database).behind
    rows = [(each.name, each.items, each.over, each.over_seconds, each.stalled) for each in found]
    assert rows == [("Anna", 2, 2, 18 * HOUR, 0), ("Boris", 2, 1, 9 * HOUR, 1), ("", 1, 1, 9 * HOUR, 0)]


def test_what_open_items_wait_for_adds_up_to_all_of_them(sqlite_database: Database) -> None:
    friday = day(27)
    write(sqlite_database, [Deal(number, [("talks", day(26))]) for number in range(1, 6)])
    open_runs = {
        2: Run(key="2/call/1", step="call", kind="task", state="open", opened_at=friday, to=1),
        3: Run(key="3/call/1", step="call", kind="task", state="later", opened_at=friday),
        4: Run(
            key="4/terms/1",
            step="terms",
            kind="approve",
            state="open",
            # Older than the stay: what went before was not in this stage.
            opened_at=day(2),
            votes=(Vote(user=2, state="approved"), Vote(user=3, state="asked")),
        ),
    }
    with sqlite_database.write() as conn:
        for number, run in {**open_runs, 5: None}.items():
            state = Process(
                pipeline="sale",
                version="v1",
                item=f"deal:{number}",
                visit="v",
                last_visit="v",
                stage="talks",
                status="open",
                phase="running",
                entered_at=day(26),
                owner=1,
                runs=(run,) if run else (),
            )
            add_process(conn, number, portal="main", pipeline="sale", state=state.to_json())

    found = ask(sqlite_database)

    talks = next(each for each in found.splits if each.stage.name == "talks")
    told = {kind: (spread.count, spread.median) for kind, spread in talks.spans.items()}
    # Without a process and with nothing open: since they came. The task: since Friday.
    assert told == {"ours": (3, 18 * HOUR), "customer": (1, 9 * HOUR), "approval": (1, 18 * HOUR)}
    assert sum(spread.count for each in found.splits for spread in each.spans.values()) == 5
    why = {each.id: (each.wait.reason, each.wait.who) for each in found.waiting}
    assert why[1] == ("no_process", ())
    assert why[2] == ("step", ("Anna",))
    assert why[4] == ("step", ("Vera",))
    assert why[5] == ("nothing", ())


@pytest.mark.parametrize("seed", range(2))
def test_a_walk_through_the_rows_finds_the_same(sqlite_database: Database, seed: int) -> None:
    deals = random_deals(200 + seed, 150)
    write(sqlite_database, deals)
    since, until = NOW - 60 * DAY, NOW - seed * 7 * DAY
    ended: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for deal in deals:
        for (name, began), (_, left) in pairwise(deal.ways):
            if since <= left < until:
                ended[name].append((began, left))

    found = ask(sqlite_database, since, until)

    for name, row in zip(OPEN, found.times, strict=True):
        spans = [(left - began).total_seconds() for began, left in ended[name]]
        worked = [CALENDAR.between(began, left).total_seconds() for began, left in ended[name]]
        assert row.ended.count == len(spans) > 1
        assert row.ended.median == pytest.approx(median(spans))
        assert row.ended.p90 == pytest.approx(quantiles(spans, n=10, method="inclusive")[8])
        assert row.worked.median == pytest.approx(median(worked))
        assert row.worked.p90 == pytest.approx(quantiles(worked, n=10, method="inclusive")[8])
        here = [deal.ways[-1][1] for deal in deals if deal.stage == name]
        assert row.here.median == pytest.approx(median((NOW - at).total_seconds() for at in here))
        limit = row.stage.limit
        assert row.over == (sum(CALENDAR.add(at, limit) < NOW for at in here) if limit else 0)
    over = [each for each in found.waiting if each.is_over]
    assert found.waiting[: len(over)] == tuple(over)
    assert len(over) == min(50, sum(row.over for row in found.times))


def test_working_time_is_that_of_the_calendar_whatever_the_clocks_do() -> None:
    chance = random.Random(5)
    calendar = CalendarSpec(
        time_zone="Europe/Berlin", hours=("00:00-03:30", "9-24"), weekdays=("mon", "sat", "sun"), country="DE"
    ).build()
    first, last = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 11, 30, tzinfo=UTC)
    clock = WorkingClock(calendar, first, last)
    for _ in range(200):
        pair = sorted(first + timedelta(minutes=chance.randrange(274 * 1_440)) for _ in range(2))
        assert clock.seconds(*pair) == calendar.between(*pair).total_seconds()
