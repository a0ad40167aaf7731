"""`make screenshots`: a picture of every page of the office, wide and narrow, light and dark.

`ARGS="--folder docs/pictures --chosen"` takes those that the README shows; `ARGS="--only item"` those whose
name begins so.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import NARROW, WIDE, find_chromium, new_context
from tests.browser.office import PASSWORD, Office
from webhooks.dashboard.pages import PAGES

FOLDER = Path("build/screenshots")
#: What the README shows is no larger.
MOST_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Picture:
    """One page as it is photographed."""

    name: str
    path: str
    language: str = "en"
    theme: str = "light"
    size: tuple[int, int] = WIDE
    is_whole: bool = True
    #: Of the sandbox portal's own pages.
    is_of_board: bool = False

    @property
    def file(self) -> str:
        return f"{self.name}-{self.language}-{self.theme}-{self.size[0]}.png"


_PAGES = {
    **{page.name: page.name for page in PAGES},
    "found": "items?q=насос",
    "item": "items/{large}",
    "item-parked": "items/{parked}",
    "item-refused": "items/{refused}",
    "item-family": "items/{sale}",
    "source": "pipelines/simple_sale/source?line=60",
}
_BOARD_PAGES = {
    "board": "2/1",
    "board-card": "2/item/{large.id}",
    "board-tasks": "tasks",
    "board-people": "people",
}
#: Of the README.
CHOSEN = (
    Picture("pipelines", "pipelines", is_whole=False),
    Picture("people", "people", is_whole=False),
    Picture("delays", "delays", theme="dark", is_whole=False),
    Picture("item", "items/{large}", is_whole=False),
    Picture("health", "health", is_whole=False),
    Picture("board", "2/1", size=(1200, 680), is_whole=False, is_of_board=True),
    Picture("item", "items/{large}", language="ru", theme="dark", size=NARROW, is_whole=False),
)


def every() -> Iterator[Picture]:
    """Each page in light and dark, wide and narrow; the dark ones in Russian."""
    for name, path in _PAGES.items():
        is_whole = name != "source"
        for size in (WIDE, NARROW):
            yield Picture(name, path, "en", "light", size, is_whole)
            yield Picture(name, path, "ru", "dark", size, is_whole)
    for name, path in _BOARD_PAGES.items():
        for size in (WIDE, NARROW):
            yield Picture(name, path, "en", "light", size, is_of_board=True)
            yield Picture(name, path, "ru", "dark", size, is_of_board=True)


def main() -> None:
    """Tell the story, open the office, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--only", default="", help="pictures whose name begins so")
    parser.add_argument("--chosen", action="store_true", help="those of the README")
    asked = parser.parse_args()
    pictures = [each for each in (CHOSEN if asked.chosen else every()) if each.name.startswith(asked.only)]
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        office.tell()
        with office.opened(), sync_playwright() as player:
            browser = player.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
            take(browser, office, pictures, asked.folder)
            browser.close()


def take(browser: Browser, office: Office, pictures: Sequence[Picture], folder: Path) -> None:
    """Each picture into a file of its name."""
    state = sign_in(browser, office)
    for each in pictures:
        context = new_context(browser, office, state, each.language, each.theme, each.size)
        page = context.new_page()
        path = each.path.format(**office.cards)
        if each.is_of_board:
            _sit_down(page, office, each)
            page.goto(office.board_url + path)
        else:
            page.goto(office.page(path), wait_until="networkidle")
        _come_to_rest(page)
        taken = page.screenshot(full_page=each.is_whole)
        (folder / each.file).write_bytes(taken)
        print(f"{folder / each.file}: {len(taken) // 1000} kB")
        if each in CHOSEN and len(taken) > MOST_BYTES:
            raise SystemExit(f"{each.file} is larger than {MOST_BYTES // 1000} kB: show less of the page")
        context.close()


def _sit_down(page: Page, office: Office, picture: Picture) -> None:
    """At the portal's board as one of its people, in the language and theme of the picture."""
    page.goto(office.board_url)
    page.get_by_role("button", name="Galina Petrova").click()
    for choice in (picture.theme, picture.language):
        page.locator("summary", has_text=re.compile("View|Вид")).click()
        page.locator(f"button[value={choice}]").click()


def _come_to_rest(page: Page) -> None:
    """Images that wait until they are seen are there, and the page is at its top again."""
    page.evaluate("document.querySelectorAll('img').forEach((each) => { each.loading = 'eager' })")
    page.wait_for_function("() => [...document.images].every((each) => each.complete)")


def sign_in(browser: Browser, office: Office) -> object:
    """The cookies of an admin."""
    context = browser.new_context()
    page: Page = context.new_page()
    page.goto(f"{office.dashboard_url}/sign-in")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portals/**")
    state = context.storage_state()
    context.close()
    return state


if __name__ == "__main__":
    main()
