"""Signals wait in order per item, each key once; what fails holds its own item only."""

from __future__ import annotations

from datetime import timedelta

from connector.records import ItemRef
from connector.store import signals
from connector.store.signals import NewSignal
from tests.connector.store.samples import NOW, PORTAL

FIRST, SECOND = ItemRef(2, 1), ItemRef(2, 2)


def new(key, **payload):
    return NewSignal(key, "Moved", NOW, payload)


def keys(conn, limit=100):
    return {item.ref: [one.key for one in item.signals] for item in signals.waiting(conn, PORTAL, limit)}


def test_signals_of_an_item_wait_in_the_order_they_came(database):
    with database.write() as conn:
        signals.add_many(conn, PORTAL, FIRST, [new("b", stage="won"), new("a")], NOW + timedelta(hours=1))
        signals.add_many(conn, PORTAL, SECOND, [new("a")], NOW)
        signals.add_many(conn, PORTAL, FIRST, [new("c")], NOW)
        assert keys(conn) == {FIRST: ["b", "a", "c"], SECOND: ["a"]}
        first = signals.waiting(conn, PORTAL, 100)[0].signals[0]
    assert (first.kind, first.at, first.payload) == ("Moved", NOW, {"stage": "won"})


def test_a_key_is_a_signal_once_even_after_it_was_handled(database):
    with database.write() as conn:
        assert signals.add_many(conn, PORTAL, FIRST, [new("a"), new("a"), new("b")], NOW) == 2
        signals.handled(conn, signals.waiting(conn, PORTAL, 100)[0].signals, NOW)
        assert signals.add_many(conn, PORTAL, FIRST, [new("a"), new("c")], NOW) == 1
        assert signals.add_many(conn, PORTAL, SECOND, [new("a")], NOW) == 1
        assert signals.add_many(conn, "other", FIRST, [new("a")], NOW) == 1
        assert keys(conn) == {FIRST: ["c"], SECOND: ["a"]}


def test_many_items_are_told_at_once(database):
    news = {ItemRef(2, number): [new("a"), new("b")] for number in range(1, 2_001)}
    with database.write() as conn:
        assert signals.add_all(conn, PORTAL, news, NOW) == 4_000
        assert signals.add_all(conn, PORTAL, news, NOW) == 0
        assert len(keys(conn, 10_000)) == 2_000


def test_a_parked_signal_holds_its_item_and_no_other(database):
    with database.write() as conn:
        signals.add_many(conn, PORTAL, FIRST, [new("a"), new("b")], NOW)
        signals.add_many(conn, PORTAL, SECOND, [new("a")], NOW)
        signals.park(conn, signals.waiting(conn, PORTAL, 100)[0].signals[0], "no such field", NOW)
        assert keys(conn) == {SECOND: ["a"]}
        assert signals.release(conn, PORTAL, FIRST) == 1
        assert keys(conn) == {FIRST: ["a", "b"], SECOND: ["a"]}


def test_a_person_may_drop_what_is_parked(database):
    with database.write() as conn:
        signals.add_many(conn, PORTAL, FIRST, [new("a"), new("b")], NOW)
        signals.park(conn, signals.waiting(conn, PORTAL, 100)[0].signals[0], "no such field", NOW)
        assert signals.drop(conn, PORTAL, FIRST, NOW) == 1
        assert keys(conn) == {FIRST: ["b"]}


def test_a_page_is_bounded_and_the_next_one_goes_on(database):
    with database.write() as conn:
        signals.add_many(conn, PORTAL, FIRST, [new("a"), new("b"), new("c")], NOW)
        signals.add_many(conn, PORTAL, SECOND, [new("a")], NOW)
        assert keys(conn, 2) == {FIRST: ["a", "b"]}
        signals.handled(conn, signals.waiting(conn, PORTAL, 2)[0].signals, NOW)
        assert keys(conn, 2) == {FIRST: ["c"], SECOND: ["a"]}
