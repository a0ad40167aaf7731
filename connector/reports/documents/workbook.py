"""A report as a workbook (XLSX): a sheet for each table, cells typed, and what each figure means at the end.

Texts stay texts: nothing that comes from the CRM becomes a formula or a link. Numbers are numbers, whatever
the reader's language is; instants are by the clock of the portal, because a cell knows no time zone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connector.reports.documents.document import Document, Part
from connector.reports.documents.wording import Wording
from connector.reports.figures.showing import Report
from connector.reports.figures.table import Cell, Heading, Kind, Table

if TYPE_CHECKING:
    import xlsxwriter

#: Limits of the format: rows of a sheet, characters of a cell and of a sheet's name.
MOST_ROWS, LONGEST_TEXT, LONGEST_NAME = 1_048_576, 32_767, 31
_NARROWEST, _WIDEST = 8, 60
#: Rows that the width of a column is judged by.
_LOOKED_AT = 500
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
#: What XML 1.0 cannot hold, and so no cell.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_FORMATS: Mapping[Kind, str] = {
    "text": "@",
    "integer": "#,##0",
    "amount": "#,##0.00",
    "share": "0.0%",
    "hours": "#,##0.0",
    "date": "yyyy-mm-dd",
    "instant": "yyyy-mm-dd hh:mm",
}
_WIDTHS: Mapping[Kind, int] = {"date": 11, "instant": 17}


def as_workbook(report: Report) -> bytes:
    """The tables of the report as one file, in memory."""
    tables = [table for some in report.tables.values() for table in some]
    return _workbook(report.zone, lambda writer: [writer.add_table(table) for table in tables])


def document_as_workbook(document: Document) -> bytes:
    """Every table of the document, and at the end what each of them and its figures mean."""

    def write(writer: _Writer) -> None:
        sheets = [(writer.add_table(table), part, table) for part, _, table in document.tables()]
        writer.add_meanings(document, sheets)

    return _workbook(document.zone, write)


def _workbook(zone: ZoneInfo, write: Callable[[_Writer], object]) -> bytes:
    import xlsxwriter

    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as workbook:
        write(_Writer(workbook, zone))
    return file.getvalue()


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(self, workbook: xlsxwriter.Workbook, zone: ZoneInfo) -> None:
        self._workbook, self._zone = workbook, zone
        self._taken: set[str] = set()
        self._head = workbook.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#EEF1F4", "bottom": 1}
        )
        self._prose = workbook.add_format({"text_wrap": True, "valign": "top"})
        self._body = {
            kind: workbook.add_format({"num_format": form, "valign": "top"})
            for kind, form in _FORMATS.items()
        }
        self._writers: Mapping[Kind, Callable[[Any], Cell]] = {
            "amount": float,
            "instant": self._wall_clock,
            "text": _writable,
        }

    def add_meanings(self, document: Document, sheets: Sequence[tuple[str, Part, Table]]) -> None:
        """A sheet that says what the others show."""
        wording = Wording(document.language, document.zone)
        sheet = self._workbook.add_worksheet(self._name(wording.say("about")))
        days, made = (
            wording.days(*document.days),
            wording.say("made_at", at=wording.instant(document.made_at)),
        )
        sheet.write_string(0, 0, _writable(f"{document.title}, {days}. {made}"))
        for column, name in enumerate(("sheet", "pipeline", "figure", "means")):
            sheet.write_string(2, column, wording.say(name), self._head)
        line = 3
        for name, part, table in sheets:
            meanings = [(table.title, table.about), *((each.title, each.about) for each in table.headings)]
            for figure, about in meanings:
                if about:
                    for column, text in enumerate((name, part.title, figure, about)):
                        sheet.write_string(line, column, _writable(text), self._prose)
                    line += 1
        for column, width in enumerate((32, 24, 28, 90)):
            sheet.set_column(column, column, width)

    def add_table(self, table: Table) -> str:
        """A sheet for the table; returns its name."""
        name = self._name(table.title)
        self._write_table(self._workbook.add_worksheet(name), table)
        return name

    def _write_table(self, sheet: Any, table: Table) -> None:
        rows = table.rows[: MOST_ROWS - 1]
        sheet.freeze_panes(1, 1)
        for column, heading in enumerate(table.headings):
            sheet.write_string(0, column, heading.title, self._head)
            convert, form = self._writers.get(heading.kind), self._body[heading.kind]
            for line, row in enumerate(rows, 1):
                cell = row[column]
                if cell is not None:
                    _write(sheet, line, column, convert(cell) if convert else cell, form)
            sheet.set_column(column, column, _width(heading, (row[column] for row in rows[:_LOOKED_AT])))
        if table.headings:
            sheet.autofilter(0, 0, len(rows), len(table.headings) - 1)

    def _wall_clock(self, at: datetime) -> datetime:
        return at.astimezone(self._zone).replace(tzinfo=None)

    def _name(self, title: str) -> str:
        """A name that the format takes, and that no other sheet has."""
        name = _FORBIDDEN.sub(" ", title).strip("' ") or "-"
        if len(name) > LONGEST_NAME:
            name = name[: LONGEST_NAME - 1].rsplit(" ", 1)[0].rstrip(" ,") + "…"
        number, unique = 1, name
        while unique.casefold() in self._taken:
            number += 1
            unique = f"{name[: LONGEST_NAME - 4]} {number}"
        self._taken.add(unique.casefold())
        return unique


def _write(sheet: Any, line: int, column: int, cell: Any, form: Any) -> None:
    match cell:
        case str():
            sheet.write_string(line, column, cell, form)
        case int() | float():
            sheet.write_number(line, column, cell, form)
        case _:
            sheet.write_datetime(line, column, cell, form)


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)[:LONGEST_TEXT]


def _width(heading: Heading, cells: Iterable[Cell]) -> int:
    """In characters: what the title's longest word and the cells need, within reason."""
    title = max(map(len, heading.title.split()), default=0) + 3
    longest = max((len(_shown(cell)) for cell in cells if cell is not None), default=0) + 2
    return min(max(_NARROWEST, title, _WIDTHS.get(heading.kind, longest)), _WIDEST)


def _shown(cell: Cell) -> str:
    return f"{cell:,.2f}" if isinstance(cell, int | float | Decimal) else str(cell)
