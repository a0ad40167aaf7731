"""Instants and spans as people say them: "tomorrow 18:00", "3 d 4 h"."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from connector.reports.story.words import word
from pipelines.engine.model import Language

_NEAR = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def when(at: datetime, now: datetime, zone: ZoneInfo, language: Language) -> str:
    """An instant beside the present one, in the zone; the year where it is another."""
    local, here = at.astimezone(zone), now.astimezone(zone)
    days = (local.date() - here.date()).days
    if days in _NEAR:
        return word(_NEAR[days], language, time=f"{local:%H:%M}")
    pattern = "EEE d MMM" if local.year == here.year else "d MMM y"
    return f"{format_date(local.date(), pattern, locale=language)}, {local:%H:%M}"


def working(seconds: float, language: Language) -> str:
    """A length of working time in hours: how long a working day is differs from office to office."""
    minutes = int(seconds // 60)
    return span(seconds, language) if minutes < 60 else word("whole_hours", language, hours=minutes // 60)


def span(seconds: float, language: Language) -> str:
    """A length of time in its two largest units."""
    minutes = int(timedelta(seconds=seconds).total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if days:
        return word("days", language, days=days, hours=hours % 24)
    if hours:
        return word("hours", language, hours=hours, minutes=minutes % 60)
    return word("minutes", language, minutes=minutes)
