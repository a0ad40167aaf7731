"""When a report is due, and which days it is about. Days are those of the portal's time zone.

An instant is due from when the clock shows it. What was missed is due once: the last one counts.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from connector.config.reports import ReportConfig, Weekday
from connector.store.figures import Period
from pipelines.calendar import to_instant

_DAY = timedelta(days=1)
_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
#: Months that begin a span of this many.
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def last_due(report: ReportConfig, zone: ZoneInfo, now: datetime) -> datetime:
    """The last instant, not after now, at which the report was to be made."""
    return next(at for at in _backwards(report, zone, now.astimezone(zone).date()) if at <= now)


def next_due(report: ReportConfig, zone: ZoneInfo, now: datetime) -> datetime:
    """The first instant after now at which it is to be made."""
    far = now.astimezone(zone).date() + timedelta(days=62)
    return min(at for at, _ in zip(_backwards(report, zone, far), range(64), strict=False) if at > now)


def _backwards(report: ReportConfig, zone: ZoneInfo, last: date) -> Iterator[datetime]:
    """The instants of the schedule, the latest first, from that day on."""
    clock = time.fromisoformat(report.at)
    day = last
    while True:
        if _is_day_of(report, day):
            yield to_instant(datetime.combine(day, clock), zone)
        day -= _DAY


def _is_day_of(report: ReportConfig, day: date) -> bool:
    match report.every:
        case "day":
            return True
        case "week":
            return _WEEKDAYS[day.weekday()] == report.weekday
        case "month":
            return day.day == min(report.day, monthrange(day.year, day.month)[1])


def days_of(report: ReportConfig, zone: ZoneInfo, at: datetime) -> tuple[date, date]:
    """The first and the last day that the report of that instant is about: whole ones that are over."""
    today = at.astimezone(zone).date()
    span = report.period or report.every
    if span in _MONTHS:
        months = _MONTHS[span]
        first = today.replace(month=(today.month - 1) // months * months + 1, day=1)
        return _months_before(first, months), first - _DAY
    if span == "week":
        monday = today - timedelta(days=today.weekday())
        return monday - timedelta(weeks=1), monday - _DAY
    days = 1 if span == "day" else int(span.partition(" ")[0])
    return today - timedelta(days=days), today - _DAY


def _months_before(first: date, months: int) -> date:
    place = first.year * 12 + first.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


def period_of(first: date, last: date, zone: ZoneInfo, now: datetime) -> Period:
    """From the first midnight to the last one, and not beyond now."""
    begins = to_instant(datetime.combine(first, time()), zone)
    ends = to_instant(datetime.combine(last + _DAY, time()), zone)
    return Period(begins, min(ends, now))
