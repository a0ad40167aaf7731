"""Where everything stands: stages in rows on a grid, ways along channels and gutters, notes beside.

Open stages stand in file order, in as many rows as leave most of their size on a sheet of A4; the final ones
in the last row. Between two columns runs a gutter (up and down), above each row a channel (left and right),
left of all a trunk for ways over more than one row. No way crosses a box.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.diagram.boxes import WIDTH, Box, Label, box_of, set_text
from pipelines.diagram.model import Diagram
from pipelines.diagram.notes_box import COLUMN, NoteBox, place_notes
from pipelines.diagram.starts import StartBox, start_box
from pipelines.diagram.tracks import Route, Tracks
from pipelines.diagram.words import word

MARGIN = 28.0
#: A4 on its side, in pixels.
_SHEET = (1123, 794)
#: What a further row costs in the choice: one line is easier to follow.
_ROW_COST = 0.08
_MOST_ROWS = 4
_MOST_FINAL = 5


@dataclass(frozen=True, slots=True)
class Placed:
    """A stage at its place."""

    box: Box
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture, placed."""

    width: float
    height: float
    heading: tuple[Label, ...]
    stages: tuple[Placed, ...]
    starts: tuple[StartBox, ...]
    routes: tuple[Route, ...]
    notes: tuple[NoteBox, ...]


def lay_out(diagram: Diagram) -> Scene:
    """Place everything; the same diagram gives the same scene."""
    boxes = [box_of(diagram, stage) for stage in diagram.stages]
    open_ones = [box for box in boxes if box.stage.status == "open"]
    final_ones = [box for box in boxes if box.stage.status != "open"]
    most = min(_MOST_ROWS, max(1, len(open_ones) // 2))
    choices = [(rows, is_aside) for rows in range(1, most + 1) for is_aside in (False, True)]
    scenes = {each: _scene(diagram, _rows(open_ones, final_ones, each[0]), each[1]) for each in choices}
    return scenes[min(choices, key=lambda each: _smallness(scenes[each]) + each[0] * _ROW_COST)]


def _smallness(scene: Scene) -> float:
    """How small it gets on a sheet of A4 on its side."""
    return math.log(max(scene.width / _SHEET[0], scene.height / _SHEET[1]))


def _rows(open_ones: Sequence[Box], final_ones: Sequence[Box], rows: int) -> list[Sequence[Box]]:
    size = max(1, math.ceil(len(open_ones) / rows), min(_MOST_FINAL, len(final_ones)))
    return [*_parts(open_ones, math.ceil(len(open_ones) / rows)), *_parts(final_ones, size)]


def _parts(boxes: Sequence[Box], size: int) -> list[Sequence[Box]]:
    return [boxes[start : start + size] for start in range(0, len(boxes), max(size, 1))]


def _scene(diagram: Diagram, rows: Sequence[Sequence[Box]], is_aside: bool) -> Scene:
    tracks = Tracks(rows)
    xs = _columns(tracks, max(map(len, rows)))
    tracks.place_columns(xs)
    right = xs[-1] + WIDTH + tracks.gutter_width(len(xs) - 1)
    heading, y = _heading(diagram, right - MARGIN)
    stages: list[Placed] = []
    starts: list[StartBox] = []
    tops: list[float] = []
    for number, row in enumerate(rows):
        signs = [(column, sign) for column, box in enumerate(row) if (sign := start_box(diagram, box.stage))]
        top = y + max((sign.height for _, sign in signs), default=0.0) + tracks.channel_height(number)
        for column, sign in signs:
            sign.x, sign.y, sign.stage_top = xs[column], y, top
            starts.append(sign)
        stages += [Placed(box, xs[column], top) for column, box in enumerate(row)]
        tops.append(top)
        y = top + max(box.height for box in row)
    notes = _notes(diagram, xs, rows[-1], (tops, y), right, is_aside)
    edges = [right - MARGIN, *(note.x + note.width for note in notes)]
    bottom = max([y, *(note.y + note.height for note in notes)])
    routes = tuple(tracks.routes(tops))
    size = max(edges) + MARGIN, bottom + MARGIN
    return Scene(*size, heading, tuple(stages), tuple(starts), routes, tuple(notes))


def _columns(tracks: Tracks, count: int) -> list[float]:
    xs = [MARGIN + tracks.trunk_width]
    for column in range(count - 1):
        xs.append(xs[-1] + WIDTH + tracks.gutter_width(column))
    return xs


def _heading(diagram: Diagram, width: float) -> tuple[tuple[Label, ...], float]:
    labels: list[Label] = []
    y = set_text(labels, diagram.title, "pipeline", MARGIN, MARGIN, width)
    if diagram.item:
        here = next((stage.title for stage in diagram.stages if stage.state == "present"), "")
        said = word("item_at" if here else "item_outside", diagram.language, item=diagram.item, stage=here)
        y = set_text(labels, said, "here", MARGIN, y, width)
    return tuple(labels), y + 12


def _notes(
    diagram: Diagram,
    xs: Sequence[float],
    last_row: Sequence[Box],
    span: tuple[Sequence[float], float],
    right: float,
    is_aside: bool,
) -> list[NoteBox]:
    """At the right of everything; or in the last row, where it has room for them; or below all."""
    (tops, bottom), free = span, len(last_row)
    if is_aside:
        return place_notes(diagram, right + MARGIN, tops[0], COLUMN)
    is_in_row = len(xs) - free >= 2
    left, top = (xs[free], tops[-1]) if is_in_row else (xs[0], bottom + MARGIN)
    return place_notes(diagram, left, top, right - MARGIN - left)
