"""Texts: languages that fall back, placeholders that are filled once."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pipelines.texts import Text

read = TypeAdapter(Text).validate_python


def test_a_language_that_misses_falls_back_to_the_other() -> None:
    assert read({"ru": "Звонок"}).in_language("en") == "Звонок"
    assert read({"en": "Call"}).in_language("ru") == "Call"
    assert read("Call").in_language("ru") == "Call"
    assert read({"en": "Call", "ru": "Звонок"}).in_language("ru") == "Звонок"


def test_placeholders_of_all_languages_are_known() -> None:
    text = read({"en": "Call {item.contact.name} for {item.title}", "ru": "Позвонить {item.contact.name}"})
    assert text.placeholders == ("item.contact.name", "item.title")


def test_a_value_is_put_in_once_and_never_read_again() -> None:
    values = {"item.title": "{owner.name}", "owner.name": "secret"}
    assert read("Call {item.title}").render("en", values.__getitem__) == "Call {owner.name}"


def test_only_values_are_escaped_for_where_the_text_goes() -> None:
    rendered = read("<b>{item.title}</b>").render("en", lambda path: "<script>", html.escape)
    assert rendered == "<b>&lt;script&gt;</b>"


def test_double_braces_are_braces() -> None:
    assert read("{{not a path}}").render("en", str.upper) == "{not a path}"


@given(st.text())
def test_no_value_is_ever_taken_for_a_template(value: str) -> None:
    assert read("[{item.title}]").render("ru", lambda path: value) == f"[{value}]"


@pytest.mark.parametrize(
    "mistake",
    ["{", "}", "{}", "{item.title", "{item title}", "{1 + 1}", "{item.title|upper}", 5, {}, {"de": "x"}],
)
def test_what_is_no_text_is_refused(mistake: object) -> None:
    with pytest.raises(ValidationError):
        read(mistake)
