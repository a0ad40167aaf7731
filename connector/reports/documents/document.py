"""A document: the figures of one or several pipelines with their charts, ready to be written in any format.

All that is in it was read at one instant, in one transaction; writing it asks nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from connector.flow.bindings import Binding
from connector.flow.portal import Portal
from connector.reports.charts import Chart, Look, charts_of
from connector.reports.figures import Question, Section, Table, ask, compute, tabulate
from connector.store import Connection
from connector.store.figures import Period
from pipelines.engine.model import Language

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Request:
    """What a document is to be about; names as people write them (`figures.ask`)."""

    bindings: Sequence[Binding]
    period: Period
    sections: Sequence[Section]
    owner: str | None = None
    department: str | None = None
    source: str | None = None
    language: Language | None = None
    #: None: the titles of the pipelines.
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """One section of one pipeline."""

    section: Section
    tables: tuple[Table, ...]
    #: For a page that says itself what they are about.
    charts: tuple[Chart, ...]
    #: The same as files of their own, which bear their titles.
    pictures: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One pipeline."""

    pipeline: str
    title: str
    chapters: tuple[Chapter, ...]

    def find(self, section: Section, table: str) -> Table | None:
        """The table of that name, if it is in there."""
        tables = (each for chapter in self.chapters if chapter.section == section for each in chapter.tables)
        return next((each for each in tables if each.name == table), None)


@dataclass(frozen=True, slots=True)
class Document:
    """All of it."""

    title: str
    parts: tuple[Part, ...]
    period: Period
    zone: ZoneInfo
    language: Language
    made_at: datetime
    #: Whose items: what was asked for, in the words of who asked.
    filters: tuple[str, ...] = ()

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day that it is about."""
        first, last = self.period.since, self.period.until - _INSTANT
        return first.astimezone(self.zone).date(), last.astimezone(self.zone).date()

    def tables(self) -> Iterable[tuple[Part, Section, Table]]:
        """Every table, in order."""
        for part in self.parts:
            for chapter in part.chapters:
                for table in chapter.tables:
                    yield part, chapter.section, table


def compile_document(conn: Connection, portal: Portal, request: Request) -> Document:
    """Ask the store for all of it; UnknownName if it has not whom or what is named."""
    parts, now = [], portal.clock.now()
    for binding in request.bindings:
        question = ask(
            *(conn, portal, binding, request.period),
            owner=request.owner,
            department=request.department,
            source=request.source,
            language=request.language,
        )
        parts.append(_part(conn, question, request.sections))
    language = request.language or portal.config.language
    return Document(
        title=request.title or ", ".join(part.title for part in parts),
        parts=tuple(parts),
        period=request.period,
        zone=portal.calendar.zone,
        language=language,
        made_at=now,
        filters=tuple(each for each in (request.department, request.owner, request.source) if each),
    )


def _part(conn: Connection, question: Question, sections: Iterable[Section]) -> Part:
    chapters = []
    for section in sections:
        found = compute(conn, question, section)
        charts, pictures = (
            tuple(charts_of(found, question, Look(is_alone=is_alone))) for is_alone in (False, True)
        )
        chapters.append(Chapter(section, tuple(tabulate(found, question)), charts, pictures))
    definition = question.binding.definition
    return Part(question.binding.pipeline, definition.title.in_language(question.language), tuple(chapters))
