"""Working time of a portal: zone, hours, weekdays, public holidays; what a duration comes to in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from pipelines.durations import Duration
from pipelines.elements import Element

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class CalendarSpec(Element):
    """A working calendar as config and scenarios write it."""

    noun: ClassVar[str] = "calendar"
    time_zone: str = "Europe/Moscow"
    hours: tuple[Annotated[str, Field(pattern=r"^\d{1,2}:\d{2}-\d{1,2}:\d{2}$")], ...] = ("09:00-18:00",)
    weekdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    country: str | None = None
    """Public holidays of this country (ISO 3166 code), such as "RU"."""
    holidays: tuple[date, ...] = ()
    """Days off besides."""
    working_dates: tuple[date, ...] = ()
    """Days that are worked although the rest says no."""

    def build(self) -> WorkingCalendar:
        """The calendar that this describes."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When people work; every instant given and returned is aware, returned ones are UTC."""

    zone: ZoneInfo
    #: Openings of a working day, in order, apart: (from, to); to 24:00 is time.max.
    hours: tuple[tuple[time, time], ...]
    #: 0 is Monday.
    weekdays: frozenset[int]
    country: str | None = None
    days_off: frozenset[date] = frozenset()
    working_dates: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        raise NotImplementedError

    def add(self, start: datetime, duration: Duration) -> datetime:
        """The instant that lies `duration` after `start`."""
        raise NotImplementedError

    def subtract(self, end: datetime, duration: Duration) -> datetime:
        """The instant that lies `duration` before `end`."""
        raise NotImplementedError

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end` (negative when `end` is earlier)."""
        raise NotImplementedError
