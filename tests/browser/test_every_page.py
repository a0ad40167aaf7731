"""Every page, in both languages and themes, wide and narrow: nothing breaks, everybody can use it."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.office import Office
from webhooks.dashboard.pages import PAGES

#: Pages of the menu, and what is reached from them; {card} is a card of the story.
PATHS = {
    **{page.name: page.name for page in PAGES},
    "found": "items?q=насос",
    "item": "items/{large}",
    "item that is parked": "items/{parked}",
    "item that belongs to others": "items/{sale}",
    "source": "pipelines/simple_sale/source?line=60",
}
LOOKS = {"english, light, wide": ("en", "light", WIDE), "russian, dark, narrow": ("ru", "dark", NARROW)}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PATHS)
def test_a_page_has_no_fault_and_is_there_for_everybody(
    office: Office, open_as: Open, name: str, look: str
) -> None:
    language, theme, size = LOOKS[look]
    page = open_as("admin", PATHS[name].format_map(office.cards), language=language, theme=theme, size=size)
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1
    assert faults(page) == []
    assert_fits(page)


def faults(page: Page) -> list[str]:
    """What axe calls serious or critical, with the first element that has it."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]} ({len(each['nodes'])} times)"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def assert_fits(page: Page) -> None:
    """Nothing but boxes with a scroll bar of their own is wider than the window."""
    width = page.evaluate("document.documentElement.scrollWidth")
    shown = page.evaluate("document.documentElement.clientWidth")
    assert width <= shown, f"{page.url} is {width} wide in a window of {shown}: {_widest(page)}"


def _widest(page: Page) -> str:
    script = """() => [...document.querySelectorAll('main *')].filter(each =>
      each.getBoundingClientRect().right > document.documentElement.clientWidth + 1
      && !each.parentElement.closest('.scroll, pre, [tabindex="0"]')).map(each =>
      each.tagName + '.' + each.className).slice(0, 5).join(', ')"""
    return str(page.evaluate(script))
