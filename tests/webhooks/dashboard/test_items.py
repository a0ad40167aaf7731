"""Finding a card, and the page that says what it waits for and why."""

from __future__ import annotations

import re

import pytest

from connector.records import ItemRef
from tests.connector.flow.workshop import LOST, PIPELINE, WORK, Workshop
from tests.webhooks.dashboard.visitor import Visitor


@pytest.fixture
def deal(workshop: Workshop) -> ItemRef:
    """A deal that came from the first stage into the second by a rep's answer."""
    ref = workshop.deal(TITLE="Поставка <Acme>", OPPORTUNITY=120000)
    workshop.complete(ref, "Interested")
    return ref


def items(path: str = "") -> str:
    return f"/portals/main/items{path}"


def test_a_card_is_found_by_title_number_and_address(
    viewer: Visitor, workshop: Workshop, deal: ItemRef
) -> None:
    assert "Поставка <Acme>" in viewer.open(items("?q=поставка"))
    assert "Elena Smirnova" in viewer.open(items(f"?q={deal.id}"))
    assert "Nothing is called so" in viewer.open(items("?q=zzz"))
    assert "Changed last" in viewer.open(items())
    for asked in (str(deal), f"https://{workshop.sandbox.domain}/crm/deal/details/{deal.id}/?IFRAME=Y"):
        viewer.open(items(), query_string={"q": asked})
        assert viewer.path == items(f"/{deal}")


def test_the_page_begins_with_what_is_waited_for(viewer: Visitor, deal: ItemRef) -> None:
    text = viewer.open(items(f"/{deal}"))
    assert "Waiting for Elena Smirnova: “Send an offer”, due" in text
    assert text.index("Waiting for") < text.index("What happened, and why")
    assert "Ждём: Elena Smirnova — «Send an offer», срок" in viewer.speak("ru").open(items(f"/{deal}"))


def test_the_log_leads_to_the_line_of_the_rule(viewer: Visitor, deal: ItemRef) -> None:
    text = viewer.open(items(f"/{deal}"))
    assert 'Task "Call about Поставка <Acme>" was completed: Interested, by Elena Smirnova' in text
    assert '"Call about Поставка <Acme>" ended: Interested' in text
    assert "шаг call" in viewer.speak("ru").open(items(f"/{deal}"))
    viewer.speak("en").open(items(f"/{deal}"))
    link = re.search(r'href="([^"]+)#L(\d+)">step call<', viewer.page)
    assert link is not None
    lines = PIPELINE.splitlines()
    source = viewer.open(link[1].replace("&amp;", "&"))
    assert "in force" in source
    assert lines[int(link[2]) - 1] == "[[stages.steps]]"
    assert f'<li id="L{link[2]}" class="here" aria-current="true">' in viewer.page


def test_the_picture_shows_the_present_stage_in_the_chosen_colours(viewer: Visitor, deal: ItemRef) -> None:
    viewer.open(items(f"/{deal}"))
    found = re.search(r'<img src="([^"]+process.svg[^"]*)"', viewer.page)
    assert found is not None
    address = found[1].replace("&amp;", "&")
    viewer.open(address)
    assert viewer.answer.mimetype == "image/svg+xml"
    assert 'class="open present"' in viewer.page
    assert "prefers-color-scheme" in viewer.page
    assert "style-src 'unsafe-inline'" in viewer.answer.headers["Content-Security-Policy"]
    viewer.open(address.replace("theme=auto", "theme=dark"))
    assert "prefers-color-scheme" not in viewer.page


def test_moves_that_are_not_allowed_say_why(viewer: Visitor, deal: ItemRef) -> None:
    text = viewer.open(items(f"/{deal}"))
    moves = text[text.index("Where the card may be moved now") :]
    assert "Won allowed" in moves
    assert "Lost not yet not filled in: Why" in moves


def test_a_refused_move_and_its_list_are_told(viewer: Visitor, workshop: Workshop, deal: ItemRef) -> None:
    workshop.move(deal, LOST)
    text = viewer.open(items(f"/{deal}"))
    assert 'The move to "Lost" was refused: not filled in: Why' in text
    assert workshop.stage(deal) == WORK


def test_what_nobody_has_seen_has_no_page(viewer: Visitor) -> None:
    for path in ("/deal:99", "/nothing", "/deal:99/process.svg"):
        viewer.open(items(path))
        assert viewer.status == 404, path
    viewer.open("/portals/main/pipelines/sale/source?version=0")
    assert viewer.status == 404
