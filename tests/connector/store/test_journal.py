"""The journal tells why, in order, and shows when somebody has been at it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from connector.records import ItemRef
from connector.store import journal
from connector.store.journal import NewLine
from tests.connector.store.samples import NOW, PORTAL

DEAL = ItemRef(2, 10)


def line(number, **changes):
    return NewLine(kind="moved", text=f"шаг {number}", ref=DEAL, **changes)


@pytest.fixture
def written(database):
    with database.write() as conn:
        journal.add_many(conn, PORTAL, [line(1), line(2)], NOW)
        journal.add_many(conn, PORTAL, [line(3), line(4), line(5)], NOW + timedelta(seconds=1))
        journal.add_many(conn, "other", [line(1)], NOW)
    return database


def broken_at(database, statement):
    with database.write() as conn:
        conn.execute(text(statement))
    with database.read() as conn:
        found = journal.verify(conn, PORTAL)
        assert journal.verify(conn, "other") is None
    return found and found.seq


def test_a_line_comes_back_as_it_was_written(database):
    full = NewLine(
        kind="refused", text="a\x00b", ref=DEAL, pipeline="sales", version="v1", rule="stage.offer.guard",
        actor="7", signal_key="s1", command_key="c1", details={"line": 12, "big": 2**70},
    )  # fmt: skip
    with database.write() as conn:
        assert journal.add_many(conn, PORTAL, [full, NewLine(kind="paused", text="audit")], NOW) == [1, 2]
        (kept,) = journal.of_item(conn, PORTAL, DEAL)
        paused, first = journal.of_portal(conn, PORTAL)
        assert journal.verify(conn, PORTAL) is None
    assert (kept.seq, kept.at, kept.portal, kept.text) == (1, NOW, PORTAL, "a\ufffdb")
    for name in (
        "kind",
        "ref",
        "pipeline",
        "version",
        "rule",
        "actor",
        "signal_key",
        "command_key",
        "details",
    ):
        assert getattr(kept, name) == getattr(full, name)
    assert (first, paused.ref, paused.seq) == (kept, None, 2)


def test_an_item_tells_its_newest_lines_oldest_first(written):
    with written.read() as conn:
        assert [one.text for one in journal.of_item(conn, PORTAL, DEAL, limit=2)] == ["шаг 4", "шаг 5"]
        assert [one.seq for one in journal.of_portal(conn, PORTAL, before_seq=4, limit=2)] == [3, 2]


def test_an_untouched_chain_holds(written):
    with written.read() as conn:
        assert journal.verify(conn, PORTAL) is None
        assert journal.verify(conn, "nobody") is None


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE journal SET text = 'nothing' WHERE portal = 'acme' AND seq = 3", 3),
        ("UPDATE journal SET item_id = 11 WHERE portal = 'acme' AND seq = 2", 2),
        ("UPDATE journal SET details = '{\"a\"\\:1}' WHERE portal = 'acme' AND seq = 5", 5),
        ("DELETE FROM journal WHERE portal = 'acme' AND seq = 3", 3),
        ("DELETE FROM journal WHERE portal = 'acme' AND seq = 1", 1),
        ("DELETE FROM journal WHERE portal = 'acme' AND seq = 5", 5),
        ("DELETE FROM journal WHERE portal = 'acme'", 1),
        ("DELETE FROM journal_head WHERE portal = 'acme'", 6),
        (
            "UPDATE journal SET sha256 = prev_sha256 WHERE portal = 'acme' AND seq = 4",
            4,
        ),
        (
            "INSERT INTO journal (portal, seq, at, kind, text, details, prev_sha256, sha256) "
            "SELECT portal, 6, at, kind, text, details, prev_sha256, sha256 FROM journal "
            "WHERE portal = 'acme' AND seq = 5",
            6,
        ),
    ],
)
def test_a_line_changed_cut_or_put_in_is_found(written, statement, seq):
    assert broken_at(written, statement) == seq


def test_writers_at_the_same_time_make_one_chain(database):
    def write(_):
        for number in range(10):
            with database.write() as conn:
                journal.add_many(conn, PORTAL, [line(number), line(number)], NOW)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as conn:
        assert journal.verify(conn, PORTAL) is None
        assert journal.of_portal(conn, PORTAL, limit=1)[0].seq == 120
