"""A browser in front of the office: signed in as anybody, in either language and theme, wide or narrow.

Whatever goes wrong on a page fails the test that was there: a script that breaks, something that the security
policy forbids, a request to anywhere but this machine, an answer that is an error.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, Route

from tests.browser.office import PASSWORD, Office

WIDE, NARROW = (1440, 900), (360, 740)
#: What people wait for at the longest; no test waits longer than it has to.
PATIENCE_MILLISECONDS = 15_000

Open = Callable[..., Page]


class Watch:
    """Remembers what went wrong in a browser context."""

    def __init__(self, context: BrowserContext) -> None:
        self.troubles: list[str] = []
        #: Statuses that the test expects of pages.
        self.allowed: set[int] = set()
        context.route("**/*", self._only_here)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.troubles.append(f"script: {error.error}"))
        context.on("response", self._look)

    def _only_here(self, route: Route, request: Request) -> None:
        if urlsplit(request.url).hostname == "127.0.0.1":
            route.continue_()
            return
        self.troubles.append(f"a request to {request.url}")
        route.abort()

    def _hear(self, message: ConsoleMessage) -> None:
        is_of_status = message.text.startswith("Failed to load resource: the server responded")
        if message.type in ("error", "warning") and not is_of_status:
            self.troubles.append(f"console: {message.text}")

    def _look(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.troubles.append(f"{response.status} {response.request.method} {response.url}")


def find_chromium() -> str:
    """The system's own browser, under any of the names that systems give it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no Chromium: `make chromium` installs it"
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's own browser; in a container it has no sandbox of its own."""
    args = ["--no-sandbox", "--disable-dev-shm-usage"]
    return {"executable_path": find_chromium(), "headless": True, "args": args}


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The office after its three weeks, running."""
    told = Office(tmp_path_factory.mktemp("office"))
    told.tell()
    with told.opened() as running:
        yield running


@pytest.fixture(scope="session")
def signed_in(browser: Browser, office: Office) -> Callable[[str], Any]:
    """The cookies of a user of each role, who has signed in as people do."""
    states: dict[str, Any] = {}

    def state_of(role: str) -> Any:
        if role not in states:
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{office.dashboard_url}/sign-in")
            page.get_by_label("Name").fill(role)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/portals/**")
            states[role] = context.storage_state()
            context.close()
        return states[role]

    return state_of


@pytest.fixture
def watched() -> Iterator[list[Watch]]:
    """Every watch of the test; fails it where one has something to tell."""
    watches: list[Watch] = []
    yield watches
    troubles = [trouble for watch in watches for trouble in watch.troubles]
    assert not troubles, "\n".join(troubles)


@pytest.fixture
def open_as(
    browser: Browser, office: Office, signed_in: Callable[[str], Any], watched: list[Watch]
) -> Iterator[Open]:
    """Opens a path of the dashboard as somebody: `open_as("viewer", "people", language="ru")`."""
    contexts: list[BrowserContext] = []

    def open_page(
        role: str | None,
        path: str = "pipelines",
        *,
        language: str = "en",
        theme: str = "light",
        size: tuple[int, int] = WIDE,
    ) -> Page:
        context = new_context(browser, office, signed_in(role) if role else None, language, theme, size)
        contexts.append(context)
        watched.append(Watch(context))
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.goto(
            path if path.startswith("http") else office.page(path) if role else office.dashboard_url + path
        )
        return page

    yield open_page
    for context in contexts:
        context.close()


def new_context(
    browser: Browser, office: Office, state: Any, language: str, theme: str, size: tuple[int, int]
) -> BrowserContext:
    """A window of that size, with the choices that a person made before."""
    width, height = size
    context = browser.new_context(
        storage_state=state,
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        locale="ru-RU" if language == "ru" else "en-GB",
        reduced_motion="reduce",
        accept_downloads=True,
    )
    choices = {"funnelwright_language": language, "funnelwright_theme": theme}
    context.add_cookies(
        [{"name": name, "value": value, "url": office.dashboard_url} for name, value in choices.items()]
    )
    return context
