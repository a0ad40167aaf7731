"""What is put into a column comes out again, on both databases, exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from connector.store import mirror, watermarks
from connector.store.columns import dump_json
from tests.connector.store.samples import NOW, PORTAL, deal


def kept(database, item):
    with database.write() as conn:
        mirror.upsert_items(conn, PORTAL, [item], NOW)
    with database.read() as conn:
        return mirror.get_item(conn, PORTAL, item.ref)


def test_an_item_comes_back_as_it_was(database):
    assert kept(database, deal(1)) == deal(1)


def test_an_item_of_empty_values_comes_back_as_it_was(database):
    empty = deal(
        1, category_id=None, stage_id=None, semantics=None, owner_id=None, amount=None, currency=None,
        company_id=None, contact_ids=(), source_id=None, created_at=None, moved_by=None, fields={},
    )  # fmt: skip
    assert kept(database, empty) == empty


def test_an_instant_of_any_zone_comes_back_aware_and_in_utc(database):
    almaty = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5)))
    back = kept(database, deal(1, updated_at=almaty)).updated_at
    assert back == almaty
    assert back.tzinfo == UTC


def test_instants_sort_as_time_does(database):
    instants = [
        NOW.replace(microsecond=0),
        NOW.replace(microsecond=1),
        NOW + timedelta(hours=1),
        datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 3, 2, 13, tzinfo=timezone(timedelta(hours=6))),
    ]
    items = [deal(number, updated_at=at) for number, at in enumerate(instants, 1)]
    with database.write() as conn:
        mirror.upsert_items(conn, PORTAL, items, NOW)
        numbers = list(conn.scalars(text("SELECT id FROM item ORDER BY updated_at")))
    assert [instants[number - 1] for number in numbers] == sorted(instants)


def test_an_instant_without_a_zone_is_refused(database):
    naive = deal(1, updated_at=datetime(2026, 3, 2, 9))  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        kept(database, naive)
    with pytest.raises(ValueError, match="aware"), database.write() as conn:
        watermarks.put(conn, PORTAL, "n", 1, naive.updated_at)


@pytest.mark.parametrize(
    "amount", ["0", "0.10", "1499.9", "-3.333", "12345678901234567890.123456789", "1E+3"]
)
def test_money_is_exact(database, amount):
    assert kept(database, deal(1, amount=Decimal(amount))).amount == Decimal(amount)


@pytest.mark.parametrize(
    "value",
    [
        {"b": 1, "a": [None, True, 1.5, "ё", {}]},
        2**70,
        "\x00 and \ud800 and \\u0000",
        {"deep": {"er": [[["\x00"]]]}},
        1e300,
        "",
    ],
)
def test_json_is_exact(database, value):
    with database.write() as conn:
        watermarks.put(conn, PORTAL, "n", value, NOW)
    with database.read() as conn:
        back = watermarks.get(conn, PORTAL, "n")
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("value", [{1: "a"}, {2**70: 1}, NOW, {"a": Decimal(1)}, {"a": {1, 2}}, b"a"])
def test_what_json_cannot_give_back_is_refused(value):
    with pytest.raises(TypeError):
        dump_json(value)


@given(st.recursive(st.none() | st.integers() | st.text() | st.booleans(), lambda inner: st.lists(inner)
                    | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_equal_json_is_equal_text(value):
    turned = dict(reversed(value.items())) if isinstance(value, dict) else value
    assert dump_json(value) == dump_json(turned)


def test_text_that_a_database_refuses_does_not_stop_a_page(database):
    hostile = deal(1, title="a\x00b\ud800c", source_id="\x00", fields={"x": "\x00'; DROP TABLE item; --"})
    back = kept(database, hostile)
    assert back.title == "a\ufffdb\ufffdc"
    assert back.fields == {"x": "\ufffd'; DROP TABLE item; --"}
    with database.write() as conn:
        assert mirror.upsert_items(conn, PORTAL, [hostile], NOW) == []


def test_not_a_number_is_not_money(database):
    with pytest.raises(ValueError, match="money"):
        kept(database, deal(1, amount=Decimal("NaN")))
