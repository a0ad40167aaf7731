"""How values are shown to people in a text: plain, in the portal's zone and language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from math import isfinite
from typing import Any

from pipelines.engine.model import Language
from pipelines.engine.phrases import phrase


def show(value: Any, language: Language, zone: tzinfo = UTC) -> str:
    """A value as people read it; empty is an empty text. Not escaped: that depends on where it goes."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return phrase("yes" if value else "no", language)
    if isinstance(value, datetime):
        return _show_instant(value.astimezone(zone), language)
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y" if language == "ru" else "%Y-%m-%d")
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, float | Decimal):
        return str(int(value)) if isfinite(value) and value == int(value) else str(value)
    if isinstance(value, Mapping):
        return show(value.get("name") or value.get("title") or value.get("id"), language, zone)
    if isinstance(value, list | tuple):
        return ", ".join(show(each, language, zone) for each in value)
    return str(value)


def _show_instant(at: datetime, language: Language) -> str:
    return at.strftime("%d.%m.%Y %H:%M" if language == "ru" else "%Y-%m-%d %H:%M")
