"""`report`: the figures of a pipeline on the screen or in a file."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import click

from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation, pass_invocation, portal_option
from connector.cli.opening import choose_binding, choose_portal, open_app
from connector.cli.text import count, print_table, say
from connector.flow.portal import Portal
from connector.reports.figures import UnknownName, ask
from connector.reports.figures.sections import Section
from connector.reports.figures.showing import Report, as_cells, as_columns, as_json
from connector.reports.figures.tables import Table, tables_of
from connector.reports.tables import write_table
from connector.store.figures import Period
from pipelines.calendar import to_instant
from pipelines.engine.model import Language

SECTIONS: tuple[Section, ...] = get_args(Section)
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
    type=click.Choice(["text", "csv", "json"]),
    default="text",
    show_default=True,
    help="What to write.",
)
@click.option("--table", metavar="NAME", help="Only this table of the section.")
@click.option("--language", type=click.Choice(["en", "ru"]), help="Of titles.  [default: the portal's]")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write here instead of to the screen; several tables as CSV go into a folder.",
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
    with open_app(invocation) as app:
        name = choose_portal(app.config, portal_name)
        portal, binding = app.portals[name], choose_binding(app, name, pipeline)
        period = _period(portal, since, until, days)
        with app.database.read() as conn:
            try:
                question = ask(
                    *(conn, portal, binding, period),
                    owner=owner,
                    department=department,
                    source=source,
                    language=language,
                )
                sections = [section] if section else SECTIONS
                tables = {each: tables_of(conn, question, each) for each in sections}
                answer = Report(binding.pipeline, period, portal.calendar.zone, tables)
                answer = answer if table is None else answer.only(table)
            except UnknownName as error:
                raise click.UsageError(str(error)) from None
    _write(answer, form, output)


def _period(portal: Portal, since: date | None, until: date | None, days: int | None) -> Period:
    """From the first midnight to the last one, and not beyond now."""
    if days is not None and since is not None:
        raise click.UsageError("--days and --since both say when the period begins: take one of them")
    zone, now = portal.calendar.zone, portal.clock.now()
    last = until or now.astimezone(zone).date()
    first = since or last - timedelta(days=_DAYS if days is None else days)
    if first > last:
        raise click.UsageError(f"the period ends on {last} before it begins on {first}")
    begins = to_instant(datetime.combine(first, time()), zone)
    ends = to_instant(datetime.combine(last + timedelta(days=1), time()), zone)
    if begins >= now:
        raise click.UsageError(f"nothing has happened yet: the period begins on {first}")
    return Period(begins, min(ends, now))


def _write(report: Report, form: str, output: Path | None) -> None:
    if form == "csv":
        _write_csv(report, output)
        return
    text = as_json(report) if form == "json" else _as_text(report)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.touch(mode=0o600)
        output.write_text(text, "utf-8")
    except OSError as error:
        raise Refusal(f"{output} cannot be written: {error.strerror}") from error
    say(f"Written to {output}.")


def _as_text(report: Report) -> str:
    with redirect_stdout(io.StringIO()) as text:
        since, until = (at.astimezone(report.zone) for at in (report.period.since, report.period.until))
        say(f"{report.pipeline}, {since:%Y-%m-%d %H:%M} – {until:%Y-%m-%d %H:%M}")
        for tables in report.tables.values():
            for table in tables:
                titles = [heading.title for heading in table.headings]
                print_table(titles, as_cells(table, report.zone), title=table.title)
                if not table.rows:
                    say(f"{table.title}: –\n")
    return text.getvalue()


def _write_csv(report: Report, output: Path | None) -> None:
    """One table to the screen or a file, several into a folder."""
    tables = [(section, table) for section, each in report.tables.items() for table in each]
    if len(tables) > 1:
        if output is None:
            names = ", ".join(f"--section {section} --table {table.name}" for section, table in tables)
            raise click.UsageError(
                f"CSV holds one table: name a folder with --output, or take one of: {names}"
            )
        for section, table in tables:
            output.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_table(table, output / f"{section}_{table.name}.csv")
        say(f"{count(len(tables), 'file')} in {output}")
    elif output is None:
        with TemporaryDirectory() as folder:
            path = Path(folder, "table.csv")
            _write_table(tables[0][1], path)
            click.echo(path.read_text("utf-8"), nl=False)
    else:
        _write_table(tables[0][1], output)
        say(f"Written to {output}.")


def _write_table(table: Table, path: Path) -> None:
    write_table(path, *as_columns(table), "csv")
