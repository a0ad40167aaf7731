"""When reports are due, and which days they are about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connector.config import ReportConfig
from connector.reports.schedule import days_of, last_due, next_due, period_of

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")


def report(**keys: Any) -> ReportConfig:
    return ReportConfig(name="one", pipelines=("sale",), **keys)


def at(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=MOSCOW)  # type: ignore[misc, arg-type]


#: A Wednesday.
NOW = at(2026, 4, 1, 7, 59)


@pytest.mark.parametrize(
    ("keys", "last", "following"),
    [
        ({"every": "day"}, at(2026, 3, 31, 8), at(2026, 4, 1, 8)),
        ({"every": "day", "at": "07:59"}, at(2026, 4, 1, 7, 59), at(2026, 4, 2, 7, 59)),
        ({"every": "week"}, at(2026, 3, 30, 8), at(2026, 4, 6, 8)),
        ({"every": "week", "weekday": "wed"}, at(2026, 3, 25, 8), at(2026, 4, 1, 8)),
        ({"every": "month"}, at(2026, 3, 1, 8), at(2026, 4, 1, 8)),
        ({"every": "month", "day": 31, "at": "23:30"}, at(2026, 3, 31, 23, 30), at(2026, 4, 30, 23, 30)),
    ],
)
def test_a_schedule_has_a_last_and_a_next_instant(
    keys: dict[str, Any], last: datetime, following: datetime
) -> None:
    assert last_due(report(**keys), MOSCOW, NOW) == last
    assert next_due(report(**keys), MOSCOW, NOW) == following


@pytest.mark.parametrize(
    ("keys", "first", "last"),
    [
        ({"every": "day"}, date(2026, 3, 31), date(2026, 3, 31)),
        ({"every": "week"}, date(2026, 3, 23), date(2026, 3, 29)),
        ({"every": "month"}, date(2026, 3, 1), date(2026, 3, 31)),
        ({"every": "month", "period": "quarter"}, date(2026, 1, 1), date(2026, 3, 31)),
        ({"every": "month", "period": "year"}, date(2025, 1, 1), date(2025, 12, 31)),
        ({"every": "day", "period": "30 days"}, date(2026, 3, 2), date(2026, 3, 31)),
        ({"every": "week", "period": "day"}, date(2026, 3, 31), date(2026, 3, 31)),
    ],
)
def test_a_report_is_about_whole_days_that_are_over(keys: dict[str, Any], first: date, last: date) -> None:
    assert days_of(report(**keys), MOSCOW, NOW) == (first, last)


def test_a_time_that_the_clock_skips_is_due_once_and_one_that_it_shows_twice_too() -> None:
    nightly = report(every="day", at="02:30")
    for month, sunday in ((3, 29), (10, 25)):
        first = datetime(2026, month, sunday - 1, 2, tzinfo=UTC)
        hours = [first + timedelta(hours=hour) for hour in range(50)]
        dues = sorted({last_due(nightly, BERLIN, hour) for hour in hours})
        assert [due.astimezone(BERLIN).day for due in dues] == [sunday - 1, sunday, sunday + 1]


def test_a_period_ends_at_midnight_and_never_beyond_now() -> None:
    whole = period_of(date(2026, 3, 23), date(2026, 3, 29), MOSCOW, NOW)
    assert (whole.since, whole.until) == (at(2026, 3, 23), at(2026, 3, 30))
    assert period_of(date(2026, 4, 1), date(2026, 4, 1), MOSCOW, NOW).until == NOW
