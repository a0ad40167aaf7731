"""Figures as tables: what the screen, a file and a chart's own table show, cell by cell the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from connector.records import type_name_of
from connector.reports.figures.asking import Question
from connector.reports.figures.board import Column
from connector.reports.figures.definitions import definition_of
from connector.reports.figures.delays import Delays
from connector.reports.figures.funnel import Funnel
from connector.reports.figures.outcomes import Outcomes
from connector.reports.figures.people import Load, People
from connector.reports.figures.sections import Figures, Section, compute
from connector.reports.figures.sums import Sums
from connector.reports.figures.words import word
from connector.store import Connection

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
    #: What it means; "" where the title says it all.
    about: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a section."""

    name: str
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    #: What it shows, in a sentence or two.
    about: str = ""


def tables_of(conn: Connection, question: Question, section: Section) -> list[Table]:
    """The tables of one section, computed."""
    return tabulate(compute(conn, question, section), question)


def tabulate(found: Figures, question: Question) -> list[Table]:
    """The tables of figures that were computed for the question, in its language."""
    write = _Writer(question)
    match found:
        case Funnel():
            return [_flows(found, write), _closed(found, write), _weeks(found, write)]
        case People():
            return [_load(found, write), _results(found, write)]
        case Delays():
            kind = type_name_of(question.scope.entity_type_id)
            return [_times(found, write), _waiting(found, write, kind), _stalled(found, write, kind)]
        case Outcomes():
            return [_endings(found, write), _reasons(found, write), _rivals(found, write)]


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

    def person(self, load: Load) -> str:
        return self.say("nobody") if load.user_id is None else load.name

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


def _amounts(headings: Iterable[Heading], sums: Sums) -> list[Decimal]:
    """The cells of `_Writer.sums`; what there is nothing of is 0."""
    by_name = {f"amount_{currency or 'none'}": amount for currency, amount in sums}
    return [by_name.get(heading.name, Decimal()) for heading in headings]


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


# --- people -------------------------------------------------------------------------------------------------


def _load(found: People, write: _Writer) -> Table:
    amounts = write.sums(each.sums for each in found.loads)
    headings = [
        write.heading("person", "text"),
        write.heading("total"),
        *(Heading(f"stage_{stage.name or stage.id}", stage.title, "integer") for stage in found.stages),
        *amounts,
    ]
    rows: list[Row] = [
        (write.person(each), each.total, *each.standing, *_amounts(amounts, each.sums))
        for each in found.loads
    ]
    return write.table("people", "load", headings, rows)


def _results(found: People, write: _Writer) -> Table:
    headings = [
        write.heading("person", "text"),
        *write.headings("integer", "tasks_open", "tasks_overdue", "tasks_completed"),
        *write.headings("integer", "won", "lost", "archived"),
        write.heading("conversion", "share"),
        write.heading("hours_to_win", "hours"),
    ]
    rows: list[Row] = []
    for each in found.loads:
        tasks = (each.tasks.open, each.tasks.overdue, each.tasks.completed)
        ended = (each.won, each.lost, each.archived, each.conversion, _hours(each.seconds_to_win))
        rows.append((write.person(each), *tasks, *ended))
    return write.table("people", "results", headings, rows)


# --- delays -------------------------------------------------------------------------------------------------


def _times(found: Delays, write: _Writer) -> Table:
    headings = [
        write.heading("stage", "text"),
        write.heading("ended"),
        *write.headings("hours", "ended_median", "ended_p90", "worked_median", "worked_p90"),
        write.heading("now"),
        *write.headings("hours", "here_median", "here_worked_median"),
        write.heading("limit", "text"),
        *write.headings("integer", "over", "stalled"),
    ]
    rows: list[Row] = []
    for each in found.times:
        spans = (each.ended.median, each.ended.p90, each.worked.median, each.worked.p90)
        here = (each.here.count, _hours(each.here.median), _hours(each.here_worked.median))
        late = (write.limit(each.stage), each.over, each.stalled)
        rows.append((each.stage.title, each.ended.count, *map(_hours, spans), *here, *late))
    return write.table("delays", "stages", headings, rows)


def _waiting(found: Delays, write: _Writer, kind: str) -> Table:
    headings = [
        *write.headings("text", "item", "title", "stage", "person"),
        write.heading("since", "instant"),
        *write.headings("hours", "hours", "working_hours"),
        write.heading("due", "instant"),
        write.heading("is_over", "text"),
    ]
    rows: list[Row] = []
    for each in found.waiting:
        card = (f"{kind}:{each.id}", each.title, each.stage.title, each.owner)
        hours = (_hours(each.seconds), _hours(each.working_seconds))
        rows.append((*card, each.entered_at, *hours, each.due_at, write.say("yes" if each.is_over else "no")))
    return write.table("delays", "waiting", headings, rows)


def _stalled(found: Delays, write: _Writer, kind: str) -> Table:
    headings = [
        *write.headings("text", "item", "title", "stage", "person"),
        write.heading("since", "instant"),
        write.heading("hours", "hours"),
    ]
    rows: list[Row] = []
    for each in found.stalled:
        card = (f"{kind}:{each.id}", each.title, each.stage.title, each.owner)
        rows.append((*card, each.touched_at, _hours(each.seconds)))
    return write.table("delays", "stalled", headings, rows)


# --- outcomes -----------------------------------------------------------------------------------------------


def _endings(found: Outcomes, write: _Writer) -> Table:
    headings = [
        *write.headings("text", "stage", "step", "outcome"),
        write.heading("items"),
        write.heading("share", "share"),
    ]
    rows: list[Row] = [
        (each.stage.title, each.title, each.outcome_title, each.count, each.share) for each in found.endings
    ]
    return write.table("outcomes", "steps", headings, rows)


def _reasons(found: Outcomes, write: _Writer) -> Table:
    amounts = write.sums(each.sums for each in found.reasons)
    headings = [
        *write.headings("text", "stage", "reason"),
        write.heading("items"),
        write.heading("share", "share"),
        *amounts,
    ]
    rows: list[Row] = []
    for each in found.reasons:
        reason = each.text or write.say("not_said")
        rows.append((each.stage.title, reason, each.count, each.share, *_amounts(amounts, each.sums)))
    return write.table("outcomes", "reasons", headings, rows)


def _rivals(found: Outcomes, write: _Writer) -> Table:
    amounts = write.sums(each.sums for each in found.rivals)
    headings = [write.heading("competitor", "text"), write.heading("items"), *amounts]
    rows: list[Row] = [(each.text, each.count, *_amounts(amounts, each.sums)) for each in found.rivals]
    return write.table("outcomes", "competitors", headings, rows)


def _hours(seconds: float | None) -> float | None:
    """Two digits: half a minute."""
    return None if seconds is None else round(seconds / 3_600, 2)
