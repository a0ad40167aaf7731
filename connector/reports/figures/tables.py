"""Figures as tables: what the screen, a file and a chart's own table show, cell by cell the same."""

from __future__ import annotations

from connector.records import type_name_of
from connector.reports.figures.asking import Question
from connector.reports.figures.delays import Delays
from connector.reports.figures.funnel import Funnel
from connector.reports.figures.outcomes import Outcomes
from connector.reports.figures.people import People
from connector.reports.figures.sections import Figures, Section, compute
from connector.reports.figures.table import Cell, Heading, Kind, Table
from connector.reports.figures.tables_delays import delay_tables
from connector.reports.figures.tables_funnel import funnel_tables
from connector.reports.figures.tables_outcomes import outcome_tables
from connector.reports.figures.tables_people import people_tables
from connector.reports.figures.writing import Writer
from connector.store import Connection

__all__ = ["Cell", "Heading", "Kind", "Table", "tables_of", "tabulate"]


def tables_of(conn: Connection, question: Question, section: Section) -> list[Table]:
    """The tables of one section, computed."""
    return tabulate(compute(conn, question, section), question)


def tabulate(found: Figures, question: Question) -> list[Table]:
    """The tables of figures that were computed for the question, in its language."""
    write = Writer(question)
    match found:
        case Funnel():
            return funnel_tables(found, write)
        case People():
            return people_tables(found, write)
        case Delays():
            return delay_tables(found, write, type_name_of(question.scope.entity_type_id))
        case Outcomes():
            return outcome_tables(found, write)
