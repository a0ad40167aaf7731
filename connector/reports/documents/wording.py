"""What a document says beside its figures, and how it writes numbers and days, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_interval
from babel.numbers import format_decimal, format_percent

from connector.reports.figures.table import Cell, Kind
from pipelines.engine.model import Language

WORDS: Mapping[str, Mapping[Language, str]] = {
    "funnel": {"en": "Funnel", "ru": "Воронка"},
    "people": {"en": "People", "ru": "Сотрудники"},
    "delays": {"en": "Delays", "ru": "Задержки"},
    "outcomes": {"en": "Outcomes", "ru": "Итоги"},
    "open": {"en": "Open now", "ru": "Открыто сейчас"},
    "came": {"en": "Came in", "ru": "Пришло"},
    "won": {"en": "Won", "ru": "Выиграно"},
    "lost": {"en": "Lost", "ru": "Проиграно"},
    "over": {"en": "Over the limit", "ru": "Сверх предела"},
    "stalled": {"en": "At a standstill", "ru": "Без движения"},
    "nothing": {"en": "Nothing.", "ru": "Ничего нет."},
    "meaning": {"en": "What the figures mean", "ru": "Что означают показатели"},
    "made_at": {"en": "Made at {at}", "ru": "Составлено {at}"},
    "only": {"en": "Only: {names}", "ru": "Только: {names}"},
    "about": {"en": "About this file", "ru": "Об этом файле"},
    "sheet": {"en": "Sheet", "ru": "Лист"},
    "pipeline": {"en": "Pipeline", "ru": "Воронка"},
    "figure": {"en": "Figure", "ru": "Показатель"},
    "means": {"en": "What it means", "ru": "Что означает"},
    "not_drawn": {
        "en": "This chart could not be drawn; the table has its numbers.",
        "ru": "Эту диаграмму не удалось нарисовать; числа есть в таблице.",
    },
    "attached": {"en": "Attached: {names}.", "ru": "Во вложении: {names}."},
    "task": {"en": "Report: {title}, {days}", "ru": "Отчёт: {title}, {days}"},
}


class Wording:
    """Words, numbers and days of one language."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self._language, self._zone = language, zone
        self._write: Mapping[Kind, Callable[[Any], str]] = {
            "text": str,
            "integer": self.number,
            "amount": self._amount,
            "share": self._share,
            "hours": self._hours,
            "date": self.day,
            "instant": self.instant,
        }

    def say(self, name: str, **values: str) -> str:
        return WORDS[name][self._language].format(**values)

    def cell(self, cell: Cell, kind: Kind) -> str:
        """A cell as people read it; "" for an empty one."""
        return "" if cell is None else self._write[kind](cell)

    def number(self, number: int) -> str:
        return str(format_decimal(number, locale=self._language))

    def day(self, day: date) -> str:
        return str(format_date(day, "medium", locale=self._language))

    def days(self, first: date, last: date) -> str:
        """`Mar 23 – 29, 2026`."""
        if first == last:
            return self.day(first)
        # Thin spaces are for print; in the title of a task they are in the way.
        return str(format_interval(first, last, "yMMMd", locale=self._language)).replace("\u2009", " ")

    def instant(self, at: datetime) -> str:
        """By the clock of the portal."""
        local = at.astimezone(self._zone)
        return str(format_datetime(local, "d MMM y HH:mm", locale=self._language))

    def _amount(self, amount: Decimal) -> str:
        return str(format_decimal(amount, "#,##0.00", locale=self._language))

    def _share(self, share: float) -> str:
        return str(format_percent(share, locale=self._language))

    def _hours(self, hours: float) -> str:
        return str(format_decimal(hours, "#,##0.0", locale=self._language))
