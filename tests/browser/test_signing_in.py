"""Coming in: a wrong password, too many of them, an invitation, signing out."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from connector import users as accounts
from connector.store import users
from connector.store.users import Role
from tests.browser.conftest import Open, Watch
from tests.browser.office import PASSWORD, Office

Watches = list[Watch]


def try_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_stranger_comes_in_by_the_right_password_and_to_where_they_wanted(
    open_as: Open, office: Office, watched: Watches
) -> None:
    page = open_as(None, "/")
    watched[0].allowed.add(403)
    page.goto(office.page("people?days=30"))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    try_in(page, "viewer", "not the password")
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    expect(page.get_by_label("Password")).to_be_focused()
    try_in(page, "viewer", PASSWORD)
    expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()
    assert page.url == office.page("people?days=30")


def test_who_guesses_too_often_has_to_wait(open_as: Open, watched: Watches) -> None:
    page = open_as(None, "/sign-in")
    watched[0].allowed |= {403, 429}
    for _ in range(accounts.OF_NAME):
        try_in(page, "operator@elsewhere", "guess")
        expect(page.get_by_role("alert")).to_be_visible()
    try_in(page, "operator@elsewhere", "guess")
    expect(page.get_by_role("heading", name="Too many tries")).to_be_visible()


def test_an_invitation_is_taken_once(open_as: Open, office: Office, watched: Watches) -> None:
    now = office.clock.now()
    with office.app.database.write() as conn:
        users.add(conn, "vera", Role.VIEWER, now, "test")
        token = accounts.invite(conn, "vera", now)
    page = open_as(None, f"/invitation/{token}")
    page.get_by_label("Password").fill("a sentence of mine")
    page.get_by_label("The same once more").fill("a sentence of mine")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", name="Pipelines")).to_be_visible()
    page.locator("summary", has_text="vera").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    watched[0].allowed.add(404)
    page.goto(f"{office.dashboard_url}/invitation/{token}")
    expect(page.get_by_label("The same once more")).to_have_count(0)
    try_again = open_as(None, "/sign-in")
    try_in(try_again, "vera", "a sentence of mine")
    expect(try_again.get_by_role("heading", name="Pipelines")).to_be_visible()


def test_language_and_theme_are_chosen_with_one_click_and_stay(open_as: Open, office: Office) -> None:
    page = open_as("viewer", "people?days=30")
    page.get_by_role("button", name="RU").click()
    expect(page.get_by_role("heading", name="Сотрудники", exact=True)).to_be_visible()
    assert page.url == office.page("people?days=30")
    before = background(page)
    page.get_by_role("button", name="Тема: светлая").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert background(page) != before
    page.goto(office.page("delays"))
    expect(page.locator("html")).to_have_attribute("lang", "ru")


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_a_viewer_sees_no_buttons_and_no_users(
    open_as: Open, office: Office, watched: Watches, signed_in: Callable[[str], object]
) -> None:
    page = open_as("viewer", "health")
    expect(page.get_by_role("heading", name="Waiting for a person")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)
    watched[0].allowed.add(403)
    page.goto(office.page("users"))
    expect(page.get_by_role("heading", name="Not for you")).to_be_visible()
