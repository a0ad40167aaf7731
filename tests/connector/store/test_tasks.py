"""Tasks of ours: kept with what they stand for, and compared with what the portal says now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.records import ItemRef
from connector.store import tasks
from connector.store.tasks import TaskChange
from tests.connector.store.samples import NOW, PORTAL, add_process, made, task

LATER = NOW + timedelta(minutes=1)


def test_a_made_task_comes_back_as_it_was(database):
    with database.write() as conn:
        process = add_process(conn)
        one = replace(made(1), process_id=process.id, reported={"completed": None})
        assert tasks.add(conn, one, NOW)
        assert not tasks.add(conn, replace(one, run="other"), NOW)
        assert tasks.get(conn, PORTAL, 1) == one
        assert tasks.of_item(conn, PORTAL, ItemRef(2, 10)) == [one]


def test_only_our_tasks_and_only_changes_are_told(database):
    ticked = tuple(replace(line, is_complete=True) for line in task(1).checklist)
    changed = task(1, status="completed", closed_at=LATER, checklist=ticked)
    with database.write() as conn:
        tasks.add(conn, made(1), NOW)
        tasks.add(conn, made(2), NOW)
        news = tasks.upsert_many(conn, PORTAL, [changed, task(2), task(3)], LATER)
        assert news == [TaskChange(task(1), replace(made(1), task=changed))]
        assert tasks.get(conn, PORTAL, 1).task == changed
        assert tasks.get(conn, PORTAL, 3) is None
        assert tasks.upsert_many(conn, PORTAL, [changed], LATER) == []


@pytest.mark.parametrize("changes", [{"checklist": None}, {"checklist": None, "title": "x"}])
def test_a_checklist_that_was_not_read_is_not_forgotten(database, changes):
    with database.write() as conn:
        tasks.add(conn, made(1), NOW)
        news = tasks.upsert_many(conn, PORTAL, [task(1, **changes)], LATER)
        assert len(news) == ("title" in changes)
        assert tasks.get(conn, PORTAL, 1).task.checklist == task(1).checklist


def test_a_deleted_task_is_told_once_and_may_come_back(database):
    with database.write() as conn:
        tasks.add(conn, made(1), NOW)
        assert tasks.mark_gone(conn, PORTAL, [1, 2], LATER) == [replace(made(1), is_gone=True)]
        assert tasks.mark_gone(conn, PORTAL, [1], LATER) == []
        assert tasks.open_for(conn, PORTAL, "v1/call/1") is None
        (back,) = tasks.upsert_many(conn, PORTAL, [task(1)], LATER)
        assert back == TaskChange(task(1), made(1), was_gone=True)
        assert tasks.open_for(conn, PORTAL, "v1/call/1") == made(1)


def test_the_open_task_of_a_run_is_the_newest_that_is_not_finished(database):
    with database.write() as conn:
        for number in (1, 2, 3):
            tasks.add(conn, made(number), NOW)
        tasks.add(conn, made(4, run="v1/other/1"), NOW)
        tasks.upsert_many(conn, PORTAL, [task(3, status="completed")], NOW)
        assert tasks.open_for(conn, PORTAL, "v1/call/1") == made(2)
        assert [one.task.id for one in tasks.of_run(conn, PORTAL, "v1/call/1")] == [1, 2, 3]
        assert tasks.open_ids(conn, PORTAL) == [1, 2, 4]
        assert tasks.open_for(conn, PORTAL, "v1/nothing/1") is None


def test_what_is_learnt_later_about_a_task_is_kept(database):
    with database.write() as conn:
        tasks.add(conn, replace(made(1), outcome_lines={}), NOW)
        tasks.set_outcome_lines(conn, PORTAL, 1, {2: "redial", 3: "done"})
        assert tasks.get(conn, PORTAL, 1).outcome_lines == {2: "redial", 3: "done"}
