"""A stage as a box on paper: its lines, step cards, results and ways out, each at its place inside the box.

Coordinates are pixels from the upper left corner of the stage. Where a way leaves the stage there is a port:
a height on the right side; `layout` leads it to the stage it goes to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from pipelines.diagram.measure import wrap
from pipelines.diagram.model import Diagram, Edge, Exit, Result, StageBox, StepBox, Way
from pipelines.diagram.rails import Rail, rail_of
from pipelines.diagram.words import word

WIDTH = 228.0
#: The height at which a way comes in from the left.
DOOR = 18.0
_PAD = 10.0
_LANE = 13.0
_LOOP = 7.0
_BADGE = 15.0


class Style(NamedTuple):
    """How a kind of text is set: size of the font, height of a line, bold or not, at most so many lines."""

    size: float
    height: float
    is_bold: bool = False
    most: int = 3


STYLES = {
    "status": Style(9.5, 14, most=1),
    "title": Style(14.5, 18, is_bold=True),
    "meta": Style(10.5, 13.5),
    "step": Style(12, 15, is_bold=True),
    "when": Style(10.5, 13.5),
    "result": Style(11.5, 15, most=5),
    "beside": Style(10.5, 13),
    "exit": Style(11.5, 15, most=5),
    "here": Style(11, 15, is_bold=True, most=4),
    "state": Style(10.5, 14, is_bold=True, most=1),
    "note": Style(11.5, 15.5, most=6),
    "asked": Style(10.5, 13, most=8),
    "head": Style(12.5, 19, is_bold=True),
    "pipeline": Style(20, 26, is_bold=True, most=2),
}


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    style: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A small sign in front of a result: what it leads to."""

    x: float
    y: float
    kind: str


@dataclass(frozen=True, slots=True)
class Badge:
    """The number of a gate."""

    x: float
    y: float
    number: int


@dataclass(frozen=True, slots=True)
class Port:
    """Where a way leaves the stage."""

    y: float
    edge: Edge


@dataclass(frozen=True, slots=True)
class Loop:
    """A way from a result to another step of the stage, at the right side inside the box."""

    source_y: float
    target_y: float
    x: float
    step: str
    target: str


@dataclass(slots=True)
class Card:
    """A step inside its stage."""

    step: StepBox
    x: float
    y: float
    width: float
    height: float = 0.0
    node_x: float = 0.0
    labels: list[Label] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    badges: list[Badge] = field(default_factory=list)
    #: Heights of results that go to another step of the stage, by their target.
    jumps: list[tuple[float, str]] = field(default_factory=list)

    @property
    def node_y(self) -> float:
        return self.y + 13


@dataclass(slots=True)
class Box:
    """A stage on paper."""

    stage: StageBox
    rail: Rail
    height: float = 0.0
    #: The lower edge of the part with the title.
    head: float = 0.0
    #: The strip that says what a move here would come to; no height without an item.
    strip: tuple[float, float] = (0.0, 0.0)
    labels: list[Label] = field(default_factory=list)
    badges: list[Badge] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    #: The line above the ways out.
    sill: float | None = None
    ports: list[Port] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)


def box_of(diagram: Diagram, stage: StageBox) -> Box:
    """Set one stage."""
    box = Box(stage, rail_of(stage.steps))
    y = _set_head(diagram, box)
    y = _set_strip(diagram, box, y)
    loops = len({result.target for step in stage.steps for result in step.results if result.lead == "go"})
    for number, step in enumerate(stage.steps):
        y = _set_card(diagram, box, number, step, y + 8, loops)
    if stage.steps:
        y += 8
    y = _set_exits(diagram, box, y)
    has_inside = bool(stage.steps or stage.exits)
    box.height = y if has_inside or not stage.state else y + 12
    _set_loops(box)
    return box


def set_text(labels: list[Label], text: str, style: str, x: float, y: float, width: float) -> float:
    """Set a text below `y`, in as many lines as it needs; gives the lower edge."""
    size, height, is_bold, most = STYLES[style]
    for line in wrap(text, width, size, is_bold=is_bold, most=most):
        labels.append(Label(x, y + height * 0.76, line, style))
        y += height
    return y


def lane_x(lane: int) -> float:
    """The middle of a lane of the rail."""
    return 8 + _LANE * (lane + 0.5)


def _set_head(diagram: Diagram, box: Box) -> float:
    stage, width = box.stage, WIDTH - 2 * _PAD
    y = set_text(box.labels, word(stage.status, diagram.language).upper(), "status", _PAD + 14, 7, width)
    _set_badges(box.badges, stage.gates, WIDTH - _PAD, 14)
    y = set_text(box.labels, stage.title, "title", _PAD, y + 2, width)
    for line in stage.lines:
        y = set_text(box.labels, line, "meta", _PAD, y + 1, width)
    box.head = y + 7
    return box.head


def _set_strip(diagram: Diagram, box: Box, y: float) -> float:
    if not box.stage.state:
        return y
    text = word(f"move_{box.stage.state}", diagram.language, reason=box.stage.obstacle)
    end = set_text(box.labels, text, "here", _PAD, y + 3, WIDTH - 2 * _PAD) + 4
    box.strip = (y, end - y)
    return end


def _set_badges(badges: list[Badge], numbers: Iterable[int], right: float, y: float) -> float:
    """Numbers of gates, right-aligned; gives the left edge."""
    for number in reversed(tuple(numbers)):
        badges.append(Badge(right - _BADGE / 2, y, number))
        right -= _BADGE + 1
    return right


# --- steps --------------------------------------------------------------------------------------------------


def _set_card(diagram: Diagram, box: Box, number: int, step: StepBox, y: float, loops: int) -> float:
    left = 8 + _LANE * box.rail.width + 6
    width = WIDTH - left - 8 - (_LOOP * loops + 2 if loops else 0)
    card = Card(step, left, y, width, node_x=lane_x(box.rail.lanes[number]))
    inside, room = left + 7, width - 14
    y = set_text(card.labels, step.title, "step", inside, y + 5, room)
    if step.condition:
        said = word("when", diagram.language, condition=step.condition)
        y = set_text(card.labels, said, "when", inside, y, room)
    for line in step.lines:
        y = set_text(card.labels, line, "meta", inside, y, room)
    if step.state:
        y = set_text(card.labels, word(f"state_{step.state}", diagram.language), "state", inside, y + 1, room)
    for result in step.results:
        y = _set_result(diagram, box, card, result, y + 2)
    card.height = y + 6 - card.y
    box.cards.append(card)
    return card.y + card.height


def _set_result(diagram: Diagram, box: Box, card: Card, result: Result, y: float) -> float:
    stage, left = box.stage, card.x + 7
    room = card.width - 14 - 13 - (_BADGE + 1) * len(result.gates)
    card.marks.append(Mark(left + 4, y + 8, result.lead))
    y = set_text(card.labels, _said(diagram, stage, result), "result", left + 13, y, room)
    middle = y - STYLES["result"].height / 2
    _set_badges(card.badges, result.gates, card.x + card.width - 5, middle)
    if result.lead == "go" and stage.step(result.target):
        card.jumps.append((middle, result.target))
    if result.lead == "move":
        way: Way = "wait" if card.step.kind == "wait" else "outcome"
        label = f"{card.step.title}: {result.title}"
        edge = Edge(stage.id, result.target, way, label, card.step.id, result.id, result.gates)
        box.ports.append(Port(middle, edge))
    if result.needs:
        said = word("needs", diagram.language, fields=", ".join(result.needs))
        y = set_text(card.labels, said, "beside", left + 13, y, card.width - 27)
    if result.effects:
        y = set_text(card.labels, "; ".join(result.effects), "beside", left + 13, y, card.width - 27)
    return y


def _said(diagram: Diagram, stage: StageBox, result: Result) -> str:
    """A result and where it leads, in one sentence."""
    match result.lead:
        case "move":
            return f"{result.title} → {diagram.stage_title(result.target)}"
        case "go":
            target = stage.step(result.target)
            title = target.title if target else result.target
            return f"{result.title} → {word('goes', diagram.language, step=title)}"
    return f"{result.title}: {result.whither}" if result.whither else result.title


def _set_loops(box: Box) -> None:
    """Ways to another step of the stage: one lane for each target."""
    cards = {card.step.id: card for card in box.cards}
    targets: list[str] = []
    for card in box.cards:
        for y, target in card.jumps:
            if target not in targets:
                targets.append(target)
            x = WIDTH - 6 - _LOOP * targets.index(target)
            box.loops.append(Loop(y, cards[target].node_y, x, card.step.id, target))


# --- ways out -----------------------------------------------------------------------------------------------


def _set_exits(diagram: Diagram, box: Box, y: float) -> float:
    if not box.stage.exits:
        return y
    box.sill = y
    y, said = y + 4, ""
    for out in box.stage.exits:
        is_choice = out.way == "choice"
        if is_choice and out.label != said:
            y = set_text(box.labels, f"{out.label}:", "exit", _PAD, y, WIDTH - 2 * _PAD)
        said = out.label
        y = _set_exit(diagram, box, out, y, is_under=is_choice)
    return y + 6


def _set_exit(diagram: Diagram, box: Box, out: Exit, y: float, *, is_under: bool) -> float:
    left = _PAD + 8 if is_under else _PAD
    room = WIDTH - _PAD - left - (_BADGE + 1) * len(out.gates)
    arrow = f"→ {diagram.stage_title(out.target)}"
    y = set_text(box.labels, arrow if is_under else f"{out.label} {arrow}", "exit", left, y, room)
    middle = y - STYLES["exit"].height / 2
    _set_badges(box.badges, out.gates, WIDTH - _PAD + 3, middle)
    edge = Edge(box.stage.id, out.target, out.way, out.label, gates=out.gates)
    box.ports.append(Port(middle, edge))
    return y
