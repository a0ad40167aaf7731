"""A picture as SVG: self-contained, no scripts, light and dark, the same text for the same diagram.

Every text is escaped here, whoever wrote it; what XML cannot hold is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pipelines.diagram.boxes import STYLES, WIDTH, Badge, Box, Card, Label, lane_x
from pipelines.diagram.layout import Placed, Scene, lay_out
from pipelines.diagram.looks import GLYPHS, MARKS, Theme, style_sheet
from pipelines.diagram.model import Diagram, ahead_of
from pipelines.diagram.notes_box import NoteBox, Sample
from pipelines.diagram.starts import ARROW, StartBox
from pipelines.diagram.tracks import Point, Route

_NOT_XML = re.compile("[^\t\n\r\x20-퟿-�\U00010000-\U0010ffff]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_CORNER = 6.0
_CUT = 14.0
_BEND = 20.0


def to_svg(diagram: Diagram, theme: Theme = "auto") -> str:
    """The picture as the text of an SVG file; by itself it is light or dark as the reader's system is."""
    scene = lay_out(diagram)
    sizes = {name: style.size for name, style in STYLES.items()}
    width, height = f"{scene.width:.0f}", f"{scene.height:.0f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(diagram.title)}</title>",
        f"<style>{style_sheet(sizes, theme)}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        *(_text(label) for label in scene.heading),
        *_ways(diagram, scene),
        *(part for start in scene.starts for part in _start(start, bool(diagram.item))),
        *(part for placed in scene.stages for part in _stage(diagram, placed)),
        *(part for note in scene.notes for part in _note(note)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def escape(text: str) -> str:
    """A text as XML may hold it."""
    return _NOT_XML.sub("", text).translate(_ENTITIES)


def _text(label: Label, extra: str = "") -> str:
    return (
        f'<text class="{label.style}{extra}" x="{_n(label.x)}" y="{_n(label.y)}">{escape(label.text)}</text>'
    )


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _tooltip(*lines: str) -> str:
    return f"<title>{escape(chr(10).join(filter(None, lines)))}</title>"


# --- ways ---------------------------------------------------------------------------------------------------


def _ways(diagram: Diagram, scene: Scene) -> Iterator[str]:
    """Those to one stage together; those that the item has before it last, on top."""
    by_target: dict[str, list[Route]] = {}
    for route in scene.routes:
        by_target.setdefault(route.edge.target, []).append(route)
    for is_ahead in (False, True) if diagram.item else (False,):
        for routes in by_target.values():
            shown = [route for route in routes if bool(ahead_of(diagram, route.edge)) == is_ahead]
            yield from (f'<path class="halo" d="{_path(route.points)}"/>' for route in shown)
            for route in shown:
                yield from _way(diagram, route)


def _way(diagram: Diagram, route: Route) -> Iterator[str]:
    edge, target = route.edge, diagram.stage(route.edge.target)
    status: str = target.status if target else "open"
    kind = (ahead_of(diagram, edge) or "off") if diagram.item else status
    said = f"{diagram.stage_title(edge.source)} → {diagram.stage_title(edge.target)}"
    yield f"<g>{_tooltip(said, edge.label)}"
    yield f'<path class="way {edge.way} {kind}" d="{_path(route.points)}"/>'
    yield f'<path class="tip {kind}" d="{_tip(route.points)}"/></g>'


def _path(points: Sequence[Point]) -> str:
    """A line with rounded corners."""
    parts = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _toward(corner, before), _toward(corner, after)
        parts.append(
            f"L{_n(start[0])} {_n(start[1])}Q{_n(corner[0])} {_n(corner[1])} {_n(end[0])} {_n(end[1])}"
        )
    parts.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    return "".join(parts)


def _toward(corner: Point, other: Point) -> Point:
    """A little way from a corner to the other end of the line, not beyond its middle."""
    (x, y), (to_x, to_y) = corner, other
    length = abs(to_x - x) + abs(to_y - y)
    share = min(_CORNER, length / 2) / length if length else 0.0
    return x + (to_x - x) * share, y + (to_y - y) * share


def _tip(points: Sequence[Point]) -> str:
    (from_x, from_y), (x, y) = points[-2:]
    if abs(from_x - x) > abs(from_y - y):
        back = -8.0 if x > from_x else 8.0
        return f"M{_n(x)} {_n(y)}L{_n(x + back)} {_n(y - 4.5)}V{_n(y + 4.5)}Z"
    back = -8.0 if y > from_y else 8.0
    return f"M{_n(x)} {_n(y)}L{_n(x - 4.5)} {_n(y + back)}H{_n(x + 4.5)}Z"


def _start(start: StartBox, is_dim: bool) -> Iterator[str]:
    x = start.x + ARROW
    line = ((x, start.y + start.height), (x, start.stage_top))
    kind = "off" if is_dim else "begin"
    yield f'<path class="way {kind}" d="{_path(line)}"/><path class="tip {kind}" d="{_tip(line)}"/>'
    yield f'<g transform="translate({_n(start.x)} {_n(start.y)})">'
    yield f'<rect class="start" width="{_n(WIDTH)}" height="{_n(start.height)}" rx="12"/>'
    yield from map(_text, start.labels)
    yield "</g>"


# --- stages -------------------------------------------------------------------------------------------------


def _stage(diagram: Diagram, placed: Placed) -> Iterator[str]:
    box, stage = placed.box, placed.box.stage
    yield f'<g class="{stage.status} {stage.state}" transform="translate({_n(placed.x)} {_n(placed.y)})">'
    yield _tooltip(stage.title, stage.goal, *stage.lines)
    is_shut = bool(diagram.item) and stage.state in ("", "hold", "revert", "closed")
    head = "dim" if is_shut else "head-part"
    inside = "dim" if diagram.item and stage.state != "present" else "inside"
    yield f'<path class="body" d="{_outline(stage.status, box.height)}"/>'
    top = _top(stage.status, box.head) if box.head < box.height else _outline(stage.status, box.height)
    yield f'<g class="{head}"><path class="top" d="{top}"/>'
    yield f'<path class="stage {stage.status}" fill="none" d="{_outline(stage.status, box.height)}"/>'
    if stage.status == "won":
        size = f'width="{_n(WIDTH - 8)}" height="{_n(box.height - 8)}"'
        yield f'<rect class="stage thin" fill="none" x="4" y="4" {size} rx="6"/>'
    yield _status_sign(stage.status)
    yield from (_text(label) for label in box.labels if label.style not in ("here", "exit"))
    yield "</g>"
    yield from _strip(box)
    yield f'<g class="{inside}">'
    yield from _rail(box)
    for card in box.cards:
        yield from _card(card)
    yield from _loops(box)
    if box.sill is not None and box.cards:
        yield f'<path class="rail thin" d="M10 {_n(box.sill)}H{_n(WIDTH - 10)}"/>'
    yield from (_text(label) for label in box.labels if label.style == "exit")
    yield from _badges(box.badges)
    yield "</g></g>"


def _outline(status: str, height: float) -> str:
    """Lost has cut corners, the others round ones."""
    if status == "lost":
        right, low = _n(WIDTH - _CUT), _n(height - _CUT)
        return f"M{_CUT} 0H{right}L{_n(WIDTH)} {_CUT}V{low}L{right} {_n(height)}H{_CUT}L0 {low}V{_CUT}Z"
    return (
        f"M8 0H{_n(WIDTH - 8)}Q{_n(WIDTH)} 0 {_n(WIDTH)} 8V{_n(height - 8)}Q{_n(WIDTH)} {_n(height)} "
        f"{_n(WIDTH - 8)} {_n(height)}H8Q0 {_n(height)} 0 {_n(height - 8)}V8Q0 0 8 0Z"
    )


def _top(status: str, height: float) -> str:
    if status == "lost":
        return f"M{_CUT} 0H{_n(WIDTH - _CUT)}L{_n(WIDTH)} {_CUT}V{_n(height)}H0V{_CUT}Z"
    return f"M8 0H{_n(WIDTH - 8)}Q{_n(WIDTH)} 0 {_n(WIDTH)} 8V{_n(height)}H0V8Q0 0 8 0Z"


def _status_sign(status: str) -> str:
    signs = {
        "open": "M12 9.5L19 14L12 18.5Z",
        "won": "M11 14L14.5 17.5L20 10",
        "lost": "M11.5 10.5L18.5 17.5M18.5 10.5L11.5 17.5",
        "archived": "M13 10V18M17.5 10V18",
    }
    return f'<path class="mark" d="{signs[status]}"/>'


def _strip(box: Box) -> Iterator[str]:
    top, height = box.strip
    if height:
        yield f'<rect class="strip" x="1" y="{_n(top)}" width="{_n(WIDTH - 2)}" height="{_n(height)}"/>'
        yield '<g class="strip-text">'
        yield from (_text(label) for label in box.labels if label.style == "here")
        yield "</g>"


def _rail(box: Box) -> Iterator[str]:
    for link in box.rail.links:
        one, other = box.cards[link.source], box.cards[link.target]
        lane = lane_x(link.lane)
        parts = [f"M{_n(one.node_x)} {_n(one.node_y)}"]
        if lane != one.node_x:
            parts.append(_bend(one.node_x, one.node_y, lane, one.node_y + _BEND))
        if lane != other.node_x:
            parts.append(f"V{_n(other.node_y - _BEND)}")
            parts.append(_bend(lane, other.node_y - _BEND, other.node_x, other.node_y))
        parts.append(f"V{_n(other.node_y)}")
        yield f'<path class="rail" d="{"".join(parts)}"/>'


def _bend(x: float, y: float, to_x: float, to_y: float) -> str:
    middle = _n((y + to_y) / 2)
    return f"C{_n(x)} {middle} {_n(to_x)} {middle} {_n(to_x)} {_n(to_y)}"


def _card(card: Card) -> Iterator[str]:
    step = card.step
    kinds = " ".join(filter(None, ("card", "wide" if step.is_process_wide else "", step.state)))
    is_over = step.state in ("done", "skipped", "cancelled")
    yield f'<g class="{"dim" if is_over else "step-part"}">'
    yield _tooltip(step.title, step.hint, step.condition, *step.lines)
    yield (
        f'<rect class="{kinds}" x="{_n(card.x)}" y="{_n(card.y)}" width="{_n(card.width)}" '
        f'height="{_n(card.height)}" rx="5"/>'
    )
    yield from map(_text, card.labels)
    for mark in card.marks:
        yield f'<path class="mark" transform="translate({_n(mark.x)} {_n(mark.y)})" d="{MARKS[mark.kind]}"/>'
    yield from _badges(card.badges)
    yield "</g>"
    yield _node(card.node_x, card.node_y, step.kind)


def _node(x: float, y: float, kind: str) -> str:
    path, is_solid = GLYPHS[kind]
    glyph = f'<path class="glyph{" solid" if is_solid else ""}" d="{path}"/>'
    return f'<g transform="translate({_n(x)} {_n(y)})"><circle class="node" r="8.5"/>{glyph}</g>'


def _loops(box: Box) -> Iterator[str]:
    cards = {card.step.id: card for card in box.cards}
    for loop in box.loops:
        card = cards[loop.step]
        right = card.x + card.width
        line = (
            (right, loop.source_y),
            (loop.x, loop.source_y),
            (loop.x, loop.target_y),
            (right, loop.target_y),
        )
        yield f'<path class="loop" d="{_path(line)}"/><path class="tip loop" d="{_tip(line)}"/>'


def _badges(badges: Iterable[Badge]) -> Iterator[str]:
    for badge in badges:
        yield f'<circle class="badge" cx="{_n(badge.x)}" cy="{_n(badge.y)}" r="7.2"/>'
        yield f'<text class="number" x="{_n(badge.x)}" y="{_n(badge.y + 3.4)}">{badge.number}</text>'


# --- beside -------------------------------------------------------------------------------------------------


def _note(note: NoteBox) -> Iterator[str]:
    yield f'<g transform="translate({_n(note.x)} {_n(note.y)})">'
    yield from map(_text, note.labels)
    yield from _badges(note.badges)
    yield from map(_sample, note.samples)
    yield "</g>"


def _sample(sample: Sample) -> str:
    what, _, kind = sample.kind.partition(":")
    if what == "step":
        return _node(sample.x + 8, sample.y, kind)
    line = ((sample.x, sample.y), (sample.x + 28, sample.y))
    return f'<path class="way {kind} open" d="{_path(line)}"/><path class="tip open" d="{_tip(line)}"/>'
