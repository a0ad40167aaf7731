"""Durations as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.durations import Duration, Unit


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("15 minutes", 15, Unit.MINUTE),
        ("1 hour", 1, Unit.HOUR),
        ("2 days", 2, Unit.DAY),
        ("1 week", 1, Unit.WEEK),
        ("3 working days", 3, Unit.WORKING_DAY),
        (" 6  working  hours ", 6, Unit.WORKING_HOUR),
        ("30 working minutes", 30, Unit.WORKING_MINUTE),
        ("2 working weeks", 2, Unit.WORKING_WEEK),
    ],
)
def test_a_duration_is_an_amount_and_a_unit(text: str, amount: int, unit: Unit) -> None:
    assert Duration.parse(text) == Duration(amount, unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "days",
        "0 days",
        "-1 days",
        "1.5 days",
        "3 dyas",
        "3 business days",
        "1 day 2 hours",
        "2 Days",
    ],
)
def test_anything_else_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="3 working days"):
        Duration.parse(text)


def test_more_than_ten_years_is_a_slip_of_the_hand() -> None:
    with pytest.raises(ValueError, match="ten years"):
        Duration.parse("999999 working days")


@given(st.integers(1, 500), st.sampled_from(Unit))
def test_what_is_written_is_read_again(amount: int, unit: Unit) -> None:
    duration = Duration(amount, unit)
    assert Duration.parse(str(duration)) == duration
