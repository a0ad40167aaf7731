"""Documents: cells that are what they look like, pages that need and call nobody."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from connector.reports.charts import CannotDraw, Chart, Studio
from connector.reports.documents.document import Chapter, Document, Part
from connector.reports.documents.page import as_page
from connector.reports.documents.workbook import as_workbook, document_as_workbook
from connector.reports.figures.showing import Report
from connector.reports.figures.table import Heading, Table
from connector.store.figures import Period
from pipelines.engine.model import Language

MOSCOW = ZoneInfo("Europe/Moscow")
PERIOD = Period(datetime(2026, 3, 22, 21, tzinfo=UTC), datetime(2026, 3, 29, 21, tzinfo=UTC))
HOSTILE = "=1+1\x00<script src=//x>&http://x"
ALL_KINDS = Table(
    "all",
    "Every [kind] of cell, in a title that is longer than a sheet's name",
    (
        Heading("name", "Name", "text", "Who it is."),
        Heading("count", "Count", "integer"),
        Heading("amount_RUB", "Amount RUB", "amount"),
        Heading("share", "Share", "share"),
        Heading("hours", "Hours", "hours"),
        Heading("day", "Day", "date"),
        Heading("at", "At", "instant"),
        Heading("nothing", "Nothing", "text"),
    ),
    (
        (HOSTILE, 1_234, Decimal("12345.60"), 0.256, 7.25, date(2026, 3, 2), PERIOD.until, None),
        ("+7 900", None, None, None, None, None, None, None),
    ),
    "All that there is.",
)


def chart(name: str, title: str = "Bars") -> Chart:
    mark = {"type": "bar", "clip": True}
    bars = {"data": {"values": [{"a": 1}]}, "mark": mark, "encoding": {"x": {"field": "a"}}}
    return Chart(name, "all", title, 'Said "so" <b>', "en", bars)


def document(
    tables: Sequence[Table] = (ALL_KINDS,),
    charts: Sequence[Chart] = (),
    language: Language = "en",
    parts: int = 1,
) -> Document:
    chapter = Chapter("funnel", tuple(tables), tuple(charts), tuple(charts))
    each = tuple(Part(f"sale{number}", f"Sale {number}", (chapter,)) for number in range(parts))
    return Document(f"Sales {HOSTILE}", each, PERIOD, MOSCOW, language, PERIOD.until, ("North <b>",))


def midnight(day: int) -> datetime:
    """Of March, by a clock that knows no zone, as cells have it."""
    return datetime.combine(date(2026, 3, day), time())


def test_cells_of_a_workbook_are_numbers_shares_days_and_the_portals_clock() -> None:
    report = Report("sale", PERIOD, MOSCOW, {"funnel": [ALL_KINDS]})
    (sheet,) = openpyxl.load_workbook(io.BytesIO(as_workbook(report))).worksheets
    head, first, second = sheet.iter_rows()
    assert [cell.value for cell in head][:3] == ["Name", "Count", "Amount RUB"]
    assert [cell.value for cell in first] == [
        HOSTILE.replace("\x00", "\N{REPLACEMENT CHARACTER}"),
        1_234,
        12_345.6,
        0.256,
        7.25,
        midnight(2),
        midnight(30),
        None,
    ]
    formats = [cell.number_format for cell in first][1:7]
    assert formats == ["#,##0", "#,##0.00", "0.0%", "#,##0.0", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"]
    assert {cell.data_type for cell in (first[0], second[0])} == {"s"}
    assert (first[0].hyperlink, second[0].value) == (None, "+7 900")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:H3")
    assert 30 > sheet.column_dimensions["G"].width > 15
    assert sheet.title == "Every  kind  of cell, in a…"


def test_a_workbook_of_several_pipelines_says_which_sheet_is_what() -> None:
    book = openpyxl.load_workbook(io.BytesIO(document_as_workbook(document(parts=2))))
    names = book.sheetnames
    assert len(set(map(str.casefold, names))) == len(names) == 3
    assert max(map(len, names)) <= 31
    told = [[cell.value for cell in row] for row in book.worksheets[-1].iter_rows(min_row=4)]
    assert told == [
        [names[0], "Sale 0", ALL_KINDS.title, "All that there is."],
        [names[0], "Sale 0", "Name", "Who it is."],
        [names[1], "Sale 1", ALL_KINDS.title, "All that there is."],
        [names[1], "Sale 1", "Name", "Who it is."],
    ]


class Reader(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_a_page_loads_nothing_runs_nothing_and_shows_hostile_words_as_words() -> None:
    page = as_page(document(charts=[chart("one"), chart("two", "Other <i>")]), Studio(is_apart=False))
    read = Reader(page)
    assert not {"script", "link", "iframe", "object", "img", "form", "b", "i"} & set(read.tags)
    addresses = [value for name, value in read.attributes if name in ("src", "href", "action", "xlink:href")]
    assert all(value.startswith("#") for value in addresses)
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert re.findall(rb"url\((?!#)|@import", page) == []
    assert b"default-src 'none'" in page
    assert "=1+1" in page.decode()
    assert "&lt;script" in page.decode()
    ids = [value for name, value in read.attributes if name == "id"]
    assert len(ids) == len(set(ids)) > 0
    used = set(re.findall(r"url\(#([^)]+)\)", page.decode()))
    assert used <= set(ids)


def test_a_page_says_what_figures_mean_and_leaves_out_columns_without_anything() -> None:
    text = as_page(
        document(charts=[chart("one"), chart("two", ALL_KINDS.title)]), Studio(is_apart=False)
    ).decode()
    assert "All that there is." in text
    assert "<dt>Name</dt><dd>Who it is.</dd>" in text
    assert 'title="Who it is."' in text
    assert ">Nothing<" not in text
    assert text.count("<figcaption>") == 1
    assert text.count('role="img"') == 2


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["Mar 23 – 29, 2026", "12,345.60", "26%", "Mar 2, 2026", "30 Mar 2026 00:00", "Only: North"]),
        ("ru", ["23–29 мар. 2026", "12\xa0345,60", "26\xa0%", "2 мар. 2026", "30 мар. 2026 00:00", "Только"]),
    ],
)
def test_numbers_and_days_are_written_as_the_language_does(language: Language, told: list[str]) -> None:
    text = as_page(document(language=language), Studio(is_apart=False)).decode()
    assert [each for each in told if each not in text] == []


class Torn(Studio):
    """Nobody draws."""

    def svg(self, chart: Chart) -> bytes:
        raise CannotDraw("nobody draws")


def test_a_chart_that_cannot_be_drawn_leaves_its_table() -> None:
    text = as_page(document(charts=[chart("one")]), Torn(is_apart=False)).decode()
    assert "could not be drawn" in text
    assert "12,345.60" in text
