"""How the board speaks: its words, counted nouns, days, moments and amounts, in English and in Russian.

English is the key of the table. Names that the portal gives (stages, fields, people) stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal

from connector.sandbox.board.russian import MONTHS, NOUNS, RUSSIAN

LANGUAGES = ("en", "ru")
_SPACE = "\N{NO-BREAK SPACE}"
_SIGNS = {"USD": "$", "EUR": "€", "RUB": "₽", "GBP": "£"}
_ENGLISH_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
#: One and many, in English.
_ENGLISH_NOUNS = {
    "task": ("task", "tasks"),
    "overdue": ("overdue", "overdue"),
    "card": ("card", "cards"),
    "day": ("day", "days"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The language of one reader, and the zone that the reader's clocks show."""

    language: str
    zone: tzinfo

    def __call__(self, text: str, **values: object) -> str:
        """The words for an English text; `{name}` in it is replaced by a value."""
        said = RUSSIAN.get(text, text) if self.language == "ru" else text
        return said.format(**values) if values else said

    def count(self, number: int, noun: str) -> str:
        """`3 tasks`, `3 задачи`."""
        if self.language != "ru":
            one, many = _ENGLISH_NOUNS[noun]
            return f"{self.number(number)}{_SPACE}{one if number == 1 else many}"
        one, few, many = NOUNS[noun]
        tens, last = number % 100, number % 10
        form = many if 11 <= tens <= 14 else one if last == 1 else few if 2 <= last <= 4 else many
        return f"{self.number(number)}{_SPACE}{form}"

    def number(self, value: int | Decimal) -> str:
        """With the language's thousands separator; hundredths only where there are some."""
        is_whole = value == int(value)
        text = f"{int(value):,}" if is_whole else f"{value:,.2f}"
        if self.language == "ru":
            return text.replace(",", _SPACE).replace(".", ",")
        return text

    def money(self, amount: Decimal, currency: str) -> str:
        sign = _SIGNS.get(currency)
        text = self.number(amount)
        if sign is None or self.language == "ru":
            return f"{text}{_SPACE}{sign or currency}"
        return f"-{sign}{text[1:]}" if text.startswith("-") else f"{sign}{text}"

    def day(self, day: date, today: date | None = None) -> str:
        """`5 Nov` in the year of `today`, else `5 Nov 2024`."""
        month = (MONTHS if self.language == "ru" else _ENGLISH_MONTHS)[day.month - 1]
        short = f"{day.day}{_SPACE}{month}"
        return short if today is not None and today.year == day.year else f"{short}{_SPACE}{day.year}"

    def moment(self, at: datetime, now: datetime | None = None) -> str:
        """Day and time on the reader's clock; `now` shortens what is today or this year."""
        local = at.astimezone(self.zone)
        today = now.astimezone(self.zone).date() if now is not None else None
        if today == local.date():
            return f"{self('today')}{_SPACE}{local:%H:%M}"
        return f"{self.day(local.date(), today)}, {local:%H:%M}"
