"""Figures as tables: what the screen, a file and a chart's own table show, cell by cell the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from connector.reports.figures.asking import Question
from connector.reports.figures.board import Column
from connector.reports.figures.funnel import Funnel, funnel
from connector.reports.figures.sums import Sums
from connector.reports.figures.words import word
from connector.store import Connection

Section = Literal["funnel"]
#: `share` is a number from 0 to 1, `hours` a number of hours, `instant` is aware.
Kind = Literal["text", "integer", "amount", "share", "hours", "date", "instant"]
Cell = str | int | float | Decimal | date | datetime | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its name for programs, the same in every language, and its title for people."""

    name: str
    title: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a section."""

    name: str
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]


def tables_of(conn: Connection, question: Question, section: Section) -> list[Table]:
    """The tables of one section, computed."""
    return _SECTIONS[section](conn, question)


class _Writer:
    """Puts tables together in one language."""

    def __init__(self, question: Question) -> None:
        self._language = question.language

    def say(self, name: str) -> str:
        return word(name, self._language)

    def heading(self, name: str, kind: Kind = "integer") -> Heading:
        return Heading(name, self.say(name), kind)

    def headings(self, kind: Kind, *names: str) -> list[Heading]:
        return [self.heading(name, kind) for name in names]

    def status(self, stage: Column) -> str:
        return self.say(f"status_{stage.status}")

    def table(self, section: Section, name: str, headings: Iterable[Heading], rows: Iterable[Row]) -> Table:
        return Table(name, self.say(f"{section}_{name}"), tuple(headings), tuple(rows))

    def sums(self, sums: Iterable[Sums]) -> list[Heading]:
        """A column for each currency that there is."""
        currencies = sorted({currency for each in sums for currency, _ in each})
        return [
            Heading(f"amount_{currency or 'none'}", f"{self.say('amount')} {currency}".rstrip(), "amount")
            for currency in currencies
        ]


def _amounts(headings: Iterable[Heading], sums: Sums) -> list[Decimal]:
    """The cells of `_Writer.sums`; what there is nothing of is 0."""
    by_name = {f"amount_{currency or 'none'}": amount for currency, amount in sums}
    return [by_name.get(heading.name, Decimal()) for heading in headings]


def _funnel_tables(conn: Connection, question: Question) -> list[Table]:
    found, write = funnel(conn, question), _Writer(question)
    return [_flows(found, write), _closed(found, write), _weeks(found, write)]


def _flows(found: Funnel, write: _Writer) -> Table:
    amounts = write.sums(each.sums for each in found.flows)
    headings = [
        write.heading("stage", "text"),
        write.heading("now"),
        *amounts,
        *write.headings("integer", "came", "next", "onward", "dropped"),
        *write.headings("share", "next_share", "onward_share"),
    ]
    rows: list[Row] = []
    for each in found.flows:
        counts = (each.came, each.next, each.onward, each.dropped, each.next_share, each.onward_share)
        rows.append((each.stage.title, each.now, *_amounts(amounts, each.sums), *counts))
    return write.table("funnel", "stages", headings, rows)


def _closed(found: Funnel, write: _Writer) -> Table:
    amounts = write.sums(each.sums for each in found.closed)
    headings = [*write.headings("text", "stage", "status"), write.heading("items"), *amounts]
    rows: list[Row] = [
        (each.stage.title, write.status(each.stage), each.count, *_amounts(amounts, each.sums))
        for each in found.closed
    ]
    return write.table("funnel", "closed", headings, rows)


def _weeks(found: Funnel, write: _Writer) -> Table:
    headings = [write.heading("week", "date"), *write.headings("integer", "came", "won", "lost", "archived")]
    rows = [(each.monday, each.came, each.won, each.lost, each.archived) for each in found.weeks]
    return write.table("funnel", "weeks", headings, rows)


_SECTIONS: Mapping[Section, Callable[[Connection, Question], list[Table]]] = {"funnel": _funnel_tables}
