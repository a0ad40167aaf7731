"""Tasks that people make on records of the CRM: copied for reports, whatever becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from connector.bitrix24.tasks import update_task
from connector.flow.backfill import Progress, backfill
from connector.flow.crm_tasks import read_suspects
from connector.flow.sweep_place import Place
from connector.records import DEAL, ItemRef
from connector.sandbox.tasks_state import Task, TaskBook
from connector.store import crm_tasks, mirror, watermarks
from connector.store.schema import crm_task, crm_task_binding
from tests.connector.flow.workshop import SALE, Workshop

STATUS = {"pending": 2, "in_progress": 3, "awaiting_control": 4, "completed": 5, "deferred": 6}
ANNA, IVAN = 5, 6


@pytest.fixture
def workshop(tmp_path: Path, sqlite_url: str) -> Iterator[Workshop]:
    """A portal where people make tasks, some of them on records, and the product has made one of its own."""
    opened = Workshop(tmp_path, sqlite_url)
    opened.deal()
    for number in range(3):
        opened.sandbox.add_task(f"Call {number}", to=ANNA, by=IVAN, on=_deal(opened), group_id=3, priority=2)
        opened.sandbox.add_task(f"Water the plants {number}", to=ANNA)
    yield opened
    opened.app.close()


def _deal(workshop: Workshop) -> ItemRef:
    return ItemRef(DEAL, next(iter(workshop.sandbox.crm.shelf(DEAL))).id)


def in_portal(workshop: Workshop) -> dict[int, tuple[Any, ...]]:
    """What is bound to the CRM, out of the portal's own records."""
    tasks = workshop.sandbox.part(TaskBook).tasks.values()
    return {task.id: _seen(task, int(task.status), task.crm) for task in tasks if task.crm}


def in_mirror(workshop: Workshop) -> dict[int, tuple[Any, ...]]:
    with workshop.app.database.read() as conn:
        kept = crm_tasks.all_of(conn, "main").values()
    return {task.id: _seen(task, STATUS[task.status], task.bindings) for task in kept}


def _seen(task: Any, status: int, bindings: tuple[str, ...]) -> tuple[Any, ...]:
    names = ("title", "responsible_id", "created_by", "deadline", "priority", "created_at", "closed_at")
    return (*(getattr(task, name) for name in names), task.group_id or None, status, tuple(bindings))


def named(workshop: Workshop, title: str) -> Task:
    return next(task for task in workshop.sandbox.part(TaskBook).tasks.values() if task.title == title)


def bind(workshop: Workshop, task: Task, *codes: str) -> None:
    """Somebody changes what the task is bound to."""
    assert workshop.portal.client.send(update_task(task.id, bindings=codes)).is_done


def poll(workshop: Workshop) -> int:
    """A minute passes, and no event arrives; returns how many requests the poll took."""
    workshop.clock.advance(60)
    before = workshop.portal.client.requests_sent
    workshop.app.reconcile_moves("main")
    return workshop.portal.client.requests_sent - before


def test_what_people_do_with_tasks_on_records_is_here_with_the_next_poll(workshop: Workshop) -> None:
    poll(workshop)
    quiet = poll(workshop)
    assert in_mirror(workshop) == in_portal(workshop) != {}

    workshop.sandbox.rename_task(named(workshop, "Call 0").id, "Call again")
    workshop.sandbox.complete_task(named(workshop, "Call 1").id)
    workshop.sandbox.postpone_task(
        named(workshop, "Call 2").id, workshop.clock.now() + timedelta(days=2), by=IVAN
    )
    bind(workshop, named(workshop, "Water the plants 0"), f"D_{_deal(workshop).id}", "C_1")
    bind(workshop, named(workshop, "Call 2"))
    assert poll(workshop) == quiet
    assert in_mirror(workshop) == in_portal(workshop)
    assert "Call 2" not in {row[0] for row in in_mirror(workshop).values()}


def test_the_first_copy_goes_on_where_it_was_and_takes_what_is_bound(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    deal = workshop.sandbox.deal()
    for number in range(120):
        workshop.sandbox.add_task(f"Task {number}", to=ANNA, **({} if number % 3 else {"on": deal}))
    seen: list[Progress] = []
    backfill(workshop.portal, seen.append)
    assert [each.records for each in seen if each.kind == "crm_tasks"] == [120]
    assert in_mirror(workshop) == in_portal(workshop)
    assert len(in_mirror(workshop)) == 40

    # An older store, copied before tasks were: only they are left to copy.
    with workshop.app.database.write() as conn:
        crm_tasks.forget(conn, "main")
        watermarks.put(
            conn, "main", "backfill:crm_tasks", {"after_id": 60, "is_done": False}, workshop.clock.now()
        )
    seen.clear()
    backfill(workshop.portal, seen.append)
    assert {each.kind for each in seen} == {"crm_tasks"}
    assert in_mirror(workshop) == {one: row for one, row in in_portal(workshop).items() if one > 60}


def test_a_change_during_the_first_copy_is_found_by_the_first_poll(tmp_path: Path, sqlite_url: str) -> None:
    workshop = Workshop(tmp_path, sqlite_url, is_mirrored=False)
    task = workshop.sandbox.add_task("Call", to=ANNA, on=workshop.sandbox.deal())

    def change(progress: Progress) -> None:
        if progress.kind == "crm_tasks":
            workshop.sandbox.rename_task(task.id, "Call again")
            workshop.clock.advance(3_600)

    backfill(workshop.portal, change)
    assert in_mirror(workshop) != in_portal(workshop)
    poll(workshop)
    assert in_mirror(workshop) == in_portal(workshop)


def test_whatever_is_wrong_in_the_copy_is_put_right_by_the_sweep(workshop: Workshop) -> None:
    poll(workshop)
    numbers = sorted(in_mirror(workshop))
    with workshop.app.database.write() as conn:
        conn.execute(update(crm_task).where(crm_task.c.id == numbers[0]).values(title="x", deadline=None))
        conn.execute(update(crm_task).where(crm_task.c.id == numbers[1]).values(gone_at=workshop.clock.now()))
        conn.execute(delete(crm_task).where(crm_task.c.id == numbers[2]))
        conn.execute(delete(crm_task_binding).where(crm_task_binding.c.task_id == numbers[3]))
    before = workshop.commands()
    workshop.app.sweep("main")
    workshop.app.work("main")
    assert in_mirror(workshop) == in_portal(workshop)
    assert workshop.commands() == before


def test_a_deletion_that_nobody_told_of_takes_two_sweeps_and_a_read(workshop: Workshop) -> None:
    poll(workshop)
    gone = named(workshop, "Call 0")
    workshop.sandbox.delete_task(gone.id)
    workshop.app.sweep("main")
    assert in_mirror(workshop).keys() - in_portal(workshop).keys() == {gone.id}
    workshop.app.sweep("main")
    assert in_mirror(workshop) == in_portal(workshop)


def test_a_task_that_two_lists_did_not_show_stays_if_a_read_of_it_shows_it(workshop: Workshop) -> None:
    poll(workshop)
    kept, book = in_mirror(workshop), workshop.sandbox.part(TaskBook)
    hidden = named(workshop, "Call 0")
    del book.tasks[hidden.id]
    workshop.app.sweep("main")
    swept = Place(workshop.clock.now(), missed_before=(hidden.id,)).past(None, {hidden.id})
    book.tasks[hidden.id] = hidden
    assert read_suspects(workshop.portal, swept.suspects) == ({hidden.id}, 0)
    assert in_mirror(workshop) == kept


def test_a_hinted_deletion_is_here_at_once_and_many_cost_one_request_more(workshop: Workshop) -> None:
    for number in range(30):
        workshop.sandbox.add_task(f"More {number}", to=ANNA, by=IVAN, on=_deal(workshop))
    poll(workshop)
    workshop.settle()
    for number in range(30):
        workshop.sandbox.delete_task(named(workshop, f"More {number}").id)
    before = workshop.portal.client.requests_sent
    workshop.settle()
    assert in_mirror(workshop) == in_portal(workshop)
    assert workshop.portal.client.requests_sent - before <= 3


def test_hints_of_tasks_that_nobody_has_copied_cost_no_request(workshop: Workshop) -> None:
    workshop.settle()
    plants = named(workshop, "Water the plants 1").id
    for number in range(20):
        workshop.sandbox.rename_task(plants, f"Buy plants {number}")
        workshop.sandbox.add_task(f"Plant {number}", to=ANNA)
    before = workshop.portal.client.requests_sent
    workshop.deliver()
    workshop.app.work("main")
    assert workshop.portal.client.requests_sent == before


def test_copied_tasks_that_cannot_be_read_now_hold_up_no_card(workshop: Workshop) -> None:
    poll(workshop)
    workshop.settle()
    deal = _deal(workshop)
    workshop.sandbox.edit(deal, TITLE="Changed")
    workshop.sandbox.rename_task(named(workshop, "Call 0").id, "Call again")
    workshop.sandbox.faults.refuse("ACCESS_DENIED", method="tasks.task.list")
    workshop.deliver()
    workshop.app.work("main")
    with workshop.app.database.read() as conn:
        item = mirror.get_item(conn, "main", deal)
    assert item is not None
    assert item.title == "Changed"
    workshop.clock.advance(10)
    workshop.app.work("main")
    assert in_mirror(workshop) == in_portal(workshop)


def test_a_portal_that_asks_for_our_tasks_alone_keeps_no_others(workshop: Workshop) -> None:
    poll(workshop)
    assert in_mirror(workshop)
    workshop.more = '\n[portals.main.mirror]\ntasks = "own"\n' + SALE.replace("MODE", "live")
    workshop.restart()
    poll(workshop)
    workshop.app.sweep("main")
    assert in_mirror(workshop) == {}
    # And back again: they are copied from the beginning.
    workshop.set_mode("live")
    workshop.app.backfill("main")
    assert in_mirror(workshop) == in_portal(workshop)
