"""Puts tables together in one language: headings with their titles and definitions, amounts, limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from connector.reports.figures.asking import Question
from connector.reports.figures.board import Column
from connector.reports.figures.definitions import definition_of
from connector.reports.figures.sections import Section
from connector.reports.figures.sums import Sums
from connector.reports.figures.table import Heading, Kind, Row, Table
from connector.reports.figures.words import word


class Writer:
    """Puts tables together in one language."""

    def __init__(self, question: Question) -> None:
        self._language = question.language

    def say(self, name: str) -> str:
        return word(name, self._language)

    def heading(self, name: str, kind: Kind = "integer") -> Heading:
        return Heading(name, self.say(name), kind)

    def headings(self, kind: Kind, *names: str) -> list[Heading]:
        return [self.heading(name, kind) for name in names]

    def person(self, user_id: int | None, name: str) -> str:
        return self.say("nobody") if user_id is None else name

    def limit(self, stage: Column) -> str | None:
        limit = stage.limit
        return None if limit is None else f"{limit.amount} {self.say('unit_' + limit.unit.value)}"

    def status(self, stage: Column) -> str:
        return self.say(f"status_{stage.status}")

    def table(self, section: Section, name: str, headings: Iterable[Heading], rows: Iterable[Row]) -> Table:
        of, language = f"{section}_{name}", self._language
        defined = tuple(replace(each, about=definition_of(of, each.name, language)) for each in headings)
        return Table(name, self.say(of), defined, tuple(rows), definition_of(of, None, language))

    def sums(self, sums: Iterable[Sums]) -> list[Heading]:
        """A column for each currency that there is."""
        currencies = sorted({currency for each in sums for currency, _ in each})
        return [
            Heading(f"amount_{currency or 'none'}", f"{self.say('amount')} {currency}".rstrip(), "amount")
            for currency in currencies
        ]


def amounts_of(headings: Iterable[Heading], sums: Sums) -> list[Decimal]:
    """The cells of `Writer.sums`; what there is nothing of is 0."""
    by_name = {f"amount_{currency or 'none'}": amount for currency, amount in sums}
    return [by_name.get(heading.name, Decimal()) for heading in headings]


def hours_of(seconds: float | None) -> float | None:
    """Two digits: half a minute."""
    return None if seconds is None else round(seconds / 3_600, 2)
