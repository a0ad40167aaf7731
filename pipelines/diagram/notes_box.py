"""The text beside the picture: conditions of moves, owners, how items join, what the signs mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pipelines.diagram.boxes import Badge, Label, set_text
from pipelines.diagram.model import Diagram, Gate, Note
from pipelines.diagram.words import word

_GAP = 26.0
_BELOW = 13.0
COLUMN = 264.0
WAYS = ("next", "outcome", "wait", "choice", "hand")
KINDS = ("task", "form", "ask", "wait", "approve", "do")


@dataclass(frozen=True, slots=True)
class Sample:
    """A sign of the legend: `step:<kind>` or `way:<way>`."""

    x: float
    y: float
    kind: str


@dataclass(slots=True)
class NoteBox:
    """One note at its place."""

    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    labels: list[Label] = field(default_factory=list)
    badges: list[Badge] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


def place_notes(diagram: Diagram, left: float, top: float, width: float) -> list[NoteBox]:
    """Set all notes below `top`, in order, in as many even columns as there is room for."""
    columns = max(1, int((width + _GAP) // (COLUMN + _GAP)))
    room = (width - _GAP * (columns - 1)) / columns
    notes = [NoteBox(width=room) for _ in _setters(diagram)]
    for setter, note in zip(_setters(diagram), notes, strict=True):
        setter(note)
    even = _even_height([note.height for note in notes], columns)
    column, y = 0, 0.0
    for note in notes:
        if y and y + note.height > even:
            column, y = column + 1, 0.0
        note.x, note.y = left + column * (room + _GAP), top + y
        y += note.height + _BELOW
    return notes


def _even_height(heights: Sequence[float], columns: int) -> float:
    """The least height of so many columns that takes all notes in their order."""
    even = max(max(heights), sum(heights) / columns)
    while _columns_needed(heights, even) > columns:
        even += 8
    return even


def _columns_needed(heights: Sequence[float], most: float) -> int:
    columns, y = 1, 0.0
    for height in heights:
        if y and y + height > most:
            columns, y = columns + 1, 0.0
        y += height + _BELOW
    return columns


def _setters(diagram: Diagram) -> list[Callable[[NoteBox], None]]:
    setters: list[Callable[[NoteBox], None]] = [lambda box: _set_moves(diagram, box)]
    setters += [lambda box, gate=gate: _set_gate(box, gate) for gate in diagram.gates]  # type: ignore[misc]
    setters += [lambda box, note=note: _set_note(box, note) for note in diagram.notes]  # type: ignore[misc]
    return [*setters, lambda box: _set_legend(diagram, box)]


def _set_moves(diagram: Diagram, box: NoteBox) -> None:
    rule = word("strict" if diagram.is_strict else "free", diagram.language)
    _set_note(box, Note(word("moves", diagram.language), (rule,)))


def _set_note(box: NoteBox, note: Note) -> None:
    y = set_text(box.labels, note.title, "head", 0, 0, box.width)
    for line in note.lines:
        y = set_text(box.labels, line, "note", 0, y, box.width)
    box.height = y


def _set_gate(box: NoteBox, gate: Gate) -> None:
    box.badges.append(Badge(7.5, 8, gate.number))
    y = set_text(box.labels, gate.title, "exit", 21, 0, box.width - 21)
    for line in gate.lines:
        y = set_text(box.labels, line, "asked", 21, y, box.width - 21)
    box.height = y


def _set_legend(diagram: Diagram, box: NoteBox) -> None:
    y = set_text(box.labels, word("legend", diagram.language), "head", 0, 0, box.width)
    half = box.width / 2
    kinds = [(f"step:{kind}", word(kind, diagram.language)) for kind in KINDS]
    ways = [(f"way:{way}", word(f"way_{way}", diagram.language)) for way in WAYS]
    for column, samples in enumerate((kinds, ways)):
        for number, (kind, said) in enumerate(samples):
            line = y + 17 * number
            indent = 20 if column == 0 else 34
            box.samples.append(Sample(half * column, line + 8, kind))
            set_text(box.labels, said, "beside", half * column + indent, line + 1, half - indent)
    y += 17 * max(len(kinds), len(ways))
    box.height = y
    if not diagram.gates:
        return
    box.badges.append(Badge(7.5, y + 8, 1))
    set_text(box.labels, word("gate_mark", diagram.language), "beside", 20, y + 1, box.width - 20)
    box.height = y + 17
