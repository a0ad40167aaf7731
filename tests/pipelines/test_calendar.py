"""Working time: holidays, nights, weekends, and days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.calendar import CalendarSpec, WorkingCalendar, to_instant
from pipelines.durations import Duration, Unit

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
OFFICE = CalendarSpec().build()
RUSSIA = CalendarSpec(country="RU").build()
BAKERY = CalendarSpec(
    time_zone="Europe/Berlin", hours=("02:00-06:00", "07:00-09:30"), weekdays=("mon", "tue", "sat", "sun")
).build()
SHOP = CalendarSpec(
    time_zone="America/New_York", hours=("00:00-24:00",), weekdays=("mon", "wed", "sun"), country="US"
).build()
CALENDARS = [OFFICE, RUSSIA, BAKERY, SHOP]


def moscow(day: int, hour: int, minute: int = 0, month: int = 1, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=MOSCOW)


def after(start: datetime, text: str, calendar: WorkingCalendar = OFFICE) -> datetime:
    return calendar.add(start, Duration.parse(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15 minutes", moscow(12, 9, 15)),
        ("30 hours", moscow(13, 15)),
        ("2 days", moscow(14, 9)),
        ("1 week", moscow(19, 9)),
        ("1 working day", moscow(13, 9)),
        ("5 working days", moscow(19, 9)),
        ("1 working week", moscow(19, 9)),
        ("6 working hours", moscow(12, 15)),
        ("9 working hours", moscow(12, 18)),
        ("10 working hours", moscow(13, 10)),
        ("541 working minutes", moscow(13, 9, 1)),
    ],
)
def test_from_a_monday_morning(text: str, expected: datetime) -> None:
    assert after(moscow(12, 9), text) == expected


def test_n_working_days_later_is_the_same_local_time() -> None:
    assert after(moscow(15, 16, 40), "3 working days") == moscow(20, 16, 40)


def test_a_start_outside_working_hours_counts_from_the_next_opening() -> None:
    assert after(moscow(16, 19), "1 working day") == moscow(20, 9)  # Friday evening: from Monday 9:00
    assert after(moscow(17, 12), "2 working hours") == moscow(19, 11)  # Saturday
    assert after(moscow(13, 7), "1 working day") == moscow(14, 9)  # before the doors open
    assert after(moscow(13, 18), "1 working hour") == moscow(14, 10)  # the minute of closing is outside


def test_a_break_is_no_working_time() -> None:
    calendar = CalendarSpec(hours=("09:00-13:00", "14:00-18:00")).build()
    assert after(moscow(12, 12), "2 working hours", calendar) == moscow(12, 15)
    assert calendar.between(moscow(12, 9), moscow(12, 18)) == timedelta(hours=8)


def test_public_holidays_of_the_country_are_days_off() -> None:
    # In Russia 31 December to 9 January are holidays or days off instead of them; then comes a weekend.
    assert after(moscow(30, 12, month=12, year=2025), "1 working day", RUSSIA) == moscow(12, 12)
    assert not RUSSIA.is_working_day(date(2026, 1, 5))


def test_a_saturday_worked_in_return_is_a_working_day() -> None:
    assert RUSSIA.is_working_day(date(2024, 4, 27))


def test_dates_of_the_admin_overrule_the_country() -> None:
    calendar = CalendarSpec(
        country="RU", holidays=(date(2026, 1, 12),), working_dates=(date(2026, 1, 10),)
    ).build()
    assert after(moscow(30, 12, month=12, year=2025), "1 working day", calendar) == moscow(10, 12)
    assert not calendar.is_working_day(date(2026, 1, 12))


def test_an_ambiguous_hour_is_the_first_and_a_missing_one_the_next_that_comes() -> None:
    assert to_instant(datetime(2026, 10, 25, 2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # noqa: DTZ001
    assert to_instant(datetime(2026, 3, 29, 2, 30), BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # noqa: DTZ001
    apia = ZoneInfo("Pacific/Apia")  # 30 December 2011 did not happen there
    assert to_instant(datetime(2011, 12, 30, 12), apia).astimezone(apia).date() == date(2011, 12, 31)  # noqa: DTZ001


def test_a_day_later_keeps_the_local_time_over_a_change_of_clocks() -> None:
    start = datetime(2026, 3, 28, 9, tzinfo=BERLIN)
    assert BAKERY.add(start, Duration.parse("1 day")).astimezone(BERLIN).hour == 9
    assert BAKERY.add(start, Duration.parse("24 hours")).astimezone(BERLIN).hour == 10


def test_working_hours_are_hours_that_passed_also_in_the_night_of_the_change() -> None:
    # Sunday 29 March 2026, 02:00-06:00 in Berlin lasts three hours: the clocks jump from 2 to 3.
    start = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert BAKERY.between(start, datetime(2026, 3, 29, 4, tzinfo=UTC)) == timedelta(hours=3)
    assert BAKERY.add(start, Duration.parse("3 working hours")) == datetime(2026, 3, 29, 4, tzinfo=UTC)


def test_hours_may_be_written_short() -> None:
    assert CalendarSpec.model_validate({"hours": "9-18"}).build() == OFFICE


def test_a_calendar_without_working_days_says_so() -> None:
    calendar = WorkingCalendar(MOSCOW, ((540, 1080),), frozenset())
    with pytest.raises(ValueError, match="no working day"):
        calendar.add(moscow(12, 9), Duration.parse("1 working day"))


@pytest.mark.parametrize(
    "spec",
    [
        {"time_zone": "Europe/Moskow"},
        {"hours": ["18:00-09:00"]},
        {"hours": ["9:60-18"]},
        {"hours": ["09:00-13:00", "12:00-18:00"]},
        {"hours": []},
        {"weekdays": []},
        {"weekdays": ["monday"]},
        {"country": "Rusia"},
    ],
)
def test_a_calendar_that_cannot_be_is_refused(spec: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CalendarSpec.model_validate(spec)


instants = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001
    datetime(2028, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
durations = st.builds(Duration, st.integers(1, 60), st.sampled_from(Unit))
calendars = st.sampled_from(CALENDARS)


@given(calendars, instants, durations)
def test_what_comes_after_is_later(calendar: WorkingCalendar, start: datetime, duration: Duration) -> None:
    assert calendar.add(start, duration) > start


@given(st.sampled_from([OFFICE, RUSSIA]), instants, instants, durations)
def test_who_starts_later_does_not_end_earlier(
    calendar: WorkingCalendar, one: datetime, other: datetime, duration: Duration
) -> None:
    # Where clocks never change: a quarter to three may come before a quarter past two elsewhere.
    first, second = sorted((one, other))
    assert calendar.add(first, duration) <= calendar.add(second, duration)


@given(calendars, instants, st.integers(1, 90))
def test_working_time_added_is_the_working_time_between(
    calendar: WorkingCalendar, start: datetime, amount: int
) -> None:
    end = calendar.add(start, Duration(amount, Unit.WORKING_HOUR))
    assert calendar.between(start, end) == timedelta(hours=amount)
    assert calendar.between(end, start) == -timedelta(hours=amount)


@given(calendars, instants, instants, instants)
def test_working_time_adds_up(
    calendar: WorkingCalendar, one: datetime, two: datetime, three: datetime
) -> None:
    first, second, third = sorted((one, two, three))
    whole = calendar.between(first, third)
    assert whole == calendar.between(first, second) + calendar.between(second, third)
    assert timedelta() <= whole <= third - first


@given(calendars, instants, st.integers(1, 30), st.integers(1, 30))
def test_working_days_add_up(calendar: WorkingCalendar, start: datetime, one: int, two: int) -> None:
    """From a working instant whose local time comes on every day, days can be added in two goes."""
    begin = calendar.next_opening(start).astimezone(calendar.zone).replace(hour=8, minute=0)
    if not calendar.is_working_time(begin):
        begin = calendar.next_opening(begin)
    halfway = calendar.add(begin, Duration(one, Unit.WORKING_DAY))
    assert calendar.is_working_day(halfway.astimezone(calendar.zone).date())
    in_one_go = calendar.add(begin, Duration(one + two, Unit.WORKING_DAY))
    if calendar.is_working_time(halfway) and halfway.astimezone(calendar.zone).time() == (
        begin.astimezone(calendar.zone).time()
    ):
        assert calendar.add(halfway, Duration(two, Unit.WORKING_DAY)) == in_one_go


@given(calendars, instants, durations.filter(lambda duration: duration.unit is Unit.WORKING_HOUR))
def test_working_hours_end_in_working_time_or_at_closing(
    calendar: WorkingCalendar, start: datetime, duration: Duration
) -> None:
    end = calendar.add(start, duration)
    assert calendar.is_working_time(end - timedelta(seconds=1))
