"""What people ask of the store: how much, since when, what is stuck and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.records import ItemRef
from connector.store import (
    effects,
    hearing,
    inbox,
    leases,
    mirror,
    outbox,
    processes,
    retention,
    signals,
    timers,
    views,
)
from connector.store.effects import Effect
from connector.store.signals import NewSignal
from connector.store.views import Backlog, BoardCell
from tests.connector.store.samples import NOW, PORTAL, add_process, command, deal, hint

LATER = NOW + timedelta(minutes=5)


def at(minutes):
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def stuck(database):
    """One of everything that can be stuck, and one of each that is not."""
    with database.write() as conn:
        lease = leases.take(conn, PORTAL, "worker", NOW, 3600)
        inbox.add_many(conn, [hint(1, received_at=at(1)), hint(2), hint(3, kind="task", entity_type_id=0)])
        _, task, _ = inbox.pending(conn, PORTAL, LATER, 10)
        inbox.failed(conn, task, at(4), "unreadable", None)
        signals.add_many(conn, PORTAL, ItemRef(2, 1), [NewSignal("s1", "Moved", NOW)], NOW)
        signals.add_many(conn, PORTAL, ItemRef(2, 2), [NewSignal("s2", "Gone", NOW, {"a": 1})], at(1))
        signals.park(conn, signals.waiting(conn, PORTAL, 1)[0].signals[0], "no such stage", at(3))
        process = add_process(conn)
        processes.save(conn, replace(process, parked_reason="no owner"), at(2))
        add_process(conn, 11, status="won", phase="finished", mode="shadow", stage="won")
        outbox.add_many(conn, PORTAL, [command("c1", 1), command("c2", 1), command("c3", 2)], NOW)
        parked, done = outbox.claim(conn, PORTAL, lease, NOW, 10)
        outbox.park(conn, parked, at(1), "no such user")
        outbox.done(conn, done, NOW)
        timers.replace(conn, PORTAL, process.id, {"a": at(9)})
    return database


def test_backlogs_say_how_much_and_since_when(stuck):
    with stuck.read() as conn:
        assert views.inbox_backlog(conn, PORTAL) == Backlog({"new": 2, "dead": 1}, NOW)
        assert views.signal_backlog(conn, PORTAL) == Backlog({"waiting": 1, "parked": 1}, NOW)
        assert views.outbox_backlog(conn, PORTAL) == Backlog({"pending": 1, "parked": 1, "done": 1}, NOW)
        assert views.inbox_backlog(conn, "other") == Backlog({}, None)


def test_what_waits_for_a_person_is_listed_with_its_reason_oldest_first(stuck):
    with stuck.read() as conn:
        found = [(one.what, one.key, one.reason, one.since_at) for one in views.parked(conn, PORTAL)]
        assert views.parked(conn, PORTAL, limit=1)[0].key == "c1"
    process_key = found[1][1]
    assert found == [
        ("command", "c1", "no such user", at(1)),
        ("process", process_key, "no owner", at(2)),
        ("signal", "s1", "no such stage", at(3)),
        ("hint", "task:3", "unreadable", at(4)),
    ]


def test_the_board_counts_processes(stuck):
    with stuck.read() as conn:
        assert views.board(conn, PORTAL) == [
            BoardCell("sales", "new", "open", "running", "live", 1),
            BoardCell("sales", "won", "won", "finished", "shadow", 1),
        ]


def test_the_last_signals_come_newest_first(stuck):
    with stuck.read() as conn:
        newest, older = views.last_signals(conn, PORTAL)
        assert (newest.key, newest.ref, newest.payload) == ("s2", ItemRef(2, 2), {"a": 1})
        assert older.key == "s1"
        assert len(views.last_signals(conn, PORTAL, limit=1)) == 1
        assert views.signals_of(conn, PORTAL, ItemRef(2, 1)) == [older]


def test_the_last_hint_is_the_newest_handled_or_not(stuck):
    with stuck.write() as conn:
        inbox.done(conn, inbox.pending(conn, PORTAL, LATER, 10), LATER)
        assert views.last_hint_at(conn, PORTAL) == at(1)
        assert views.last_hint_at(conn, "other") is None


def test_work_names_the_steps_that_have_something_to_do(stuck):
    with stuck.read() as conn:
        assert views.work(conn, LATER) == {PORTAL: {"refresh", "advance", "dispatch"}}
        assert views.work(conn, at(9)) == {PORTAL: {"refresh", "advance", "dispatch", "remind"}}


def test_a_store_with_nothing_to_do_names_no_portal(database):
    with database.read() as conn:
        assert views.work(conn, LATER) == {}
        assert views.parked(conn, PORTAL) == []


def test_retention_drops_what_ended_and_nothing_that_waits(stuck):
    with stuck.write() as conn:
        inbox.done(conn, inbox.pending(conn, PORTAL, NOW, 1), NOW)
        signals.handled(conn, signals.waiting(conn, PORTAL, 1)[0].signals, NOW)
        effects.expect(conn, PORTAL, [Effect("c3", ItemRef(2, 2), "stage", "x", NOW, NOW)])
        nothing = {"hints": 0, "signals": 0, "commands": 0, "effects": 0}
        assert retention.forget(conn, PORTAL, NOW) == nothing
        assert retention.forget(conn, PORTAL, at(2)) == dict.fromkeys(nothing, 1)
        assert retention.forget(conn, PORTAL, at(2)) == nothing
        assert [one.key for one in views.parked(conn, PORTAL) if one.what != "process"] == [
            "c1",
            "s1",
            "task:3",
        ]
        assert outbox.get(conn, PORTAL, "c3") is None


def test_hints_and_the_records_that_they_name_add_up(database):
    with database.write() as conn:
        inbox.add_many(conn, [hint(1), hint(1), hint(1), hint(2), hint(3)])
        one, two, _ = inbox.pending(conn, PORTAL, NOW, 3)
        inbox.done(conn, [one], NOW)
        inbox.failed(conn, two, NOW, "no right", None)
        totals = views.hint_totals(conn, PORTAL)
    assert totals.hints == {"new": 1, "done": 3, "dead": 1}
    assert totals.records == {"new": 1, "done": 1, "dead": 1}
    assert totals.coalesced == 2


def test_a_change_was_announced_if_a_hint_came_with_it_or_after_it(database):
    changed = [replace(deal(number), updated_at=at(number)) for number in range(1, 7)]
    with database.write() as conn:
        mirror.upsert_items(conn, PORTAL, changed, NOW)
        mirror.mark_gone(conn, PORTAL, [deal(6).ref], NOW)
        # In time, late, long before it changed again, and of a record of another type.
        inbox.add_many(
            conn, [hint(1, received_at=at(1)), hint(2, received_at=at(30)), hint(4, received_at=NOW)]
        )
        inbox.add_many(conn, [hint(3, entity_type_id=1, received_at=at(3))])
        inbox.done(conn, inbox.pending(conn, PORTAL, at(60), 1), at(60))
        found = hearing.announced(conn, PORTAL, [2], NOW, at(5))
        assert (found.changed, found.announced, found.share) == (5, 2, 0.4)
        assert hearing.announced(conn, PORTAL, [2], NOW, at(5), newest=4).changed == 4
        assert hearing.announced(conn, PORTAL, [2], at(7), at(9)).share == 1.0
