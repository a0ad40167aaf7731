"""Working time between many pairs of instants: the openings are laid out once, each instant is looked up.

The same as `WorkingCalendar.between`, which walks from day to day: too slow for every stay of a year.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, time, timedelta

from pipelines.calendar import WorkingCalendar, to_instant

_DAY = timedelta(days=1)


class WorkingClock:
    """Knows the working time from `first` to `last`."""

    def __init__(self, calendar: WorkingCalendar, first: datetime, last: datetime) -> None:
        self._opens: list[float] = []
        self._closes: list[float] = []
        #: Working seconds before each opening.
        self._before: list[float] = []
        worked = 0.0
        day, end = (at.astimezone(calendar.zone).date() for at in (first, last))
        while day <= end:
            for opens, closes in _openings(calendar, day):
                self._opens.append(opens)
                self._closes.append(closes)
                self._before.append(worked)
                worked += closes - opens
            day += _DAY

    def seconds(self, start: datetime, end: datetime) -> float:
        """Working seconds from `start` to `end`, both between `first` and `last`."""
        return self._until(end.timestamp()) - self._until(start.timestamp())

    def _until(self, at: float) -> float:
        place = bisect_right(self._opens, at) - 1
        if place < 0:
            return 0.0
        return self._before[place] + min(at, self._closes[place]) - self._opens[place]


def _openings(calendar: WorkingCalendar, day: date) -> list[tuple[float, float]]:
    if not calendar.is_working_day(day):
        return []
    midnight = datetime.combine(day, time())
    return [
        (_instant(calendar, midnight, opens), _instant(calendar, midnight, closes))
        for opens, closes in calendar.hours
    ]


def _instant(calendar: WorkingCalendar, midnight: datetime, minutes: int) -> float:
    return to_instant(midnight + timedelta(minutes=minutes), calendar.zone).timestamp()
