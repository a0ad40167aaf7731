"""Reports: what was made on Mondays is there to be opened, and an operator has one made and sent."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from connector.sandbox.tasks_state import TaskBook
from tests.browser.conftest import Open
from tests.browser.office import Office


def test_the_report_of_last_week_opens_in_the_browser_with_its_charts(open_as: Open) -> None:
    page = open_as("viewer", "reports")
    row = page.get_by_role("listitem").filter(has_text=re.compile("^\\s*2–8 Mar 2026"))
    with page.expect_popup() as opening:
        row.get_by_role("link", name="Page").click()
    report = opening.value
    expect(report.locator("h1")).to_have_text("Simple sale")
    assert report.locator("figure svg").count() >= 4
    assert report.locator("figure svg").first.bounding_box()["height"] > 30
    row.locator("summary").click()
    with page.expect_popup() as opening:
        row.get_by_role("link", name="funnel_stages").click()
    assert opening.value.locator("img").evaluate("image => image.naturalWidth > 100")


def test_an_operator_has_it_made_and_sent_and_its_reader_has_a_task(open_as: Open, office: Office) -> None:
    page = open_as("operator", "reports")
    before = len(reports(office))
    page.get_by_role("button", name="Make and send").click()
    expect(page.get_by_role("status")).to_contain_text("on its way to 1 person")
    expect(page.get_by_text("by hand, 12 Mar 2026")).to_be_visible()
    office.until("the task of the report", lambda: len(reports(office)) == before + 1)
    assert len(reports(office)[-1].files) >= 3


def reports(office: Office) -> list[object]:
    tasks = office.sandbox.part(TaskBook).tasks.values()
    return [task for task in tasks if task.title.startswith("Report: ")]
