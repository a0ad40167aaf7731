"""Words for people: values without power, comments that can be found again, notifications that replace."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.bitrix24 import Answer, Outcome
from connector.bitrix24.bbcode import TEXT_CAP, VALUE_CAP, escape_bbcode, escape_text
from connector.bitrix24.timeline import add_comment, find_comments, has_code, notify, short_code
from connector.records import DEAL, LEAD, ItemRef

PAYLOADS = [
    "[URL=javascript:alert(1)]click[/URL]",
    "[user=1]boss[/user]",
    "[IMG]https://evil.example/x.png[/IMG]",
    "[DISK FILE ID=n123]",
    "[CODE]x[/CODE]",
    "[[B]]x[[/B]]",
    "[B",
    "B]",
    "&#91;B&#93;",
    "\u202e[/B]",
    "[\u200bB]",
    "［B］",
    "line\r\n[B]two[/B]",
]


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_value_opens_no_tag(text: str) -> None:
    assert not re.search(r"[\[\]]", escape_bbcode(text))
    assert "\n" not in escape_bbcode(text)


def test_words_stay_words() -> None:
    assert escape_bbcode("Ромашка & Co, 5 < 6 — «да»") == "Ромашка & Co, 5 < 6 — «да»"
    assert escape_bbcode("Deal [urgent]") == "Deal ［urgent］"


@given(st.text())
def test_any_value_is_short_visible_and_without_power(text: str) -> None:
    shown = escape_bbcode(text)
    assert len(shown) <= VALUE_CAP
    assert not set("[]\r\n\x00\u202e\u2066\u200b") & set(shown)
    assert escape_bbcode(shown) == shown


@given(st.text())
def test_any_text_keeps_its_lines_and_has_no_power(text: str) -> None:
    shown = escape_text(text)
    assert len(shown) <= TEXT_CAP
    assert shown.split("\n") == (list(map(escape_bbcode, text.splitlines())) or [""])
    assert not set("[]\r\x00\u202e\u2066\u200b") & set(shown)


def test_a_text_without_end_is_cut() -> None:
    assert len(escape_text("line\n" * 100_000)) == TEXT_CAP


def test_a_comment_ends_in_a_code_that_finds_it_again() -> None:
    code = short_code("cx:1")
    assert re.fullmatch(r"#[0-9a-f]{8}", code)
    call = add_comment(ItemRef(DEAL, 7), "Overdue since Monday", code=code)
    assert call.params == {
        "fields": {"ENTITY_ID": 7, "ENTITY_TYPE": "deal", "COMMENT": f"Overdue since Monday\n{code}"}
    }
    seen = Answer(Outcome.DONE, result=[{"ID": "9", "COMMENT": call.params["fields"]["COMMENT"]}])
    assert has_code(seen, code)
    assert not has_code(seen, short_code("cx:2"))
    assert not has_code(Answer(Outcome.DONE, result=[{"ID": "9", "COMMENT": f"{code}0"}, {"ID": "8"}]), code)


@pytest.mark.parametrize(("ref", "name"), [(ItemRef(LEAD, 1), "lead"), (ItemRef(1046, 1), "dynamic_1046")])
def test_cards_are_named_as_the_timeline_does(ref: ItemRef, name: str) -> None:
    assert find_comments(ref).params["filter"] == {"ENTITY_ID": 1, "ENTITY_TYPE": name}


def test_a_notification_has_a_tag_of_ours() -> None:
    assert notify(12, "Deal 7 waits", tag="cx:1").params == {
        "USER_ID": 12,
        "MESSAGE": "Deal 7 waits",
        "TAG": "cx:1",
        "CLIENT_ID": "funnelwright",
    }
