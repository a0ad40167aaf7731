"""Without a mouse: to the content, through a figure's table, to a card."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.office import PASSWORD

MOST_STEPS = 80


def go_to(page: Page, what: str) -> None:
    """Press Tab until the element that a CSS selector names has the focus, and can be seen to have it."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if page.evaluate("what => document.activeElement.matches(what)", what):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{what} has the focus, and nobody sees it"
            return
    raise AssertionError(f"{what} is not reached within {MOST_STEPS} steps")


def test_signing_in_needs_no_mouse(open_as: Open) -> None:
    page = open_as(None, "/sign-in")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("viewer")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Pipelines")).to_be_visible()


def test_a_figures_table_is_opened_and_a_card_reached(open_as: Open) -> None:
    page = open_as("viewer", "delays")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    go_to(page, "details:not([open]) > summary")
    page.keyboard.press("Enter")
    expect(page.locator("main details[open] table").first).to_be_visible()
    page.goto(page.url)
    go_to(page, "main tbody a[href*='/items/']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What happened, and why")).to_be_visible()


def test_boxes_that_scroll_can_be_scrolled(open_as: Open) -> None:
    page = open_as("viewer", "items/deal:264")
    go_to(page, ".picture")
    page.evaluate("document.activeElement.scrollTo(0, 0)")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.activeElement.scrollTop > 0")
