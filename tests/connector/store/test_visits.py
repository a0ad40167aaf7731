"""Visits are kept once, for ever, and in the order in which the item moved."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from connector.records import ItemRef
from connector.store import visits
from connector.store.schema import visit
from tests.connector.store.samples import NOW, PORTAL, move

LATER = NOW + timedelta(minutes=1)


def test_only_new_moves_are_news(database):
    with database.write() as conn:
        assert visits.add_many(conn, PORTAL, [move(2, 10, at=LATER), move(1, 10)], NOW) == [
            move(1, 10), move(2, 10, at=LATER),
        ]  # fmt: skip
        again = [move(2, 10, "C5:OTHER", at=LATER), move(3, 11)]
        assert visits.add_many(conn, PORTAL, again, NOW) == [move(3, 11)]
        assert visits.of(conn, PORTAL, ItemRef(2, 10)) == [move(1, 10), move(2, 10, at=LATER)]


def test_a_row_that_becomes_visible_late_takes_its_place_in_time(database):
    with database.write() as conn:
        visits.add_many(conn, PORTAL, [move(5, 10, at=LATER)], NOW)
        visits.add_many(conn, PORTAL, [move(6, 10, at=NOW)], NOW)
        assert visits.latest(conn, PORTAL, ItemRef(2, 10)) == move(5, 10, at=LATER)


def test_moves_within_one_second_go_by_their_number(database):
    with database.write() as conn:
        visits.add_many(conn, PORTAL, [move(99, 10, "A"), move(100, 10, "B"), move("s:1", 10, "C")], NOW)
        assert [one.stage_id for one in visits.of(conn, PORTAL, ItemRef(2, 10))] == ["C", "A", "B"]
        assert visits.latest(conn, PORTAL, ItemRef(2, 10)).stage_id == "B"


def test_the_last_visits_of_many_items_are_those_of_each(database):
    moves = [
        move(10 * item + n, item, f"S{n}", NOW + timedelta(seconds=n)) for item in (1, 2, 3) for n in (1, 2)
    ]
    refs = [ItemRef(2, number) for number in (1, 2, 4)]
    with database.write() as conn:
        visits.add_many(conn, PORTAL, moves, NOW)
        visits.add_many(conn, "other", [move(99, 1, at=LATER)], NOW)
        found = visits.latest_of(conn, PORTAL, refs)
        assert found == {ref: visits.latest(conn, PORTAL, ref) for ref in refs[:2]}
        assert visits.latest(conn, PORTAL, refs[2]) is None


def test_a_visit_that_was_damaged_is_put_right(database):
    right = [move(1, 10), move(2, 10, "C5:WON", at=LATER)]
    with database.write() as conn:
        visits.add_many(conn, PORTAL, right, NOW)
        conn.execute(update(visit).where(visit.c.history_id == "2").values(stage_id="C5:LOSE"))
        assert visits.mend(conn, PORTAL, [*right, move(3, 11)]) == [right[1]]
        assert visits.of(conn, PORTAL, ItemRef(2, 10)) == right
        assert visits.mend(conn, PORTAL, right) == []
