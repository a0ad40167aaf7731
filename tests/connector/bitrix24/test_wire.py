"""The portal's spellings are read, and what is none of them is not guessed at."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.bitrix24 import wire
from connector.bitrix24.wire import Unreadable

READERS = [
    wire.as_id,
    wire.need_id,
    wire.as_category,
    wire.as_ids,
    wire.as_instant,
    wire.as_date,
    wire.as_bool,
    wire.as_amount,
    wire.as_money,
    wire.as_text,
    wire.as_object,
    wire.rows_of,
]

READ: list[tuple[Any, Any, Any]] = [
    (wire.as_id, 7, 7),
    (wire.as_id, "7", 7),
    (wire.as_id, 7.0, 7),
    *[(wire.as_id, nothing, None) for nothing in (0, "0", "", None, [], "undefined")],
    (wire.as_category, 0, 0),
    (wire.as_category, "0", 0),
    (wire.as_category, "10", 10),
    (wire.as_category, None, None),
    (wire.as_ids, [1, "2", 0, None], (1, 2)),
    (wire.as_ids, {"5": "5", "7": 7}, (5, 7)),
    (wire.as_ids, [], ()),
    (wire.as_ids, None, ()),
    (wire.as_ids, "5", (5,)),
    (wire.as_instant, "2026-03-01T18:00:00+03:00", datetime(2026, 3, 1, 15, tzinfo=UTC)),
    (wire.as_instant, "2026-03-01T15:00:00Z", datetime(2026, 3, 1, 15, tzinfo=UTC)),
    *[(wire.as_instant, nothing, None) for nothing in (None, "", {}, [], "undefined")],
    (wire.as_date, "2026-03-01", date(2026, 3, 1)),
    (wire.as_date, "2024-06-18T02:00:00+02:00", date(2024, 6, 18)),
    (wire.as_date, "", None),
    *[(wire.as_bool, yes, True) for yes in ("Y", "y", True, "true", "1", 1)],
    *[(wire.as_bool, no, False) for no in ("N", False, "false", "0", 0, "", None)],
    (wire.as_amount, 999.99, Decimal("999.99")),
    (wire.as_amount, "1000000.00", Decimal("1000000.00")),
    (wire.as_amount, 0, Decimal(0)),
    (wire.as_amount, None, None),
    (wire.as_money, "300|RUB", (Decimal(300), "RUB")),
    (wire.as_money, "300.5", (Decimal("300.5"), None)),
    (wire.as_money, "|EUR", None),
    (wire.as_money, "", None),
    (wire.as_text, "NEW", "NEW"),
    (wire.as_text, 5, "5"),
    (wire.as_text, "", None),
    (wire.as_object, [], {}),
    (wire.as_object, {"a": 1}, {"a": 1}),
]


@pytest.mark.parametrize(("reader", "value", "expected"), READ)
def test_it_is_read(reader: Any, value: Any, expected: Any) -> None:
    assert reader(value) == expected


UNREAD: list[tuple[Any, Any]] = [
    *[(wire.as_id, value) for value in ("x", 1.5, {"id": 1}, [1], True)],
    (wire.need_id, 0),
    (wire.need_id, None),
    *[
        (wire.as_instant, value)
        for value in ("2026-03-01T18:00:00", "24.08.2023 13:19:39", 1, {"a": 1}, "soon")
    ],
    *[(wire.as_date, value) for value in ("01.03.2026", 20260301, "soon")],
    *[(wire.as_bool, value) for value in ("maybe", 2, [], {})],
    *[(wire.as_amount, value) for value in ("much", "NaN", "Infinity", True, [])],
    *[(wire.as_money, value) for value in ("x|RUB", {})],
    *[(wire.as_text, value) for value in ([], {}, True)],
    *[(wire.as_object, value) for value in ([1], "x", 1)],
    *[(wire.rows_of, value) for value in ({}, [1], "x", None)],
]


@pytest.mark.parametrize(("reader", "value"), UNREAD)
def test_it_is_not_guessed_at(reader: Any, value: Any) -> None:
    with pytest.raises(Unreadable, match="expected"):
        reader(value)


def test_a_field_that_cannot_be_read_is_named_without_its_value() -> None:
    with pytest.raises(Unreadable, match="assignedById: expected an id, got str") as unread:
        wire.read({"assignedById": "Anna Example"}, "assignedById", wire.as_id)
    assert "Anna" not in str(unread.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON, reader=st.sampled_from(READERS))
def test_any_json_is_either_read_or_unreadable(value: Any, reader: Any) -> None:
    with suppress(Unreadable):
        reader(value)


@given(
    at=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    offset=st.integers(-12 * 60, 14 * 60),
)
def test_an_instant_is_the_same_whatever_the_portals_offset(at: datetime, offset: int) -> None:
    there = at.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)))
    found = wire.as_instant(there.isoformat())
    assert found == there
    assert found.tzinfo is UTC


@given(st.decimals(min_value=0, max_value=10**12, places=2), st.sampled_from(["RUB", "USD"]))
def test_money_comes_back_as_it_was_written(amount: Decimal, currency: str) -> None:
    assert wire.as_money(wire.money(amount, currency)) == (amount, currency)


def test_download_links_are_dropped_because_they_hold_credentials() -> None:
    file = {
        "id": 1,
        "url": "https://x/?auth=s",
        "urlMachine": "https://x/rest/1/s/",
        "downloadUrl": "x",
        "name": "a",
    }
    assert wire.without_links([file, 5, "https://kept.example"]) == [
        {"id": 1, "name": "a"},
        5,
        "https://kept.example",
    ]
