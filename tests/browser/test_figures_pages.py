"""The pages of figures: filters, a chart's table, its files, and the link that shows the same again."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import openpyxl
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NARROW, Open
from tests.browser.office import Office


def figure(page: Page, title: str) -> Locator:
    """A figure by its heading."""
    return page.get_by_role("region", name=title, exact=True)


def test_filters_narrow_the_figures_and_are_in_the_address(open_as: Open) -> None:
    page = open_as("viewer", "pipelines")
    everything = opened(page)
    asked = page.locator("form.filters")
    asked.get_by_label("Owner").select_option(label="Galina Petrova")
    asked.get_by_label("Period").select_option(label="Last 30 days")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="Without filters")).to_be_visible()
    assert "owner=" in page.url
    assert "days=30" in page.url
    hers = opened(page)
    assert 0 < hers < everything
    again = open_as("viewer", page.url)
    assert opened(again) == hers
    page.get_by_role("link", name="Without filters").click()
    expect(page.get_by_role("link", name="Without filters")).to_have_count(0)
    assert opened(page) == everything


def opened(page: Page) -> int:
    """How many items are open now."""
    return int(page.locator(".stat", has_text="Open now").locator("dd").inner_text().split()[0])


def test_a_chart_has_its_table_and_its_files_one_click_away(open_as: Open, tmp_path: Path) -> None:
    page = open_as("viewer", "pipelines?days=90")
    shown = figure(page, "Open stages")
    assert shown.locator("img").evaluate("image => image.complete && image.naturalWidth > 100")
    expect(shown.locator("table")).to_be_hidden()
    shown.locator("summary", has_text=re.compile("^Table$")).click()
    expect(shown.locator("table")).to_be_visible()
    stages = [cell.inner_text().strip() for cell in shown.locator("tbody tr > :first-child").all()]
    assert {"New opportunity", "In progress"} <= set(stages)
    rows = list(csv.reader(io.StringIO(download(page, shown, "CSV").read_text("utf-8-sig"))))
    assert [row[0] for row in rows[1:]][: len(stages)] == stages
    book = openpyxl.load_workbook(io.BytesIO(download(page, shown, "XLSX").read_bytes()))
    cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert set(stages) <= set(cells)
    assert download(page, shown, "PNG").read_bytes().startswith(b"\x89PNG")


def download(page: Page, shown: Locator, kind: str) -> Path:
    with page.expect_download() as found:
        shown.get_by_role("link", name=kind, exact=True).click()
    return Path(found.value.path())


def test_what_is_stuck_leads_to_the_card_and_why(open_as: Open, office: Office) -> None:
    page = open_as("viewer", "pipelines")
    stuck = figure(page, "Stuck: over the limit of their stage")
    stuck.locator("tbody a").first.click()
    expect(page.locator(".waits .first")).to_contain_text("Waiting for")
    assert "/items/deal:" in page.url


def test_a_table_fills_its_box_and_becomes_lines_on_a_phone(open_as: Open) -> None:
    wide = figure(open_as("viewer", "delays"), "Over the limit first")
    assert width(wide.locator("table.lines")) > 0.99 * width(wide.locator(".scroll").first) - 3
    expect(wide.locator("table.lines th", has_text="Why")).to_be_visible()
    narrow = figure(open_as("viewer", "delays", size=NARROW), "Over the limit first")
    assert right(narrow.locator("table.lines td.line .badge").first) <= NARROW[0]


def width(shown: Locator) -> float:
    box = shown.bounding_box()
    assert box is not None
    return box["width"]


def right(shown: Locator) -> float:
    box = shown.bounding_box()
    assert box is not None
    return box["x"] + box["width"]


def test_a_head_finds_the_card_and_the_rule_on_a_phone(open_as: Open, office: Office) -> None:
    page = open_as("viewer", "items", language="ru", theme="dark", size=NARROW)
    page.get_by_role("searchbox").fill("прогресс")
    page.get_by_role("button", name="Найти").click()
    page.get_by_role("link", name="Автоматизация завода «Прогресс»").click()
    expect(page.locator(".waits .first")).to_contain_text("Galina Petrova")
    expect(page.locator(".strip [aria-current=step]")).to_contain_text("В работе")
    box = page.locator(".picture")
    page.wait_for_function("() => document.querySelector('.picture').scrollLeft > 0")
    assert box.locator("img").evaluate("image => image.naturalWidth > 500")
    page.locator(".log a.rule", has_text="шаг work").first.click()
    line = page.locator("li.here")
    expect(line).to_be_in_viewport()
    expect(line.locator("code")).to_have_text("[[stages.steps]]")
