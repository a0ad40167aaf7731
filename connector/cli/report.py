"""`report`: the figures of a pipeline on the screen or in a file."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import click

from connector.cli.invocation import Invocation, pass_invocation, portal_option
from connector.cli.opening import choose_binding, choose_portal, open_app
from connector.cli.report_writing import write_document, write_report
from connector.flow.portal import Portal
from connector.reports.documents.document import Document, Request, compile_document
from connector.reports.figures import UnknownName
from connector.reports.figures.sections import Section
from connector.reports.figures.showing import Report
from connector.reports.schedule import period_of
from connector.store.figures import Period
from pipelines.engine.model import Language

SECTIONS: tuple[Section, ...] = get_args(Section)
FORMATS = ("text", "csv", "json", "html", "xlsx", "png")
#: Those that are no text.
DOCUMENTS = ("html", "xlsx", "png")
_DAYS = 90


class Day(click.ParamType[date]):
    """A day as the calendar of the portal has it."""

    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day: write 2026-03-02", param, ctx)


@click.command()
@click.argument("pipeline")
@click.option("--section", type=click.Choice(SECTIONS), help="Only this one.  [default: all]")
@click.option("--since", type=Day(), help="First day of the period: 2026-01-01.")
@click.option("--until", type=Day(), help="Last day of the period.  [default: today]")
@click.option("--days", type=click.IntRange(min=1), help=f"So many days back, and today.  [default: {_DAYS}]")
@click.option("--owner", metavar="PERSON", help="Items of this person: a name or an id.")
@click.option("--department", metavar="NAME", help="Items of its people, and of those below it.")
@click.option("--source", metavar="NAME", help="Items that came from there.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="What to write: html is one page with charts, xlsx a workbook, png a picture of each chart.",
)
@click.option("--table", metavar="NAME", help="Only this table of the section.")
@click.option("--language", type=click.Choice(["en", "ru"]), help="Of titles.  [default: the portal's]")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write here instead of to the screen; several tables as CSV, and pictures, go into a folder.",
)
@portal_option
@pass_invocation
def report(
    invocation: Invocation,
    pipeline: str,
    section: Section | None,
    since: date | None,
    until: date | None,
    days: int | None,
    owner: str | None,
    department: str | None,
    source: str | None,
    form: str,
    table: str | None,
    language: Language | None,
    output: Path | None,
    portal_name: str | None,
) -> None:
    """Show the figures of PIPELINE (docs/figures.md says what each of them is).

    What stands where is as of now; what happened is of the period, whole days of the portal's time zone.
    """
    if form in DOCUMENTS and output is None:
        raise click.UsageError(f"{form} is written to a file: name it with --output")
    if form in ("html", "png") and table is not None:
        raise click.UsageError(f"--table is for tables; {form} shows the charts too: choose a --section")
    with open_app(invocation) as app:
        name = choose_portal(app.config, portal_name)
        portal, binding = app.portals[name], choose_binding(app, name, pipeline)
        request = Request(
            bindings=[binding],
            period=_period(portal, since, until, days),
            sections=[section] if section else SECTIONS,
            owner=owner,
            department=department,
            source=source,
            language=language,
        )
        try:
            with app.database.read() as conn:
                document = compile_document(conn, portal, request)
            answer = _tables_of(document)
            answer = answer if table is None else answer.only(table)
        except UnknownName as error:
            raise click.UsageError(str(error)) from None
        if form in DOCUMENTS and output is not None:
            write_document(document, answer, form, output, app.studio)
            return
    write_report(answer, form, output)


def _tables_of(document: Document) -> Report:
    """The one pipeline of it without its charts."""
    (part,) = document.parts
    tables = {chapter.section: chapter.tables for chapter in part.chapters}
    return Report(part.pipeline, document.period, document.zone, tables)


def _period(portal: Portal, since: date | None, until: date | None, days: int | None) -> Period:
    """From the first midnight to the last one, and not beyond now."""
    if days is not None and since is not None:
        raise click.UsageError("--days and --since both say when the period begins: take one of them")
    zone, now = portal.calendar.zone, portal.clock.now()
    last = until or now.astimezone(zone).date()
    first = since or last - timedelta(days=_DAYS if days is None else days)
    if first > last:
        raise click.UsageError(f"the period ends on {last} before it begins on {first}")
    period = period_of(first, last, zone, now)
    if period.since >= now:
        raise click.UsageError(f"nothing has happened yet: the period begins on {first}")
    return period
