"""A report as text, as JSON, as columns of a file: the same cells, written for a reader or for a program."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from connector.reports.figures.asking import UnknownName
from connector.reports.figures.sections import Section
from connector.reports.figures.tables import Cell, Kind, Table
from connector.store.figures import Period
from connector.store.open_data import Column, ColumnKind
from pipelines.findings import nearest


@dataclass(frozen=True, slots=True)
class Report:
    """Tables of one or several sections, and what they are about."""

    pipeline: str
    period: Period
    zone: ZoneInfo
    tables: Mapping[Section, Sequence[Table]]

    def only(self, name: str) -> Report:
        """One table of it; UnknownName tells which there are."""
        known = [table.name for tables in self.tables.values() for table in tables]
        if name not in known:
            meant = nearest(name, known)
            hint = f" Did you mean {meant!r}?" if meant else ""
            raise UnknownName(f"no table is called {name!r}; there is: {', '.join(known)}.{hint}")
        tables = {
            section: [each for each in some if each.name == name] for section, some in self.tables.items()
        }
        return replace(self, tables={section: some for section, some in tables.items() if some})


def as_json(report: Report) -> str:
    """Every table with its columns, and a row as an object; shares are 0 to 1, instants ISO 8601 in UTC."""
    answer = {
        "pipeline": report.pipeline,
        "since": report.period.since,
        "until": report.period.until,
        "sections": {
            section: {table.name: _table_as_json(table) for table in tables}
            for section, tables in report.tables.items()
        },
    }
    return json.dumps(answer, ensure_ascii=False, indent=2, default=_plain) + "\n"


def _table_as_json(table: Table) -> dict[str, Any]:
    names = [heading.name for heading in table.headings]
    return {
        "title": table.title,
        "columns": [{"name": each.name, "title": each.title, "kind": each.kind} for each in table.headings],
        "rows": [dict(zip(names, row, strict=True)) for row in table.rows],
    }


def _plain(value: Any) -> str:
    """Amounts as exact text, as the API of the CRM writes them too."""
    return value.isoformat() if isinstance(value, date) else str(value)


def as_columns(table: Table) -> tuple[list[Column], list[Sequence[tuple[Cell, ...]]]]:
    """Columns and pages as `connector.reports.tables` writes them into files."""
    columns = [Column(each.title, _KINDS[each.kind], "", "") for each in table.headings]
    return columns, [table.rows] if table.rows else []


_KINDS: Mapping[Kind, ColumnKind] = {
    "text": "text",
    "integer": "integer",
    "amount": "amount",
    "share": "number",
    "hours": "number",
    "date": "date",
    "instant": "instant",
}


def as_cells(table: Table, zone: ZoneInfo) -> list[list[str]]:
    """The rows as people read them; instants by the clock of that zone."""
    write = [_READABLE[heading.kind] for heading in table.headings]
    return [
        ["" if cell is None else to_text(cell, zone) for to_text, cell in zip(write, row, strict=True)]
        for row in table.rows
    ]


_READABLE: Mapping[Kind, Callable[[Any, ZoneInfo], str]] = {
    "text": lambda text, _: text,
    "integer": lambda number, _: f"{number:,}",
    "amount": lambda amount, _: f"{amount:,.2f}",
    "share": lambda share, _: f"{share:.0%}",
    "hours": lambda hours, _: f"{hours:,.1f}",
    "date": lambda day, _: day.isoformat(),
    "instant": lambda at, zone: at.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
}
