"""A document in the formats that somebody wants it in: one file each, of charts a picture each."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from connector.reports.charts import Studio
from connector.reports.documents.document import Document
from connector.reports.documents.page import as_page
from connector.reports.documents.workbook import document_as_workbook
from connector.reports.figures.showing import as_columns
from connector.reports.tables import table_as_csv

Format = Literal["html", "xlsx", "csv", "png"]
#: Members of a zip carry a time; that of the file itself says when it was made.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class File:
    """What is to follow the report's name (`.html`, `_funnel_stages.png`), and the content."""

    ending: str
    content: bytes


def files_of(document: Document, formats: Sequence[Format], studio: Studio) -> Iterator[File]:
    """The document in each of the formats; CannotDraw if a picture that was asked for cannot be drawn."""
    for form in formats:
        yield from _WRITERS[form](document, studio)


def _page(document: Document, studio: Studio) -> Iterator[File]:
    yield File(".html", as_page(document, studio))


def _workbook(document: Document, _: Studio) -> Iterator[File]:
    yield File(".xlsx", document_as_workbook(document))


def _tables(document: Document, _: Studio) -> Iterator[File]:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, section, table in document.tables():
            prefix = f"{part.pipeline}/" if len(document.parts) > 1 else ""
            member = zipfile.ZipInfo(f"{prefix}{section}_{table.name}.csv", _NO_TIME)
            member.external_attr = 0o600 << 16
            archive.writestr(member, table_as_csv(*as_columns(table)), zipfile.ZIP_DEFLATED)
    yield File(".csv.zip", file.getvalue())


def _pictures(document: Document, studio: Studio) -> Iterator[File]:
    for part in document.parts:
        prefix = f"_{part.pipeline}" if len(document.parts) > 1 else ""
        for chapter in part.chapters:
            for chart in chapter.pictures:
                yield File(f"{prefix}_{chapter.section}_{chart.name}.png", studio.png(chart))


_WRITERS: Mapping[Format, Callable[[Document, Studio], Iterator[File]]] = {
    "html": _page,
    "xlsx": _workbook,
    "csv": _tables,
    "png": _pictures,
}
