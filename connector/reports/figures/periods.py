"""Periods as people ask for them: whole days of the portal's time zone, and never beyond now."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connector.store.figures import Period
from pipelines.calendar import to_instant


def period_of(first: date, last: date, zone: ZoneInfo, now: datetime) -> Period:
    """From the first midnight of `first` to the last of `last`; ValueError if nothing has happened yet."""
    if first > last:
        raise ValueError(f"the period ends on {last} before it begins on {first}")
    begins = to_instant(datetime.combine(first, time()), zone)
    ends = to_instant(datetime.combine(last + timedelta(days=1), time()), zone)
    if begins >= now:
        raise ValueError(f"nothing has happened yet: the period begins on {first}")
    return Period(begins, min(ends, now))
