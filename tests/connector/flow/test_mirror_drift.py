"""Whatever is wrong in the mirror, however it came about, is found and put right by the sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from connector.flow.reading import history_types
from connector.records import DEAL, ItemRef
from connector.store import mirror
from connector.store.schema import item, task, visit
from tests.connector.flow.mirrored import differences
from tests.connector.flow.workshop import NEW, Workshop

DEALS = 60
#: A hundredth of the items, and of the visits.
SHARE = 0.01


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    """A portal with a past, mirrored, and a few cards with tasks."""
    opened = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    opened.sandbox.seed(deals=DEALS)
    opened.mirror()
    for _ in range(2):
        opened.deal()
    ended = ItemRef(DEAL, opened.deal().id)
    opened.complete(ended, "Interested")
    # What is known of a task that was just made is read with the next poll.
    opened.wait(60)
    yield opened
    opened.app.close()


def _change(**values: Any) -> Callable[[Connection, int], None]:
    def damage(conn: Connection, row_id: int) -> None:
        conn.execute(update(item).where(item.c.row_id == row_id).values(**values))

    return damage


def _lose(conn: Connection, row_id: int) -> None:
    conn.execute(delete(item).where(item.c.row_id == row_id))


def _make_up(conn: Connection, row_id: int) -> None:
    """A row of an item that never was."""
    row = conn.execute(select(item).where(item.c.row_id == row_id)).mappings().one()
    conn.execute(insert(item).values({**row, "row_id": None, "id": row["id"] + 1_000_000}))


#: What can be wrong with a row of an item.
DAMAGES = (
    _change(title="somebody else"),
    _change(stage_id="C1:LOSE"),
    _change(owner_id=None),
    _change(fields={}),
    _change(category_id=77),
    _change(updated_at=None),
    _change(content_hash="0" * 32),
    _change(gone_at=None, amount=None),
    _lose,
    _make_up,
)


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 12))])
def test_a_hundredth_of_the_mirror_that_is_wrong_is_found_and_put_right(
    workshop: Workshop, seed: int
) -> None:
    random = Random(seed)
    with workshop.app.database.write() as conn:
        rows = list(conn.scalars(select(item.c.row_id)))
        for number, row_id in enumerate(random.sample(rows, max(round(len(rows) * SHARE), len(DAMAGES)))):
            DAMAGES[number % len(DAMAGES)](conn, row_id)
        conn.execute(update(item).where(item.c.row_id == rows[seed]).values(gone_at=workshop.clock.now()))
        history = list(conn.scalars(select(visit.c.history_id).where(visit.c.entity_type_id == DEAL)))
        for number, history_id in enumerate(random.sample(history, round(len(history) * SHARE) + 2)):
            of_it = (visit.c.history_id == history_id) & (visit.c.entity_type_id == DEAL)
            conn.execute(
                delete(visit).where(of_it)
                if number % 2
                else update(visit).where(of_it).values(stage_id="C1:LOSE", semantics="F")
            )
        conn.execute(update(task).values(title="another", deadline=None))
    made_up = [line for line in differences(workshop) if ":10000" in line or ":1000" in line]
    assert made_up

    workshop.app.sweep("main")
    workshop.app.reconcile_moves("main")
    # Only what is not in the portal at all takes a second sweep.
    assert all("the portal None" in line for line in differences(workshop))
    workshop.app.sweep("main")

    assert differences(workshop) == []


def test_a_sweep_of_what_is_right_changes_nothing_and_tells_nobody(workshop: Workshop) -> None:
    def state() -> list[Any]:
        with workshop.app.database.read() as conn:
            tables = (item, visit, task)
            return [sorted(map(tuple, conn.execute(select(table))), key=str) for table in tables]

    before, commands = state(), workshop.commands()
    workshop.app.sweep("main")
    workshop.app.work("main")
    assert state() == before
    assert workshop.commands() == commands


def test_a_lost_visit_that_the_process_stands_on_comes_back_without_a_second_task(workshop: Workshop) -> None:
    deal = workshop.deal()
    workshop.clock.advance(600)
    workshop.app.reconcile_moves("main")
    other = workshop.sandbox.deal(stage=NEW, ASSIGNED_BY_ID=5)
    workshop.settle()
    workshop.clock.advance(600)
    with workshop.app.database.write() as conn:
        conn.execute(delete(visit).where(visit.c.item_id.in_([deal.id, other.id])))
    workshop.app.sweep("main")
    workshop.app.reconcile_moves("main")
    workshop.settle()

    assert differences(workshop) == []
    assert len(workshop.tasks(deal)) == 1
    with workshop.app.database.read() as conn:
        assert mirror.get_item(conn, "main", deal) is not None


def test_the_daily_sweep_goes_on_slice_by_slice_and_comes_again_after_a_day(workshop: Workshop) -> None:
    app = workshop.app

    def slices() -> int:
        return sum(1 for _ in iter(lambda: app.sweep_when_due("main"), False))

    # The first copy was the first sweep.
    assert slices() == 0
    workshop.clock.advance(24 * 3_600)
    with app.database.read() as conn:
        kinds = len(workshop.portal.entity_type_ids) + len(history_types(conn, workshop.portal)) + 2
    assert slices() == kinds
    assert slices() == 0
    workshop.restart()
    app = workshop.app
    assert slices() == 0
    # From nine in the morning it moves to the night: 21 o'clock is too early, one o'clock is not.
    workshop.clock.advance(12 * 3_600)
    assert slices() == 0
    workshop.clock.advance(4 * 3_600)
    assert slices() == kinds


def test_a_kind_that_the_portal_will_not_list_is_put_off_for_an_hour_and_holds_up_no_other(
    workshop: Workshop,
) -> None:
    def slices() -> int:
        return sum(1 for _ in iter(lambda: workshop.app.sweep_when_due("main"), False))

    assert slices() == 0
    workshop.clock.advance(24 * 3_600)
    workshop.sandbox.faults.refuse("ACCESS_DENIED", method="crm.item.list")
    with workshop.app.database.write() as conn:
        conn.execute(update(item).values(title="damaged"))
    slices()
    assert {line.split(":")[0] for line in differences(workshop)} == {"lead"}
    workshop.clock.advance(3_600)
    assert slices() == 1
    assert differences(workshop) == []


def test_the_first_copy_brings_the_past_of_every_card(workshop: Workshop) -> None:
    assert differences(workshop) == []
    with workshop.app.database.read() as conn:
        kept = conn.execute(select(visit.c.item_id, visit.c.at).where(visit.c.entity_type_id == DEAL)).all()
    assert {row.item_id for row in kept} == workshop.sandbox.crm.shelf(DEAL).records.keys()
    assert min(row.at for row in kept) < workshop.clock.now() - timedelta(days=180)
