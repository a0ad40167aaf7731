"""Writing a report that was asked for on the command line: to the screen, into a file, into a folder."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from connector.cli.failures import Refusal
from connector.cli.text import count, print_table, say
from connector.reports.charts import Studio
from connector.reports.documents.document import Document
from connector.reports.documents.files import files_of
from connector.reports.documents.page import as_page
from connector.reports.documents.workbook import as_workbook, document_as_workbook
from connector.reports.figures.showing import Report, as_cells, as_columns, as_json
from connector.reports.figures.tables import Table
from connector.reports.tables import write_file, write_table


def write_document(document: Document, answer: Report, form: str, output: Path, studio: Studio) -> None:
    """As a page, a workbook (`answer` holds the tables that are wanted) or pictures in a folder."""
    if form == "xlsx":
        sheets = [table for some in answer.tables.values() for table in some]
        whole = len(sheets) > 1
        write_file(output, document_as_workbook(document) if whole else as_workbook(answer))
    elif form == "html":
        write_file(output, as_page(document, studio))
    else:
        output.mkdir(mode=0o700, parents=True, exist_ok=True)
        pictures = list(files_of(document, ["png"], studio))
        for picture in pictures:
            write_file(output / picture.ending.lstrip("_"), picture.content)
        say(f"{count(len(pictures), 'file')} in {output}")
        return
    say(f"Written to {output}.")


def write_report(report: Report, form: str, output: Path | None) -> None:
    """As text, CSV or JSON."""
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
