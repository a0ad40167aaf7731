"""A picture as Mermaid text (https://mermaid.js.org/syntax/flowchart.html), for pages that draw it.

A stage is a subgraph, a step a node whose shape says its kind. Names stand in quotes, and every sign that
Mermaid or Markdown could read as its own is written as an entity code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from pipelines.diagram.model import Diagram, Edge, StageBox, StepBox, Way, ahead_of
from pipelines.diagram.words import word
from pipelines.engine.model import Language

_PLAIN = frozenset(" .,!?'()/–—…«»“”→·≤≥≠=")
#: "1. …" would be read as a list.
_LIST = re.compile(r"(?<=\d)\.")
#: Inside of a word, and before a space, these two are nothing but themselves.
_HYPHEN, _COLON = re.compile(r"(?<=\w)#45;(?=\w)"), re.compile("#58;(?= )")
#: How a step of each kind is written around its text.
_SHAPES: Mapping[str, tuple[str, str]] = {
    "task": ("[", "]"),
    "form": ("[/", "/]"),
    "ask": ("{", "}"),
    "wait": ("([", "])"),
    "approve": ("{{", "}}"),
    "do": ("[[", "]]"),
}
_ARROWS: Mapping[Way, str] = {
    "next": "==>",
    "outcome": "-->",
    "wait": "-.->",
    "choice": "-.->",
    "hand": "-.->",
}
#: Middle tones: they are read on a light page and on a dark one.
_CLASSES: Mapping[str, str] = {
    "open": "fill:#4f81bd22,stroke:#4f81bd",
    "won": "fill:#2e8b5733,stroke:#2e8b57,stroke-width:3px",
    "lost": "fill:#c0504d22,stroke:#c0504d",
    "archived": "fill:#b7791f22,stroke:#b7791f,stroke-dasharray:6 4",
    "present": "fill:#138a3d55,stroke:#138a3d,stroke-width:4px",
    "allowed": "stroke:#138a3d,stroke-width:3px",
    "shut": "stroke:#b07a12,stroke-dasharray:3 3",
    "off": "opacity:0.45",
    "note": "fill:none,stroke:none,text-align:left",
}
_AHEAD = {"on": "stroke:#138a3d,stroke-width:3px", "shut": "stroke:#b07a12,stroke-width:3px"}


def to_mermaid(diagram: Diagram) -> str:
    """The picture as the text of a Mermaid flowchart."""
    links = list(_links(diagram))
    lines = [
        "---",
        f"title: {json.dumps(_heading(diagram), ensure_ascii=False)}",
        "---",
        "flowchart LR",
        *(f"  {line}" for stage in diagram.stages for line in _stage(stage, diagram.language)),
        *(f"  {line}" for line in _starts(diagram)),
        *(f"  {line}" for line in _notes(diagram)),
        *(f"  {text}" for text, _ in links),
        *(f"  {line}" for line in _all_classes(diagram)),
        *(f"  {line}" for line in _link_styles(len(diagram.starts), [edge for _, edge in links], diagram)),
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """A text for between quotes; control characters are left out."""
    coded = "".join(
        each if each.isalnum() or each in _PLAIN else f"#{ord(each)};"
        for each in " ".join(text.split())
        if each.isprintable()
    )
    return _COLON.sub(":", _HYPHEN.sub("-", _LIST.sub("#46;", coded)))


def _heading(diagram: Diagram) -> str:
    said = f"{diagram.title}: {diagram.item}" if diagram.item else diagram.title
    return "".join(each for each in said if each.isprintable())


def _label(parts: Iterable[str]) -> str:
    return "<br>".join(escape(part) for part in parts if part)


# --- stages and steps ---------------------------------------------------------------------------------------


def _stage(stage: StageBox, language: Language) -> Iterator[str]:
    yield f'subgraph stage_{stage.id}["{escape(stage.title)}"]'
    if stage.steps:
        yield "  direction TB"
    for step in stage.steps:
        before, after = _SHAPES[step.kind]
        yield f'  step_{step.id}{before}"{_label(_said(step, language))}"{after}'
    yield "end"


def _said(step: StepBox, language: Language) -> Iterator[str]:
    yield step.title
    if step.condition:
        yield word("when", language, condition=step.condition)
    yield from step.lines
    yield from (f"· {result.title}" for result in step.results if result.lead == "on")
    yield from (f"· {result.title}: {result.whither}" for result in step.results if result.whither)


def _starts(diagram: Diagram) -> Iterator[str]:
    for number, start in enumerate(diagram.starts, 1):
        target = f"step_{start.step}" if start.step else f"stage_{start.stage}"
        yield f'start_{number}(["{_label((start.title, start.condition))}"]) --> {target}'


def _notes(diagram: Diagram) -> Iterator[str]:
    """What stands beside the picture: who owns an item, follow-ons, what a stage asks of its own."""
    for number, note in enumerate(diagram.notes, 1):
        yield f'note_{number}["{_label((note.title, *note.lines))}"]'


# --- links --------------------------------------------------------------------------------------------------


def _links(diagram: Diagram) -> Iterator[tuple[str, Edge | None]]:
    """Every link as it is written; with its way where it leads to another stage."""
    for stage in diagram.stages:
        for step in stage.steps:
            yield from ((f"step_{each} --> step_{step.id}", None) for each in step.before)
            for result in step.results:
                if result.lead == "go":
                    label = escape(result.title)
                    yield f'step_{step.id} -->|"{label}"| step_{result.target}', None
    for edge in diagram.edges:
        source = f"step_{edge.step}" if edge.step else f"stage_{edge.source}"
        yield f'{source} {_ARROWS[edge.way]}|"{_edge_label(diagram, edge)}"| stage_{edge.target}', edge


def _edge_label(diagram: Diagram, edge: Edge) -> str:
    """The result or condition, and what the gates on the way ask for."""
    parts = [edge.label]
    stage = diagram.stage(edge.source)
    step = stage.step(edge.step) if stage else None
    if step:
        result = next(each for each in step.results if each.id == edge.result)
        needs = [word("needs", diagram.language, fields=", ".join(result.needs))] if result.needs else []
        parts = [result.title, *needs]
    asked = (line for gate in diagram.gates if gate.number in edge.gates for line in gate.asks)
    return _label(dict.fromkeys((*parts, *asked)))


def _link_styles(starts: int, links: list[Edge | None], diagram: Diagram) -> Iterator[str]:
    """Mermaid knows links by their number: those of the beginnings come first."""
    for ahead, style in _AHEAD.items():
        numbers = [
            str(starts + number)
            for number, edge in enumerate(links)
            if edge is not None and ahead_of(diagram, edge) == ahead
        ]
        if numbers:
            yield f"linkStyle {','.join(numbers)} {style}"


def _all_classes(diagram: Diagram) -> Iterator[str]:
    given = [line for stage in diagram.stages for line in _classes(diagram, stage)]
    given += [f"class note_{number} note" for number, _ in enumerate(diagram.notes, 1)]
    used = {line.rpartition(" ")[2] for line in given}
    yield from (f"classDef {name} {style}" for name, style in _CLASSES.items() if name in used)
    yield from given


def _classes(diagram: Diagram, stage: StageBox) -> Iterator[str]:
    shown = {"present": "present", "allowed": "allowed", "flag": "allowed", "hold": "shut", "revert": "shut"}
    yield f"class stage_{stage.id} {stage.status}"
    if not diagram.item:
        return
    yield f"class stage_{stage.id} {shown.get(stage.state, 'off')}"
    for step in stage.steps:
        if stage.state != "present" or step.state in ("done", "skipped", "cancelled"):
            yield f"class step_{step.id} off"
        elif step.state == "open":
            yield f"class step_{step.id} present"
