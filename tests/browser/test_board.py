"""A person plays a rep on the portal's board and watches the product answer: a corporate sale, to its end."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import NARROW, PATIENCE_MILLISECONDS, WIDE, Watch
from tests.browser.office import Office
from tests.browser.test_every_page import assert_fits, faults

REP, HEAD = "Elena Smirnova", "Anna Fischer"
TITLE = "Forty pumps <b>for</b> Acme"
NEW, PRESENTATION = "C3:NEW", "C3:UC_PRESENT"
#: The product answers in a second; right after its start, and on a busy machine, it may take longer.
ANSWER_MILLISECONDS = 30_000


class Rep:
    """Somebody at the board, in a window of that size."""

    def __init__(self, page: Page, office: Office, name: str = REP) -> None:
        self.page, self._office = page, office
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.goto(office.board_url)
        page.get_by_role("button", name=name).click()

    def open(self, path: str) -> None:
        self.page.goto(self._office.board_url + path)

    def new_sale(self, title: str) -> str:
        """A card on the board of corporate sales; its address below the board's."""
        self.open("2/3")
        self.page.get_by_role("link", name="New card").click()
        self.page.get_by_label("Name", exact=True).fill(title)
        self.page.get_by_label("Amount", exact=True).fill("250,000")
        self.page.get_by_role("button", name="Make the card").click()
        self.page.wait_for_url("**/item/*")
        return self.page.url.removeprefix(self._office.board_url)

    def task(self, title: str) -> Locator:
        """The open task on the card whose title begins so, once it is there."""
        found = self.page.locator("#open-tasks .task").filter(
            has=self.page.get_by_role("heading", name=re.compile(f"(^|: ){re.escape(title)}"))
        )
        expect(found).to_be_visible(timeout=ANSWER_MILLISECONDS)
        return found

    def tick(self, title: str, *lines: str) -> None:
        for line in lines:
            box = self.task(title).get_by_role("checkbox", name=line, exact=True)
            box.click()
            expect(box).to_be_checked()

    def complete(self, title: str, *lines: str) -> None:
        """Tick these lines of the task and complete it."""
        self.tick(title, *lines)
        task = self.task(title)
        key = task.get_attribute("id")
        task.get_by_role("button", name="Complete", exact=True).click()
        expect(self.page.locator(f"#open-tasks #{key}")).to_have_count(0)

    def fill(self, **fields: str) -> None:
        """Write into fields of the card, named by their titles, and save."""
        for name, value in fields.items():
            self.page.get_by_label(name.replace("_", " "), exact=True).fill(value)
        self.page.get_by_role("button", name="Save", exact=True).click()
        expect(self.page.locator(".unsaved")).to_be_hidden()

    def tile(self, title: str) -> Locator:
        return self.page.locator(".tile", has_text=title)

    def at(self, stage: str) -> None:
        """Wait until the card is in that stage."""
        present = self.page.locator(".stagebar [aria-current=step]")
        expect(present).to_have_text(stage, timeout=ANSWER_MILLISECONDS)


@pytest.fixture
def page(browser: Browser, watched: list[Watch]) -> Iterator[Page]:
    """A window whose troubles fail the test."""
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="en-GB")
    watched.append(Watch(context))
    yield context.new_page()
    context.close()


def test_a_corporate_sale_from_the_first_call_to_the_contract(office: Office, page: Page) -> None:
    rep = Rep(page, office)
    card = rep.new_sale(TITLE)
    rep.complete("Call", "Interested, wants to know more")
    rep.task("Agree on a preliminary date")
    rep.fill(Date_and_time_of_the_presentation="2026-03-16T11:00", Company="Acme, found on the way")
    rep.complete("Agree on a preliminary date", "Continue")
    rep.complete("Describe the sale", "Continue")
    rep.complete("Who goes on with", "I do: needs analysis")
    rep.at("Needs analysis")
    rep.complete("Collect information on Acme", "History of the company", "Key contacts")
    rep.complete("Call", "Date of the presentation agreed")
    rep.task("Choose the next stage")

    rep.open("2/3")
    target = page.locator(f'[data-stage="{PRESENTATION}"]')
    rep.tile(TITLE).drag_to(target)
    expect(target.locator(".tile", has_text=TITLE)).to_be_visible()
    rep.open(card)
    rep.at("Presentation")
    rep.complete("Prepare the presentation", "Competitors are known")
    rep.complete("Conduct the presentation")
    rep.task("Results of the presentation")
    rep.fill(Who_was_at_the_presentation="Julia Ferrari", Sales_tactics="The service is our strength")
    rep.complete("Results of the presentation", "Continue")
    rep.complete("Choose the next stage", "Proposal development")

    rep.at("Proposal development")
    rep.complete("Does the proposal", "No")
    rep.complete("Prepare the proposal")
    rep.at("Proposal presentation")
    rep.complete("Prepare materials")
    rep.complete("Tactics, as discussed with the head", "Continue")
    rep.complete("Present the proposal")
    rep.complete("Choose the next stage", "Contracting")
    rep.at("Contracting")
    rep.complete("Collect information for the contract")
    rep.complete("Prepare the contract")
    rep.complete("Agree on the contract", "Signed")
    rep.at("Closed won")
    rep.complete("Won", "The card is up to date")
    expect(page.locator("#nothing-open")).to_be_visible()
    assert office.sandbox.value((2, int(card.rpartition("/")[2])), "STAGE_ID") == "C3:WON"


def test_a_gate_sends_the_card_back_and_says_what_is_missing(office: Office, page: Page) -> None:
    """Without a mouse: the select on the card, and its button."""
    rep = Rep(page, office)
    card = rep.new_sale("Valves for Beta")
    rep.task("Call")
    rep.open("2/3")
    tile = rep.tile("Valves for Beta")
    tile.get_by_text("Move", exact=True).first.press("Enter")
    tile.get_by_label("To stage").select_option(label="Closed lost")
    tile.get_by_role("button", name="Move").press("Enter")
    expect(rep.tile("Valves for Beta")).to_have_count(0)
    rep.open(card)
    rep.at("Interest")
    missing = page.locator("#open-tasks .task", has_text="Winning competitor")
    expect(missing).to_be_visible(timeout=ANSWER_MILLISECONDS)


def test_a_half_written_comment_outlives_what_others_do(office: Office, page: Page) -> None:
    rep = Rep(page, office)
    card = rep.new_sale("Sensors for Gamma")
    rep.task("Call")
    number = int(card.rpartition("/")[2])
    written = page.get_by_label("Comment", exact=True).last
    need = page.get_by_label("What the customer needs", exact=True)
    need.fill("Forty sensors")
    written.fill("They will call on")
    office.sandbox.comment((2, number), "A word from the head", by=1)
    office.sandbox.edit((2, number), by=1, opportunity=77_000, ufCrm_PRODUCTS="Sensors")
    expect(page.locator("#entries")).to_contain_text("A word from the head")
    expect(page.locator("#head")).to_contain_text("$77,000")
    expect(page.get_by_label("Products of interest", exact=True)).to_have_value("Sensors")
    expect(written).to_have_value("They will call on")
    expect(written).to_be_focused()
    expect(need).to_have_value("Forty sensors")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".unsaved")).to_be_hidden()
    assert office.sandbox.value((2, number), "ufCrm_NEED") == "Forty sensors"
    assert office.sandbox.value((2, number), "ufCrm_PRODUCTS") == "Sensors"
    expect(written).to_have_value("They will call on")


def test_a_refusal_stands_where_the_form_is(office: Office, page: Page, watched: list[Watch]) -> None:
    watched[0].allowed.add(422)
    rep = Rep(page, office)
    rep.new_sale("Meters for Delta")
    page.get_by_label("Amount", exact=True).fill("a lot")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#fields [data-refusal]")).to_have_text("“a lot” cannot be read as Amount")
    expect(page.get_by_label("Amount", exact=True)).to_have_value("a lot")


LOOKS = {"english, light, wide": ("en", "light", WIDE), "russian, dark, narrow": ("ru", "dark", NARROW)}
PATHS = ("people", "2/1", "2/3", "1/0", "2/item/1", "2/3/new", "tasks?of=5", "task/1", "notices")


@pytest.mark.parametrize("look", LOOKS)
def test_pages_have_no_fault_and_are_there_for_everybody(
    office: Office, browser: Browser, watched: list[Watch], look: str
) -> None:
    language, theme, (width, height) = LOOKS[look]
    context = browser.new_context(viewport={"width": width, "height": height})
    watched.append(Watch(context))
    page = context.new_page()
    rep = Rep(page, office, HEAD)
    page.get_by_text("View").click()
    page.locator(f"button[value={theme}]").click()
    page.get_by_text("View").click()
    page.locator(f"button[value={language}]").click()
    for path in PATHS:
        rep.open(path)
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("h1").count() == 1, path
        assert faults(page) == [], path
        assert_fits(page)
    context.close()
