"""Hints of one record coalesce while it waits, and none is forgotten."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from connector.records import ItemRef
from connector.store import inbox
from tests.connector.store.samples import NOW, PORTAL, hint

LATER = NOW + timedelta(minutes=1)


def test_hints_of_one_record_are_one_record_to_read(database):
    with database.write() as conn:
        assert inbox.add_many(conn, [hint(1), hint(1), hint(2), hint(1, kind="task", entity_type_id=0)]) == 3
        inbox.add_many(conn, [hint(1, received_at=LATER)])
        (first, second, task) = inbox.pending(conn, PORTAL, NOW, 10)
    assert (first.ref, first.hits, first.received_at) == (ItemRef(2, 1), 3, NOW)
    assert (second.ref, second.hits) == (ItemRef(2, 2), 1)
    assert (task.kind, task.entity_id) == ("task", 1)


def test_a_hint_that_comes_while_the_record_is_read_keeps_it_waiting(database):
    with database.write() as conn:
        inbox.add_many(conn, [hint(1), hint(2)])
        records = inbox.pending(conn, PORTAL, NOW, 10)
    with database.write() as conn:
        inbox.add_many(conn, [hint(1)])
    with database.write() as conn:
        inbox.done(conn, records, NOW)
        assert [record.entity_id for record in inbox.pending(conn, PORTAL, NOW, 10)] == [1]
        assert inbox.counts(conn, PORTAL) == {"new": 1, "done": 1, "dead": 0}


def test_a_hint_after_the_reading_is_a_new_one(database):
    with database.write() as conn:
        inbox.add_many(conn, [hint(1)])
        inbox.done(conn, inbox.pending(conn, PORTAL, NOW, 10), NOW)
        inbox.add_many(conn, [hint(1, received_at=LATER)])
        (record,) = inbox.pending(conn, PORTAL, LATER, 10)
    assert (record.hits, record.received_at) == (1, LATER)


def test_a_failed_reading_waits_and_the_others_go_on(database):
    with database.write() as conn:
        inbox.add_many(conn, [hint(1), hint(2)])
        first, _ = inbox.pending(conn, PORTAL, NOW, 10)
        inbox.failed(conn, first, NOW, "portal busy", LATER)
        assert [record.entity_id for record in inbox.pending(conn, PORTAL, NOW, 10)] == [2]
        again = inbox.pending(conn, PORTAL, LATER, 10)
        assert [(record.entity_id, record.tries) for record in again] == [(2, 0), (1, 1)]


def test_a_record_that_was_given_up_lives_again_with_the_next_hint(database):
    with database.write() as conn:
        inbox.add_many(conn, [hint(1)])
        (record,) = inbox.pending(conn, PORTAL, NOW, 10)
        inbox.failed(conn, record, NOW, "unreadable", None)
        assert inbox.pending(conn, PORTAL, LATER, 10) == []
        assert inbox.counts(conn, PORTAL) == {"new": 0, "done": 0, "dead": 1}
        inbox.add_many(conn, [hint(1)])
        assert [record.tries for record in inbox.pending(conn, PORTAL, NOW, 10)] == [0]


def test_portals_do_not_see_each_other(database):
    with database.write() as conn:
        inbox.add_many(conn, [hint(1), hint(1, portal="other")])
        assert len(inbox.pending(conn, PORTAL, NOW, 10)) == 1


def test_hints_of_a_full_inbox_are_kept_by_type_until_a_sweep_has_settled_them(database):
    with database.write() as conn:
        inbox.add_many(conn, [hint(1)])
        inbox.add_many(conn, [hint(2), hint(3), hint(4, kind="task", entity_type_id=0)], full={PORTAL})
        inbox.add_many(conn, [hint(5, portal="other")], full={PORTAL})
        assert [one.entity_id for one in inbox.pending(conn, PORTAL, LATER, 10)] == [1]
        flags = inbox.overflowed(conn, PORTAL)
        assert {(flag.kind, flag.entity_type_id): flag.hits for flag in flags} == {
            ("item", 2): 2,
            ("task", 0): 1,
        }
        assert inbox.overflowed(conn, "other") == []
        assert inbox.waiting(conn) == {PORTAL: 3, "other": 1}
        inbox.done(conn, flags, LATER)
        assert inbox.overflowed(conn, PORTAL) == []


def test_an_older_hint_that_is_written_later_is_not_the_last_one(database):
    with database.write() as conn:
        inbox.add_many(conn, [hint(1, received_at=LATER)])
        inbox.add_many(conn, [hint(1)])
        assert conn.scalar(select(inbox.inbox.c.last_received_at)) == LATER
