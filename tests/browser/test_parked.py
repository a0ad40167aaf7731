"""What the portal refused waits for a person, who has it tried again: it succeeds, and the task is there."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.office import Office


def test_a_parked_row_is_tried_again_and_succeeds(open_as: Open, office: Office) -> None:
    card = office.cards["parked"]
    page = open_as("operator", f"items/{card}")
    waits = page.locator(".waits .first")
    expect(waits).to_contain_text("Parked: Task")
    expect(waits).to_contain_text("Incorrect responsible")
    page.get_by_role("link", name="Decide on the health page").click()
    page.get_by_role("button", name="Retry: Analyzers for Granite Medical").click()
    expect(page.get_by_role("status")).to_be_visible()
    office.until("the command is done", lambda: not office.parked())
    office.until("the portal has the task", lambda: len(office.sandbox.tasks_of(card)) == 1)
    page.goto(office.page(f"items/{card}"))
    office.until("the page says so", lambda: "Waiting for" in _reloaded(page))
    page.goto(office.page("health"))
    expect(page.get_by_text("Nothing waits for a person.")).to_be_visible()


def _reloaded(page: Page) -> str:
    page.reload()
    return page.locator(".waits .first").inner_text()
