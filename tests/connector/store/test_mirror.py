"""The mirror says what changed, and only that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import update

from connector.records import ItemRef
from connector.store import mirror
from connector.store.mirror import ItemChange
from connector.store.schema import item
from tests.connector.store.samples import NOW, PORTAL, deal

LATER = NOW + timedelta(minutes=1)


def test_a_new_item_is_a_change_from_nothing(database):
    with database.write() as conn:
        assert mirror.upsert_items(conn, PORTAL, [deal(1)], NOW) == [ItemChange(deal(1).ref, None, deal(1))]


def test_a_changed_item_is_told_with_what_it_was(database):
    with database.write() as conn:
        mirror.upsert_items(conn, PORTAL, [deal(1), deal(2)], NOW)
        moved = deal(2, stage_id="C5:WON")
        assert mirror.upsert_items(conn, PORTAL, [deal(1), moved], LATER) == [
            ItemChange(moved.ref, deal(2), moved)
        ]
        assert mirror.get_item(conn, PORTAL, moved.ref) == moved


def test_each_field_counts(database):
    plain = deal(1)
    changed = {
        "title": "x", "category_id": 6, "stage_id": "C5:WON", "semantics": "S", "owner_id": 8, "amount": None,
        "currency": "KZT", "company_id": None, "contact_ids": (9, 4), "source_id": None, "created_at": LATER,
        "updated_at": LATER, "moved_at": LATER, "created_by": 2, "updated_by": 2, "moved_by": 2,
        "fields": {**plain.fields, "opened": "N"},
    }  # fmt: skip
    with database.write() as conn:
        for name, value in changed.items():
            mirror.upsert_items(conn, PORTAL, [plain], NOW)
            after = replace(plain, **{name: value})
            assert mirror.upsert_items(conn, PORTAL, [after], NOW) == [ItemChange(plain.ref, plain, after)]
            assert mirror.get_item(conn, PORTAL, plain.ref) == after


def test_a_page_without_news_writes_nothing(database):
    page = [deal(number) for number in range(1, 30)]
    with database.write() as conn:
        mirror.upsert_items(conn, PORTAL, page, NOW)
    with database.read() as conn:  # in which a write would be an error
        assert mirror.upsert_items(conn, PORTAL, page, LATER) == []


def test_an_item_twice_in_a_page_counts_as_it_was_last(database):
    with database.write() as conn:
        changes = mirror.upsert_items(conn, PORTAL, [deal(1), deal(1, title="newer")], NOW)
    assert [change.after.title for change in changes] == ["newer"]


def test_portals_and_entity_types_do_not_mix(database):
    smart = replace(deal(1), ref=ItemRef(1046, 1))
    with database.write() as conn:
        mirror.upsert_items(conn, PORTAL, [deal(1), smart], NOW)
        assert len(mirror.upsert_items(conn, "other", [deal(1)], NOW)) == 1
        assert mirror.count(conn, PORTAL) == {2: 1, 1046: 1}
        assert mirror.get_items(conn, PORTAL, [smart.ref, deal(2).ref]) == {smart.ref: smart}


def test_a_tombstone_hides_an_item_until_it_is_read_again(database):
    with database.write() as conn:
        mirror.upsert_items(conn, PORTAL, [deal(1), deal(2)], NOW)
        assert mirror.mark_gone(conn, PORTAL, [deal(1).ref, deal(3).ref], NOW) == [deal(1).ref]
        assert mirror.mark_gone(conn, PORTAL, [deal(1).ref], NOW) == []
        assert mirror.get_item(conn, PORTAL, deal(1).ref) is None
        assert mirror.ids(conn, PORTAL, 2) == {2}
        assert mirror.count(conn, PORTAL) == {2: 1}
        assert mirror.upsert_items(conn, PORTAL, [deal(1)], LATER) == [
            ItemChange(deal(1).ref, deal(1), deal(1), was_gone=True)
        ]
        assert mirror.ids(conn, PORTAL, 2) == {1, 2}


def test_items_are_listed_by_board_and_in_pages(database):
    with database.write() as conn:
        page = [deal(number, stage_id=f"C5:{number % 3}") for number in range(1, 10)]
        mirror.upsert_items(conn, PORTAL, [*page, deal(10, category_id=0)], NOW)
        in_two = mirror.items(conn, PORTAL, 2, category_id=5, stage_ids=["C5:0", "C5:1"])
        assert [item.ref.id for item in in_two] == [1, 3, 4, 6, 7, 9]
        second_page = mirror.items(conn, PORTAL, 2, after_id=4, limit=3)
        assert [item.ref.id for item in second_page] == [5, 6, 7]


def test_a_whole_board_of_items_fits_in_one_call(database):
    board = [deal(number) for number in range(1, 6_001)]
    with database.write() as conn:
        assert len(mirror.upsert_items(conn, PORTAL, board, NOW)) == 6_000
        assert len(mirror.get_items(conn, PORTAL, [item.ref for item in board])) == 6_000
        assert mirror.upsert_items(conn, PORTAL, board, NOW) == []


def test_a_row_that_was_damaged_is_found_by_a_thorough_look_alone(database):
    hostile = deal(3, title="a\x00b", amount=Decimal("12.50"), fields={"x": ["\ud800"]})
    with database.write() as conn:
        mirror.upsert_items(conn, PORTAL, [deal(1), deal(2), hostile], NOW)
        conn.execute(update(item).where(item.c.id == 2).values(title="damaged"))
        assert mirror.upsert_items(conn, PORTAL, [deal(1), deal(2), hostile], LATER) == []
        changes = mirror.upsert_items(conn, PORTAL, [deal(1), deal(2), hostile], LATER, is_thorough=True)
        assert [change.after for change in changes] == [deal(2)]
        assert mirror.get_item(conn, PORTAL, deal(2).ref) == deal(2)
        assert not mirror.upsert_items(conn, PORTAL, [deal(1), deal(2), hostile], LATER, is_thorough=True)


def test_ids_can_be_asked_for_range_by_range(database):
    with database.write() as conn:
        mirror.upsert_items(conn, PORTAL, map(deal, (1, 2, 3, 4)), NOW)
        mirror.mark_gone(conn, PORTAL, [deal(3).ref], NOW)
        assert mirror.ids(conn, PORTAL, 2) == {1, 2, 4}
        assert mirror.ids(conn, PORTAL, 2, above=1, upto=3) == {2}
        assert mirror.ids(conn, PORTAL, 2, above=2) == {4}
