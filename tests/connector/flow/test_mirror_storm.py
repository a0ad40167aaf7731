"""Storms and outages: every hint is acknowledged and accounted for, and the mirror catches up in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from connector.flow.sweeping import sweep_when_due
from connector.records import DEAL, LEAD, Hint, ItemRef
from connector.store import InboxWriter, inbox, views
from tests.connector.flow.mirrored import differences, poll
from tests.connector.flow.workshop import NEW, WON, WORK, Workshop
from webhooks import create_app

#: The promises, in seconds.
AFTER_A_STORM, AFTER_AN_OUTAGE = 300, 1_800
DAY = 24 * 3_600
SENDERS = 8


@pytest.fixture
def opened(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    """A portal with its limits on and a portal's pace, that nobody has copied yet."""
    workshop = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    workshop.sandbox.limits.is_on = True
    workshop.sandbox.prices.list_seconds = workshop.sandbox.prices.read_seconds = 0.02
    yield workshop
    workshop.app.close()


def deliver_all(workshop: Workshop) -> Counter[int]:
    """The portal hands over what is due, through several connections at once; the answers by status."""
    web = create_app(workshop.app)
    events = workshop.sandbox.events
    bodies = [events.body_of(delivery) for delivery in events.take_due()]

    def send(some: list[bytes]) -> Counter[int]:
        client = web.test_client()
        return Counter(
            client.post(
                "/bitrix24/main/events", data=body, content_type="application/x-www-form-urlencoded"
            ).status_code
            for body in some
        )

    with ThreadPoolExecutor(SENDERS) as pool:
        return sum(pool.map(send, (bodies[n::SENDERS] for n in range(SENDERS))), Counter())


@pytest.mark.parametrize("hints", [400, pytest.param(20_000, marks=pytest.mark.slow)])
def test_a_storm_of_hints_is_acknowledged_to_the_last_and_in_the_mirror_within_5_minutes(
    opened: Workshop, hints: int
) -> None:
    sandbox = opened.sandbox
    sandbox.seed(deals=hints // 4)
    opened.mirror()
    deals = list(sandbox.crm.shelf(DEAL).records)
    for second in range(60):
        for number in range(second * hints // 60, (second + 1) * hints // 60):
            sandbox.edit((DEAL, deals[number % len(deals)]), OPPORTUNITY=number + 1)
        opened.clock.advance(1)

    answers = deliver_all(opened)
    assert answers == {200: hints}
    begun = opened.clock.monotonic()
    opened.app.work("main")

    assert differences(opened) == []
    assert opened.clock.monotonic() - begun <= AFTER_A_STORM
    # Every hop has the same number.
    told = {outcome: number for (_, outcome), number in opened.app.deliveries.items()}
    assert told == {"received": hints, "accepted": hints}
    with opened.app.database.read() as conn:
        totals = views.hint_totals(conn, "main")
    assert totals.hints == {"new": 0, "done": hints, "dead": 0}
    assert totals.records == {"new": 0, "done": len(deals), "dead": 0}
    assert totals.coalesced == hints - len(deals)


def test_hints_beyond_what_the_inbox_holds_are_kept_by_type_and_settled_by_a_sweep(opened: Workshop) -> None:
    sandbox = opened.sandbox
    sandbox.seed(deals=60)
    opened.mirror()
    numbers = list(sandbox.crm.shelf(DEAL).records)
    writer = InboxWriter(opened.app.database, max_records=20)
    writer.start()
    for number in numbers:
        sandbox.edit((DEAL, number), OPPORTUNITY=1_000 + number)
        writer.submit(Hint("main", "item", DEAL, number, "ONCRMDEALUPDATE", opened.clock.now(), "0" * 64))
    writer.stop()

    with opened.app.database.read() as conn:
        (flag,) = inbox.overflowed(conn, "main")
        assert (flag.entity_type_id, flag.hits) == (DEAL, len(numbers) - 20)
        assert views.hint_totals(conn, "main").hints["new"] == len(numbers)
    opened.app.work("main")
    assert len({line.split(": ")[0] for line in differences(opened)}) == len(numbers) - 20

    while sweep_when_due(opened.portal):
        pass

    assert differences(opened) == []
    with opened.app.database.read() as conn:
        assert inbox.overflowed(conn, "main") == []
        assert views.hint_totals(conn, "main").hints["done"] == len(numbers)


@pytest.mark.parametrize("changes", [250, pytest.param(10_000, marks=pytest.mark.slow)])
def test_an_outage_of_a_day_is_caught_up_within_half_an_hour_and_the_limits(
    opened: Workshop, changes: int
) -> None:
    sandbox, random = opened.sandbox, Random(7)
    sandbox.seed(deals=changes // 5)
    opened.mirror()
    for _ in range(5):
        opened.deal()
    opened.app.close()
    sandbox.faults.events.lost = 1.0
    deals, leads = list(sandbox.crm.shelf(DEAL).records), list(sandbox.crm.shelf(LEAD).records)
    deleted: list[ItemRef] = []
    for number in range(changes):
        opened.clock.advance(DAY / changes)
        match random.choices(["move", "edit", "lead", "new", "delete", "task"], [40, 25, 15, 10, 5, 5])[0]:
            case "move":
                sandbox.move((DEAL, random.choice(deals)), random.choice([NEW, WORK, WON, "PREPARATION"]))
            case "edit":
                sandbox.edit((DEAL, random.choice(deals)), OPPORTUNITY=number, TITLE=f"Changed {number}")
            case "lead":
                sandbox.edit((LEAD, random.choice(leads)), TITLE=f"Changed {number}")
            case "new":
                deals.append(sandbox.deal(stage="NEW").id)
            case "delete":
                deleted.append(ItemRef(DEAL, deals.pop(random.randrange(len(deals)))))
                sandbox.delete(deleted[-1])
            case "task":
                for task in sandbox.open_tasks()[:1]:
                    sandbox.complete_task(task.id)
    opened.restart()

    begun, refused = opened.clock.monotonic(), opened.portal.client.requests_refused
    opened.app.work("main")
    opened.app.reconcile_moves("main")
    opened.app.reconcile_items("main")
    opened.app.work("main")
    # What the processes make of it is written in the next minutes, and read back with the poll after.
    # Deletions leave no trace in a list: they take two sweeps.
    gone = {str(ref) for ref in deleted}
    while missing := [line for line in differences(opened) if line.split(": ")[0] not in gone]:
        assert opened.clock.monotonic() - begun <= AFTER_AN_OUTAGE, missing[:5]
        poll(opened, 60)
    caught_up = opened.clock.monotonic() - begun
    opened.app.sweep("main")
    opened.app.sweep("main")
    print(f"{changes} changes: {caught_up:.0f} s, with both sweeps {opened.clock.monotonic() - begun:.0f} s")

    assert differences(opened) == []
    assert opened.clock.monotonic() - begun <= AFTER_AN_OUTAGE
    assert opened.portal.client.requests_refused == refused
