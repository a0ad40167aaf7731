"""The four sections of a report: what each is computed by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from connector.reports.figures.asking import Question
from connector.reports.figures.delays import Delays, delays
from connector.reports.figures.funnel import Funnel, funnel
from connector.reports.figures.outcomes import Outcomes, outcomes
from connector.reports.figures.people import People, people
from connector.store import Connection

Section = Literal["funnel", "people", "delays", "outcomes"]
Figures = Funnel | People | Delays | Outcomes


def compute(conn: Connection, question: Question, section: Section) -> Figures:
    """The figures of one section; `tabulate` makes tables of them, `charts_of` charts."""
    return _SECTIONS[section](conn, question)


_SECTIONS: Mapping[Section, Callable[[Connection, Question], Figures]] = {
    "funnel": funnel,
    "people": people,
    "delays": delays,
    "outcomes": outcomes,
}
