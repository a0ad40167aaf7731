"""What people see on the board: columns, cards, tasks, in two languages, for everybody what they may see."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from connector.sandbox import board
from connector.sandbox.board.colours import stylesheet
from connector.sandbox.board.markup import shown
from connector.sandbox.board.russian import RUSSIAN
from connector.sandbox.board.words import Words
from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.board_browser import Visitor
from tests.connector.sandbox.calls import ADMIN, BOSS, OTHER, REP, ask

HOSTILE = "<script>alert(1)</script> \"' onload=x {{ 7*7 }}"
SALE = "/board/2/3"


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


def task_of(portal: SandboxPortal, deal: int, *, days: float = 1, by: int = REP, **fields: object) -> int:
    """A task for `by` on a deal, due in so many days."""
    due = (portal.now() + timedelta(days=days)).isoformat()
    named = {"TITLE": "Call", "RESPONSIBLE_ID": by, "UF_CRM_TASK": [f"D_{deal}"], "DEADLINE": due, **fields}
    return int(ask(portal, "tasks.task.add", {"fields": named}).result["task"]["id"])


def test_one_click_makes_a_visitor_any_employee(portal: SandboxPortal) -> None:
    visitor = Visitor(portal)
    asked = visitor.get(SALE)
    assert "Who are you?" in asked.words
    assert not asked.find("button", name="user", value="16"), "who was dismissed is not offered"
    page = visitor.post("/board/people", user=str(REP), next=SALE)
    assert "Elena Smirnova" in page.words
    assert "Corporate sale" in page.words


def test_columns_count_and_add_up_what_they_hold(portal: SandboxPortal) -> None:
    for amount in (1000, 250.5):
        portal.deal(stage="C3:NEW", title="Pumps", opportunity=amount, by=REP)
    portal.deal(stage="C3:WON", title="Sold", opportunity=70, by=REP)
    page = Visitor(portal, REP).get(SALE)
    assert "Interest 2 $1,250.50" in page.words
    assert "Closed won 1 $70" in page.words
    assert "Sold" not in page.words, "closed stages are narrow until they are opened"
    assert "Sold" in Visitor(portal, REP).get(f"{SALE}?open=C3:WON").words


def test_of_a_long_column_the_newest_are_shown_and_more_on_demand(portal: SandboxPortal) -> None:
    for number in range(95):
        portal.deal(stage="C3:NEW", title=f"Deal {number}", by=REP)
    visitor = Visitor(portal, REP)
    page = visitor.get(SALE)
    assert len(page.find("li", draggable="true")) == 30
    assert "More: 65 are not shown" in page.words
    more = next(link["href"] for link in page.find("a") if "n." in (link["href"] or ""))
    assert len(visitor.get(more or "").find("li", draggable="true")) == 80


def test_cards_are_found_by_owner_and_by_words(portal: SandboxPortal) -> None:
    portal.deal(stage="C3:NEW", title="Pumps for Acme", assignedById=REP)
    portal.deal(stage="C3:NEW", title="Valves", assignedById=OTHER)
    visitor = Visitor(portal, REP)
    for address in (f"{SALE}?owner=me", f"{SALE}?q=aCME", f"{SALE}?owner={REP}&q=1"):
        words = visitor.get(address).words
        assert "Pumps for Acme" in words
        assert "Valves" not in words


def test_hostile_words_stay_words(portal: SandboxPortal) -> None:
    deal = portal.deal(stage="C3:NEW", title=HOSTILE, by=REP, comments=HOSTILE, ufCrm_NEED=HOSTILE)
    task_of(portal, deal.id, TITLE=HOSTILE, DESCRIPTION=HOSTILE + "[URL=javascript:alert(1)]x[/URL]")
    portal.comment(deal, HOSTILE, by=REP)
    visitor = Visitor(portal, REP)
    for address in (SALE, f"/board/2/item/{deal.id}", "/board/tasks", "/board/task/1"):
        page = visitor.get(address)
        assert HOSTILE in page.words
        assert "<script>alert" not in page.html
        assert 'href="javascript' not in page.html


def test_no_page_needs_what_its_policy_forbids(portal: SandboxPortal) -> None:
    deal = portal.deal(stage="C3:NEW", title="Pumps", by=REP)
    task_of(portal, deal.id)
    visitor = Visitor(portal, REP)
    for address in (SALE, f"/board/2/item/{deal.id}", f"{SALE}/new", "/board/tasks", "/board/people"):
        page = visitor.get(address)
        for tag, values in page.tags:
            assert not {name for name in values if name == "style" or name.startswith("on")}, (tag, values)
            assert tag != "style"
            assert tag != "script" or values["src"]
        response = visitor.client.get(address)
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert "http" not in response.headers["Content-Security-Policy"]


def test_a_card_shows_what_is_late_and_a_person_what_to_do_first(portal: SandboxPortal) -> None:
    deal = portal.deal(stage="C3:NEW", title="Pumps", assignedById=REP)
    task_of(portal, deal.id, days=-1, TITLE="Call them")
    task_of(portal, deal.id, days=3, TITLE="Describe the sale")
    visitor = Visitor(portal, REP)
    assert "Call them Overdue: 11" in visitor.get(SALE).words
    assert [each["class"] for each in visitor.get(f"/board/2/item/{deal.id}").find("article")] == [
        "task is-late",
        "task",
    ]
    words = visitor.get("/board/tasks").words
    assert words.index("Overdue") < words.index("Call them") < words.index("In the next seven days")
    assert words.index("In the next seven days") < words.index("Describe the sale")


def test_everybody_sees_what_they_may(portal: SandboxPortal) -> None:
    mine = portal.deal(stage="C3:NEW", title="Pumps", assignedById=REP)
    other = portal.deal(stage="C3:NEW", title="Valves", assignedById=OTHER)
    task = task_of(portal, other.id, by=OTHER)
    portal.crm.rights.own_only.add(REP)
    portal.crm.rights.hide_category(REP, 2, 2)
    rep = Visitor(portal, REP)
    words = rep.get(SALE).words
    assert "Pumps" in words
    assert "Valves" not in words
    assert "Tenders" not in words
    rep.get(f"/board/2/item/{mine.id}")
    for address in (f"/board/2/item/{other.id}", "/board/2/2", f"/board/task/{task}"):
        rep.get(address, 403)
    rep.get("/board/2/item/999", 404)
    Visitor(portal, BOSS).get(f"/board/2/item/{other.id}")


def test_a_card_tells_its_story(portal: SandboxPortal) -> None:
    deal = portal.deal(stage="C3:NEW", title="Pumps", by=REP)
    portal.move(deal, "C3:UC_NEEDS", by=BOSS)
    portal.comment(deal, "They want a [b]discount[/b]", by=REP)
    meeting = portal.item(1036, title="Meeting with Acme", PARENT_ID_2=deal.id)
    page = Visitor(portal, REP).get(f"/board/2/item/{deal.id}")
    assert "Interest → moved to Needs analysis" in page.words
    assert "<strong>discount</strong>" in page.html
    assert page.find("a", href=f"/board/1036/item/{meeting.id}")
    assert page.find("button", id="to-3", **{"aria-current": "step"})


def test_notifications_are_new_until_they_were_looked_at(portal: SandboxPortal) -> None:
    ask(portal, "im.notify", {"USER_ID": REP, "MESSAGE": "A sale for you"})
    visitor = Visitor(portal, REP)
    assert "Notifications 1" in visitor.get("/board/tasks").words
    assert "A sale for you" in visitor.get("/board/notices").words
    assert "Notifications 1" not in visitor.get("/board/tasks").words
    assert "A sale for you" not in Visitor(portal, BOSS).get("/board/notices").words


def test_the_portals_language_is_the_first_choice_and_not_the_last(portal: SandboxPortal) -> None:
    visitor = Visitor(SandboxPortal(language="ru"), REP)
    assert "Мои задачи" in visitor.get("/board/tasks").words
    page = visitor.post("/board/look", language="en", theme="dark", next="/board/tasks")
    assert "My tasks" in page.words
    assert page.find("html", lang="en", **{"data-theme": "dark"})


def test_every_word_of_the_pages_has_its_russian() -> None:
    folder = Path(board.__file__).parent
    said = re.compile(r"""\b_\((?:"([^"]+)"|'([^']+)')|button\(task, "\w+", "([^"]+)\"""")
    texts = [path.read_text() for path in folder.glob("templates/*.html")]
    words = {found[1] or found[2] or found[3] for text in texts for found in said.finditer(text)}
    spoken = re.compile(r'(?:words\(\)|said|self\._words|Refused)\(\s*"([^"]+)"')
    words |= {each for path in folder.rglob("*.py") for each in spoken.findall(path.read_text())}
    assert len(words) > 90
    assert not words - set(RUSSIAN)


@pytest.mark.parametrize(
    ("number", "english", "russian"),
    [(1, "1 task", "1 задача"), (3, "3 tasks", "3 задачи"), (11, "11 tasks", "11 задач")],
)
def test_counted_nouns(number: int, english: str, russian: str) -> None:
    zone = SandboxPortal().zone
    assert Words("en", zone).count(number, "task").replace("\N{NO-BREAK SPACE}", " ") == english
    assert Words("ru", zone).count(number, "task").replace("\N{NO-BREAK SPACE}", " ") == russian


def test_colours_of_stages_come_from_clients_and_are_not_trusted(portal: SandboxPortal) -> None:
    fields = {"ENTITY_ID": "DEAL_STAGE_3", "STATUS_ID": "EVIL", "NAME": "x", "SORT": 15}
    colour = "#fff}body{display:none"
    ask(portal, "crm.status.add", {"fields": {**fields, "COLOR": colour}}, by=ADMIN)
    sheet = stylesheet(portal)
    assert "display" not in sheet
    assert ".c-39a8ef{--stage:#39a8ef;--on-stage:#0f1c2b}" in sheet


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("[b]x[/b] [B]y", "<strong>x</strong> [B]y"),
        ("[i][b]x[/i][/b]", "[i]<strong>x[/i]</strong>"),
        (
            '[url=https://a.example/?q="]x[/url]',
            '<a href="https://a.example/?q=&#34;" rel="noopener noreferrer">x</a>',
        ),
        ("[url=javascript:alert(1)]x[/url]", "[url=javascript:alert(1)]x[/url]"),
        ("[list]\n[*]a\n[*]b\n[/list]", "• a<br>\n• b<br>\n"),
    ],
)
def test_bbcode(text: str, html: str) -> None:
    assert shown(text) == html
