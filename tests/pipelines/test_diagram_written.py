"""The picture as text: SVG that any reader may open, Mermaid that is sound, whatever the titles say."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.diagram import Diagram, diagram_of, standing_of, to_mermaid, to_svg
from pipelines.diagram.mermaid import escape as escape_mermaid
from pipelines.diagram.svg import escape
from pipelines.library import load_shipped, shipped_names
from pipelines.loader import load_text
from tests.pipelines.crm import CRM, texts
from tests.pipelines.test_diagram import SALE
from tests.pipelines.test_docs import EXAMPLES, PAGE

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "</text><script>alert(1)</script>",
    '" onload="alert(1)',
    "&lt; & ]]> <!-- -->",
    "%%{init: {'securityLevel': 'loose'}}%%",
    '"] --> x["',
    "a\nend\nclick x href",
    "\x00\x1b[31m‮x",
    "1. one",
)

_ID = r"(?:stage|step|start|note)_\w+"
_TEXT = r'"(?:[\w .,!?\'()/–—…«»“”→·≤≥≠=:-]|#\d+;|<br>)*"'
#: What a line of Mermaid may be.
_LINES = (
    r"---",
    r"title: \".*\"",
    r"flowchart LR",
    rf"subgraph stage_\w+\[{_TEXT}\]",
    r"direction TB",
    r"end",
    rf"step_\w+(?:\[{_TEXT}\]|\[/{_TEXT}/\]|\{{{_TEXT}\}}|\(\[{_TEXT}\]\)|\{{\{{{_TEXT}\}}\}}|\[\[{_TEXT}\]\])",
    rf"start_\d+\(\[{_TEXT}\]\) --> {_ID}",
    rf"note_\d+\[{_TEXT}\]",
    rf"{_ID} --> {_ID}",
    rf"{_ID} (?:-->|==>|-\.->)\|{_TEXT}\| {_ID}",
    r"classDef \w+ [\w:;,#. -]+",
    rf"class {_ID} \w+",
    r"linkStyle [\d,]+ [\w:,#-]+",
)
_LINE = re.compile("|".join(f"(?:{line})" for line in _LINES))


def hostile(title: str) -> Diagram:
    """A pipeline that says `title` wherever it can."""
    text = title.replace("{", "{{").replace("}", "}}")
    definition = texts(
        {
            "id": "any",
            "title": text,
            "entity": "deal",
            "entries": [{"stage": "one", "name": text}],
            "stages": [
                {
                    "id": "one",
                    "title": text,
                    "goal": text,
                    "next": "end",
                    "steps": [
                        {
                            "id": "graph",
                            "title": text,
                            "hint": text,
                            "task": {"title": text},
                            "outcomes": [{"id": "x", "title": text, "move": "end"}],
                        }
                    ],
                },
                {"id": "end", "title": text, "status": "lost"},
            ],
            "transitions": [{"from": "end", "to": "one", "name": text}],
        }
    )
    return diagram_of(definition, "en")


def of_item() -> Diagram:
    crm = CRM(SALE)
    crm.start()
    return diagram_of(crm.definition, "en", standing_of(crm.definition, crm.state, crm.known(), crm.now))


def shown(svg: str) -> list[str]:
    """The texts of an SVG, in order."""
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


# --- SVG ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped_names())
@pytest.mark.parametrize("language", ["en", "ru"])
def test_an_svg_is_sound_and_draws_every_way(name: str, language: Any) -> None:
    diagram = diagram_of(load_shipped(name), language)
    svg = to_svg(diagram)
    root = ElementTree.fromstring(svg)
    assert root.findtext(f"{SVG}title") == diagram.title
    drawn = [
        each
        for each in root.iter(f"{SVG}path")
        if re.match(r"way (next|outcome|wait|choice|hand) ", each.get("class", ""))
    ]
    legend = 5
    assert len(drawn) == len(list(diagram.edges)) + legend
    assert to_svg(diagram_of(load_shipped(name), language)) == svg


def test_an_svg_stands_on_its_own_and_knows_the_dark() -> None:
    svg = to_svg(of_item())
    assert "prefers-color-scheme:dark" in svg
    assert not re.search(r"<script|<image|<foreignObject|href|url\(|@import", svg)


def test_an_item_is_marked_by_words_too() -> None:
    said = shown(to_svg(of_item()))
    assert "is here now" in said
    assert "not yet: not filled in: Budget" in said
    assert "now" in said
    assert "deal:1 is at “Talk”" in said


def test_tooltips_tell_what_has_no_room() -> None:
    titles = [each.text for each in ElementTree.fromstring(to_svg(of_item())).iter(f"{SVG}title")]
    assert any("Talk → lost\nCall: Never" in (each or "") for each in titles)


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_stays_a_title_in_svg(title: str) -> None:
    svg = to_svg(hostile(title))
    root = ElementTree.fromstring(svg)
    assert {each.tag.removeprefix(SVG) for each in root.iter()} == {
        "svg", "title", "style", "rect", "text", "g", "path", "circle"
    }  # fmt: skip
    assert not any(name.startswith("on") for each in root.iter() for name in each.attrib)


@given(st.text())
def test_any_text_is_escaped_so_that_it_reads_the_same(text: str) -> None:
    read = ElementTree.fromstring(f'<a b="{escape(text)}">{escape(text)}</a>')
    allowed = "".join(each for each in text if escape(each))
    assert (read.text or "") == allowed.replace("\r\n", "\n").replace("\r", "\n")


# --- Mermaid ------------------------------------------------------------------------------------------------


def check_mermaid(diagram: Diagram) -> str:
    """Every line is of the language, every name that a link uses stands for something."""
    written = to_mermaid(diagram)
    lines = [line.strip() for line in written.splitlines()]
    assert [line for line in lines if not _LINE.fullmatch(line)] == []
    stages = re.findall(r"^  subgraph (stage_\w+)\[", written, re.MULTILINE)
    steps = re.findall(r"^    (step_\w+)[\[({]", written, re.MULTILINE)
    assert len(set(stages)) == len(stages) == len(diagram.stages)
    assert len(set(steps)) == len(steps) == sum(len(stage.steps) for stage in diagram.stages)
    linked = re.findall(rf"({_ID}) (?:-->|==>|-\.->)(?:\|{_TEXT}\|)? ({_ID})$", written, re.MULTILINE)
    assert {each for pair in linked for each in pair} <= {*stages, *steps}
    return written


@pytest.mark.parametrize("name", shipped_names())
@pytest.mark.parametrize("language", ["en", "ru"])
def test_mermaid_of_the_shipped_pipelines_is_sound(name: str, language: Any) -> None:
    diagram = diagram_of(load_shipped(name), language)
    written = check_mermaid(diagram)
    for edge in diagram.edges:
        source = f"step_{edge.step}" if edge.step else f"stage_{edge.source}"
        assert re.search(rf"{source} (-->|==>|-\.->)\|.*\| stage_{edge.target}$", written, re.MULTILINE)


def test_the_picture_of_the_page_is_that_of_its_example() -> None:
    (picture,) = re.findall(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)
    assert to_mermaid(diagram_of(load_text(EXAMPLES[0]), "en")) == picture


def test_a_link_says_what_its_result_and_its_gates_ask_for() -> None:
    written = to_mermaid(diagram_of(load_text(SALE), "en"))
    assert 'step_call -->|"Never<br>needs: Budget"| stage_lost' in written
    assert 'stage_lost -.->|"Second thoughts<br>only if “Amount” #62; 0"| stage_talk' in written
    assert 'step_sum_up -->|"Once more"| step_call' in written


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_stays_a_title_in_mermaid(title: str) -> None:
    check_mermaid(hostile(title))


def test_mermaid_highlights_the_item_and_its_ways() -> None:
    written = check_mermaid(of_item())
    assert "class stage_talk present" in written
    assert "class step_call present" in written
    assert "class stage_offer shut" in written
    links = [line for line in written.splitlines() if re.search(r"(-->|==>|-\.->)", line)]
    (styled,) = re.findall(r"linkStyle ([\d,]+) ", written)
    marked = [links[int(number)].strip() for number in styled.split(",")]
    assert [line.split()[0] for line in marked] == ["step_call", "stage_talk", "stage_talk"]


@given(st.text())
@settings(max_examples=300)
def test_nothing_in_a_text_can_end_its_quotes_or_begin_a_directive(text: str) -> None:
    written = escape_mermaid(text)
    assert not set(written) & set('"[]{}|<>&%`\\\n\r')
    assert not re.search(r"#(?!\d+;)|(?<!\d);", written)
    assert not re.match(r"\d+\. |- ", written)
