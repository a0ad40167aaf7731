"""Working time of a portal: zone, hours, weekdays, public holidays; what a duration comes to in it.

Working time is counted as it passes (an hour is an hour, also when the clocks change); days are counted on
the local calendar. A local time that comes twice is the first one, one that does not come at all is the next
that does. Public holidays, and weekends worked in return, come from the `holidays` package; an admin's own
dates overrule them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, ClassVar, Literal, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from pipelines.durations import Duration, Unit
from pipelines.elements import Element, as_tuple

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: When people begin and end on one day, in UTC.
Openings = tuple[tuple[datetime, datetime], ...]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
#: A calendar without one working day in so many days is a mistake, not a long wait.
_HORIZON_DAYS = 400
_DAY = timedelta(days=1)
_DAYS = {Unit.DAY: timedelta(days=1), Unit.WEEK: timedelta(days=7)}
_SPANS = {
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.WORKING_MINUTE: timedelta(minutes=1),
    Unit.WORKING_HOUR: timedelta(hours=1),
}


class _Day(NamedTuple):
    """A local day."""

    openings: Openings
    #: How far the clocks are ahead of UTC; None when they change in the course of the day.
    ahead: timedelta | None


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When people work. Instants that are given are aware; those that are returned are in UTC."""

    zone: ZoneInfo
    #: Openings of a working day, in order and apart: minutes from local midnight, from and to.
    hours: tuple[tuple[int, int], ...]
    #: 0 is Monday.
    weekdays: frozenset[int]
    country: str | None = None
    days_off: frozenset[date] = frozenset()
    working_dates: frozenset[date] = frozenset()
    #: The days that were asked for.
    _known: dict[date, _Day] = field(default_factory=dict, init=False, repr=False, compare=False)
    #: Day → the next working day, of those that were asked for.
    _next: dict[date, date] = field(default_factory=dict, init=False, repr=False, compare=False)
    #: The last start that working days were counted from, and when they begin: it is asked for several times.
    _begins: dict[datetime, datetime] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_working_day(self, day: date) -> bool:
        """Whether people work on that local day."""
        return bool(self._day(day).openings)

    def _is_working_day(self, day: date) -> bool:
        if day in self.working_dates:
            return True
        if day in self.days_off:
            return False
        off, worked = public_days(self.country, day.year) if self.country else (frozenset(), frozenset())
        return day in worked or (day.weekday() in self.weekdays and day not in off)

    def is_working_time(self, instant: datetime) -> bool:
        """Whether people work at that instant; the minute of closing is none."""
        day = instant.astimezone(self.zone).date()
        return any(opens <= instant < closes for opens, closes in self._day(day).openings)

    def add(self, start: datetime, duration: Duration) -> datetime:
        """The instant that lies `duration` after `start`.

        Days and weeks keep the local time. Working days do so from the next opening, when `start` is outside
        working hours. Raises ValueError when the calendar has no working day for more than a year.
        """
        unit, amount = duration.unit, duration.amount
        if unit is Unit.WORKING_DAY:
            return self._add_working_days(start, amount)
        if unit is Unit.WORKING_WEEK:
            return self._add_working_days(start, amount * len(self.weekdays))
        if unit in _DAYS:
            local = start.astimezone(self.zone)
            return self._at(local.date() + amount * _DAYS[unit], local)
        span = amount * _SPANS[unit]
        return self._add_working_time(start, span) if unit.is_working else start.astimezone(UTC) + span

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end`; negative when `end` is the earlier."""
        if end < start:
            return -self.between(end, start)
        total = timedelta()
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            for opens, closes in self._day(day).openings:
                total += max(timedelta(), min(closes, end) - max(opens, start))
            day += _DAY
        return total

    def next_opening(self, start: datetime) -> datetime:
        """`start` itself when people work then, or else the next instant at which they begin."""
        day = start.astimezone(self.zone).date()
        for opens, closes in self._day(day).openings or self._openings_from(day):
            if start < closes:
                return max(opens, start.astimezone(UTC))
        return next(self._openings_from(day + _DAY))[0]

    def _add_working_days(self, start: datetime, amount: int) -> datetime:
        begin = self._begins.get(start)
        if begin is None:
            begin = self.next_opening(start).astimezone(self.zone)
            self._begins.clear()
            self._begins[start] = begin
        day = begin.date()
        for _ in range(amount):
            day = self._next.get(day) or self._look_for_next(day)
        return self._at(day, begin)

    def _look_for_next(self, day: date) -> date:
        found = self._next[day] = next(self._working_days_from(day + _DAY))
        return found

    def _add_working_time(self, start: datetime, span: timedelta) -> datetime:
        for opens, closes in self._openings_from(start.astimezone(self.zone).date()):
            begin = max(opens, start.astimezone(UTC))
            if begin < closes:
                if span <= closes - begin:
                    return begin + span
                span -= closes - begin
        raise AssertionError("the openings never end")

    def _at(self, day: date, local: datetime) -> datetime:
        """The instant at which the clocks show on `day` what they show at `local`."""
        ahead = self._day(day).ahead
        if ahead is None:
            return to_instant(datetime.combine(day, local.time()), self.zone)
        return datetime.combine(day, local.time(), UTC) - ahead

    def _openings_from(self, first: date) -> Iterator[tuple[datetime, datetime]]:
        for day in self._working_days_from(first):
            yield from self._day(day).openings

    def _working_days_from(self, day: date) -> Iterator[date]:
        idle = 0
        while True:
            if self._day(day).openings:
                idle = 0
                yield day
            elif (idle := idle + 1) > _HORIZON_DAYS:
                raise ValueError(f"the working calendar has no working day in the {idle} days up to {day}")
            day += _DAY

    def _day(self, day: date) -> _Day:
        known = self._known.get(day)
        if known is None:
            openings = self._open(day) if self._is_working_day(day) else ()
            known = self._known[day] = _Day(openings, self._ahead(day))
        return known

    def _ahead(self, day: date) -> timedelta | None:
        clocks = [datetime.combine(day, each, self.zone) for each in (*map(time, range(24)), time.max)]
        ahead = {each.utcoffset() for each in (clocks[0].replace(fold=1), *clocks)}
        return ahead.pop() if len(ahead) == 1 else None

    def _open(self, day: date) -> Openings:
        midnight = datetime.combine(day, time())
        return tuple(
            (
                to_instant(midnight + timedelta(minutes=opens), self.zone),
                to_instant(midnight + timedelta(minutes=closes), self.zone),
            )
            for opens, closes in self.hours
        )


def to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a naive local time: the first of two, the next valid one when there is none."""
    first = local.replace(tzinfo=zone, fold=0)
    instant = first.astimezone(UTC)
    if instant.astimezone(zone) == first:  # in one zone, what the clocks show is compared
        return instant
    # In a gap: the clocks jump somewhere between the two readings of this local time.
    early, late = local.replace(tzinfo=zone, fold=1).astimezone(UTC), instant
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


@lru_cache(maxsize=256)
def public_days(country: str, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Public holidays of a country in a year, and the weekends that are worked in return."""
    import holidays  # a tenth of a second, and only calendars with a country need it

    days = holidays.country_holidays(country, years=year)
    return frozenset(days), frozenset(getattr(days, "weekend_workdays", ()))


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise PydanticCustomError(
            "time_zone", '"{name}" is no time zone: expected a name such as "Europe/Moscow"', {"name": name}
        )
    return name


def _known_country(code: str) -> str:
    import holidays

    if code not in holidays.list_supported_countries(include_aliases=False):
        raise PydanticCustomError(
            "country",
            'no public holidays are known of "{code}": expected a code such as "RU"',
            {"code": code},
        )
    return code


def _opening(text: str) -> str:
    opens, _, closes = text.partition("-")
    if not 0 <= _minutes(opens) < _minutes(closes) <= 24 * 60:
        raise PydanticCustomError(
            "hours",
            '"{text}" is no opening: expected from-to in one day, such as "09:00-18:00"',
            {"text": text},
        )
    return text


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes or 0)


def _in_order(openings: tuple[str, ...]) -> tuple[str, ...]:
    ends = [_minutes(end) for opening in openings for end in opening.split("-")]
    if ends != sorted(ends):
        raise PydanticCustomError("hours", "openings of a day go in order and do not overlap")
    return openings


Opening = Annotated[str, Field(pattern=r"^\d{1,2}(:[0-5]\d)?-\d{1,2}(:[0-5]\d)?$"), AfterValidator(_opening)]


class CalendarSpec(Element):
    """A working calendar as config and scenarios write it."""

    noun: ClassVar[str] = "calendar"
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Moscow"
    hours: Annotated[
        tuple[Opening, ...],
        Field(min_length=1),
        BeforeValidator(as_tuple, json_schema_input_type=str | tuple[str, ...]),
        AfterValidator(_in_order),
    ] = ("09:00-18:00",)
    """Openings of a working day; two of them leave a break between."""
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = ("mon", "tue", "wed", "thu", "fri")
    country: Annotated[str, AfterValidator(_known_country)] | None = None
    """Public holidays of this country (ISO 3166 code), such as "RU"."""
    holidays: tuple[date, ...] = ()
    """Days off besides."""
    working_dates: tuple[date, ...] = ()
    """Days that are worked although the rest says no."""

    def build(self) -> WorkingCalendar:
        """The calendar that this describes."""
        ends = [opening.partition("-") for opening in self.hours]
        return WorkingCalendar(
            zone=ZoneInfo(self.time_zone),
            hours=tuple((_minutes(opens), _minutes(closes)) for opens, _, closes in ends),
            weekdays=frozenset(map(WEEKDAYS.index, self.weekdays)),
            country=self.country,
            days_off=frozenset(self.holidays),
            working_dates=frozenset(self.working_dates),
        )
