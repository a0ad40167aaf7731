"""How numbers and dates are written on charts: d3's locales for both languages.

https://d3js.org/d3-format#formatLocale, https://d3js.org/d3-time-format#timeFormatLocale
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

if TYPE_CHECKING:
    from pipelines.engine.model import Language


_DATES: Mapping[Language, Mapping[str, str]] = {
    "en": {"dateTime": "%x, %X", "date": "%-m/%-d/%Y", "time": "%-I:%M:%S %p"},
    "ru": {"dateTime": "%x, %X", "date": "%d.%m.%Y", "time": "%H:%M:%S"},
}


def numbers_of(language: Language) -> dict[str, Any]:
    """Decimal sign and groups of digits."""
    return {
        "decimal": get_decimal_symbol(language),
        "thousands": get_group_symbol(language),
        "grouping": [3],
        "currency": ["", ""],
        "percent": "%" if language == "en" else "\u00a0%",
    }


def dates_of(language: Language) -> dict[str, Any]:
    """Names of months and days."""
    locale = Locale(language)
    days, short_days = (locale.days["format"][width] for width in ("wide", "abbreviated"))
    months, short_months = (locale.months["format"][width] for width in ("wide", "abbreviated"))
    sunday_first = (6, 0, 1, 2, 3, 4, 5)
    return {
        **_DATES[language],
        "periods": ["AM", "PM"],
        "days": [days[number] for number in sunday_first],
        "shortDays": [short_days[number] for number in sunday_first],
        "months": [months[number] for number in range(1, 13)],
        "shortMonths": [short_months[number] for number in range(1, 13)],
    }
