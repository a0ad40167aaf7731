"""A timer fires once for each instant it was set to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.records import ItemRef
from connector.store import timers
from connector.store.timers import DueTimer
from tests.connector.store.samples import NOW, PORTAL, add_process

SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)


@pytest.fixture
def process(database):
    with database.write() as conn:
        return add_process(conn)


def names(conn, now):
    return [one.name for one in timers.due(conn, PORTAL, now, 10)]


def test_due_timers_come_oldest_first_with_their_process(database, process):
    with database.write() as conn:
        timers.replace(
            conn, PORTAL, process.id, {"late": LATER, "soon": SOON, "far": LATER + timedelta(days=9)}
        )
        assert timers.next_due_at(conn, PORTAL) == SOON
        assert names(conn, NOW) == []
        assert timers.due(conn, PORTAL, LATER, 10) == [
            DueTimer(process.id, "sales", ItemRef(2, 10), "soon", SOON),
            DueTimer(process.id, "sales", ItemRef(2, 10), "late", LATER),
        ]
        assert [one.name for one in timers.due(conn, PORTAL, LATER, 1)] == ["soon"]


def test_a_timer_that_fired_stays_fired_though_the_process_still_names_it(database, process):
    with database.write() as conn:
        timers.replace(conn, PORTAL, process.id, {"a": SOON, "b": LATER})
        timers.fired(conn, timers.due(conn, PORTAL, SOON, 10), SOON)
        timers.replace(conn, PORTAL, process.id, {"a": SOON, "b": LATER})
        assert names(conn, LATER) == ["b"]
        assert timers.next_due_at(conn, PORTAL) == LATER


def test_a_timer_that_was_moved_fires_again(database, process):
    with database.write() as conn:
        timers.replace(conn, PORTAL, process.id, {"a": SOON})
        due = timers.due(conn, PORTAL, SOON, 10)
        timers.replace(conn, PORTAL, process.id, {"a": LATER})
        timers.fired(conn, due, SOON)  # that of before the move
        assert names(conn, LATER) == ["a"]
        timers.fired(conn, timers.due(conn, PORTAL, LATER, 10), LATER)
        timers.replace(conn, PORTAL, process.id, {"a": SOON})
        assert names(conn, LATER) == ["a"]


def test_timers_that_the_process_has_dropped_are_gone(database, process):
    with database.write() as conn:
        other = add_process(conn, 11)
        timers.replace(conn, PORTAL, process.id, {"a": SOON, "b": SOON})
        timers.replace(conn, PORTAL, other.id, {"a": SOON})
        timers.replace(conn, PORTAL, process.id, {"b": SOON})
        assert [(one.process_id, one.name) for one in timers.due(conn, PORTAL, SOON, 10)] == [
            (process.id, "b"), (other.id, "a"),
        ]  # fmt: skip
        timers.replace(conn, PORTAL, process.id, {})
        assert names(conn, SOON) == ["a"]
