"""The pages of figures: the address says what is shown, and each chart has its table and its files."""

from __future__ import annotations

import csv
import gzip
import io
import re
from html import unescape

import openpyxl
import pytest

from connector.records import DEAL
from tests.connector.flow.workshop import NEW, Workshop
from tests.webhooks.dashboard.visitor import Visitor

DAY_SECONDS = 86_400
PAGES = ("pipelines", "people", "delays", "outcomes")


@pytest.fixture
def stuck(workshop: Workshop) -> Workshop:
    """A deal whose rep has not called for three days; the limit of the stage is two."""
    workshop.sandbox.deal(7405, stage=NEW, title="Pumps <b>for</b> Acme", assignedById=5)
    workshop.sandbox.deal(7406, stage=NEW, title="Valves", assignedById=9)
    workshop.settle()
    workshop.clock.advance(3 * DAY_SECONDS)
    workshop.settle()
    return workshop


def test_the_first_page_says_what_is_stuck_at_whom_and_why(stuck: Workshop, viewer: Visitor) -> None:
    text = viewer.open("/")
    assert "Pipelines" in text
    assert viewer.status == 200
    row = text[text.index("Stuck: over the limit") :]
    assert "Pumps <b>for</b> Acme" in row
    assert "Our work call" in row
    assert "<b>for</b>" not in viewer.page
    assert "/items/deal:7405" in viewer.page
    assert f"https://{stuck.sandbox.domain}/crm/deal/details/7405/" in viewer.page


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_said_in_both_languages(stuck: Workshop, viewer: Visitor, name: str) -> None:
    english = viewer.open(f"/portals/main/{name}")
    assert viewer.status == 200
    assert not re.search("[а-яА-Я]", english)
    russian = viewer.speak("ru").open(f"/portals/main/{name}")
    assert viewer.status == 200
    assert "Показать" in russian


def test_filters_narrow_what_is_shown_and_stand_in_the_address(stuck: Workshop, viewer: Visitor) -> None:
    everybody = viewer.open("/portals/main/delays")
    assert "Pumps" in everybody
    assert "Valves" in everybody
    one = viewer.open("/portals/main/delays?owner=5")
    assert "Pumps" in one
    assert "Valves" not in one
    assert '<option value="5" selected>' in viewer.page
    charts = re.findall(r'<img src="([^"]+)"', viewer.page)
    assert any("owner=5" in unescape(address) for address in charts)


def test_a_link_keeps_the_period_whatever_day_it_is_opened(stuck: Workshop, viewer: Visitor) -> None:
    viewer.open("/portals/main/people?days=7")
    link = unescape(re.findall(r'<a href="([^"]+)">Link to this', viewer.page)[0])
    about = re.findall(r'class="quiet about">(.*?)\s+· <time', viewer.page, re.DOTALL)[0]
    assert "days=" not in link
    stuck.clock.advance(30 * DAY_SECONDS)
    viewer.sign_in("viewer")
    viewer.open(link)
    assert about.split("·")[-1].strip() in viewer.page


@pytest.mark.parametrize(
    "question",
    [
        "owner=Nobodyy",
        "pipeline=none",
        "since=yesterday",
        "since=2030-01-01",
        "since=2026-02-01&until=2026-01-01",
    ],
)
def test_a_filter_that_makes_no_sense_is_told_and_stays_in_the_form(
    workshop: Workshop, viewer: Visitor, question: str
) -> None:
    viewer.open(f"/portals/main/delays?{question}")
    assert viewer.status == 400
    assert 'role="alert"' in viewer.page
    viewer.open(f"/portals/main/delays/tables/waiting.csv?{question}")
    assert viewer.status == 404


def test_a_chart_is_a_picture_that_the_browser_may_keep_while_it_is_true(
    stuck: Workshop, viewer: Visitor
) -> None:
    viewer.open("/portals/main/delays")
    chart = unescape(re.findall(r'<img src="([^"]+/charts/behind[^"]+)"', viewer.page)[0])
    answer = viewer.fetch(chart, headers={"Accept-Encoding": "gzip"})
    assert answer.mimetype == "image/svg+xml"
    assert gzip.decompress(answer.data).startswith(b"<svg")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    tag = answer.headers["ETag"]
    assert viewer.fetch(chart, headers={"If-None-Match": tag}).status_code == 304
    assert viewer.fetch(chart.replace("behind", "nothing")).status_code == 404
    stuck.app.studio.close()


def test_a_table_is_a_file_for_spreadsheets_and_programs(stuck: Workshop, viewer: Visitor) -> None:
    answer = viewer.fetch("/portals/main/delays/tables/waiting.csv")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert {row["Item"] for row in rows} >= {"deal:7405", "deal:7406"}
    assert "sale_delays_waiting" in answer.headers["Content-Disposition"]
    answer = viewer.fetch("/portals/main/delays/tables/waiting.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert {cell.value for cell in sheet["A"]} >= {"deal:7405", "deal:7406"}
    assert viewer.fetch("/portals/main/delays/tables/none.csv").status_code == 404


def test_an_answer_is_kept_only_while_nothing_changes(stuck: Workshop, viewer: Visitor) -> None:
    assert "Valves" in viewer.open("/portals/main/delays")
    stuck.sandbox.edit((DEAL, 7406), title="Sluices")
    stuck.settle()
    again = viewer.open("/portals/main/delays")
    assert "Sluices" in again
    assert "Valves" not in again


def test_strangers_see_neither_charts_nor_tables(workshop: Workshop, stranger: Visitor) -> None:
    for path in ("delays/charts/behind.svg", "delays/tables/waiting.csv"):
        answer = stranger.fetch(f"/portals/main/{path}")
        assert answer.status_code in (302, 303, 401)
