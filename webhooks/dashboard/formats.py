"""Numbers, shares, money, dates and spans as the viewer's language writes them, in the portal's time zone.

Each is a filter of templates by its own name: `{{ row.amount | money("RUB") }}`. None becomes an en dash.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date as Date
from datetime import datetime, timedelta
from decimal import Decimal
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from babel import Locale
from babel import dates as babel_dates
from babel import numbers as babel_numbers
from jinja2 import Environment

from webhooks.dashboard import current

NOTHING: Final = "–"
P = ParamSpec("P")
T = TypeVar("T")


def locale() -> Locale:
    """English is written as in Britain: day before month, a clock of 24 hours."""
    return Locale.parse("ru" if current.language() == "ru" else "en_GB")


def _or_nothing(write: Callable[Concatenate[T, P], str]) -> Callable[Concatenate[T | None, P], str]:
    @wraps(write)
    def written(value: T | None, /, *args: P.args, **kwargs: P.kwargs) -> str:
        return NOTHING if value is None else write(value, *args, **kwargs)

    return written


@_or_nothing
def number(value: float | Decimal, digits: int = 0) -> str:
    """14,277 or 14 277; with at most so many digits after the point."""
    return str(babel_numbers.format_decimal(value, format=_figure("#" * digits), locale=locale()))


@_or_nothing
def percent(value: float, digits: int = 0) -> str:
    """A share of 1 as 63% or 63 %; with at most so many digits after the point."""
    sign = "\u00a0%" if current.language() == "ru" else "%"
    return str(babel_numbers.format_percent(value, format=_figure("#" * digits) + sign, locale=locale()))


@_or_nothing
def money(value: float | Decimal, currency: str = "", digits: int = 0) -> str:
    """An amount with its currency, as £1,250 or 1 250 £; without one, the plain number."""
    figure = str(babel_numbers.format_decimal(value, format=_figure("0" * digits), locale=locale()))
    if not currency:
        return figure
    symbol = babel_numbers.get_currency_symbol(currency, locale=locale())
    if current.language() == "ru":
        return f"{figure}\u00a0{symbol}"
    return f"{symbol}\u00a0{figure}" if symbol[-1].isalpha() else f"{symbol}{figure}"


def _figure(decimals: str) -> str:
    """The pattern of whole thousands, and so many decimals."""
    return f"#,##0.{decimals}" if decimals else "#,##0"


@_or_nothing
def date(value: Date | datetime) -> str:
    """4 Mar 2026; an instant's day is that of the portal's time zone."""
    day = value.astimezone(current.zone()).date() if isinstance(value, datetime) else value
    return str(babel_dates.format_date(day, format="d MMM y", locale=locale()))


def days(first: Date, last: Date) -> str:
    """2–8 Mar 2026; one day as `date` writes it."""
    return (
        str(babel_dates.format_interval(first, last, "yMMMd", locale=locale()))
        if first != last
        else date(first)
    )


@_or_nothing
def instant(value: datetime) -> str:
    """4 Mar 2026, 09:30 in the portal's time zone."""
    return str(
        babel_dates.format_datetime(value, format="d MMM y, HH:mm", tzinfo=current.zone(), locale=locale())
    )


@_or_nothing
def span(value: timedelta | float) -> str:
    """A length of time (seconds, if it is a number) in its largest unit: 3 days, 41 minutes."""
    length = value if isinstance(value, timedelta) else timedelta(seconds=value)
    return str(babel_dates.format_timedelta(max(length, timedelta()), threshold=2, locale=locale()))


@_or_nothing
def ago(value: datetime) -> str:
    """How long before now: 3 minutes ago."""
    passed = min(value - current.now(), timedelta(seconds=-1))
    return str(babel_dates.format_timedelta(passed, threshold=2, add_direction=True, locale=locale()))


def iso(value: datetime) -> str:
    """For the `datetime` of a `<time>`."""
    return value.isoformat()


def install(environment: Environment) -> None:
    """The functions of this module as filters."""
    for write in (number, percent, money, date, instant, span, ago, iso):
        environment.filters[write.__name__] = write
    environment.globals["days"] = days
