"""Rows that are divided into parts: what each part is stands in it where there is room, and in the legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connector.reports.charts.chart import Spec
from connector.reports.charts.look import Look
from connector.reports.charts.parts import height_of, room, row_titles, rows, wrap

#: How high a bar is that has names below it, and a line of them.
_BAR, _LINE = 24, 14
_LETTER = 7.0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a row: `label` is what is written into it, `short` where there is less room."""

    name: str
    color: str
    size: float
    label: str
    short: str = ""


def stacks(
    look: Look,
    titles: Sequence[str],
    parts: Sequence[Sequence[Part]],
    *,
    is_share: bool,
    has_legend: bool = True,
) -> dict[str, Any]:
    """Divided bars; `is_share`: all are of the same length, else as long as their parts together.

    Without a legend, a bar into whose parts their names do not fit has all names below it, in their order.
    """
    left = room(look, titles)
    width = look.pixels - left - 24
    wholes = [sum(part.size for part in row) for row in parts]
    longest = max(wholes, default=0) or 1
    values = []
    for at, (row, whole) in enumerate(zip(parts, wholes, strict=True)):
        unit = width / ((whole or 1) if is_share else longest)
        begins = 0.0
        for part in row:
            ends = begins + part.size * unit
            if part.size:
                values.append(
                    {
                        "key": str(at),
                        "from": begins,
                        "to": ends,
                        "middle": (begins + ends) / 2,
                        "name": part.name,
                        "label": _fitting(part, ends - begins),
                        "ink": _ink(part.color),
                    }
                )
            begins = ends
    below = [] if has_legend else _below(values, parts, width)
    lines = max(map(len, below), default=0)
    lift = lines * _LINE / 2
    bars = _bars(values, parts, look, width, has_legend, lift)
    return {
        "width": width,
        "height": height_of(titles, left, least=32 + (lines * _LINE + 6 if lines else 0)),
        "layer": [row_titles(titles, left, look, lift=lift), bars, *([_names(below, look)] if lines else [])],
    }


def _below(values: Sequence[Spec], parts: Sequence[Sequence[Part]], width: int) -> list[list[str]]:
    """What is written below each bar, in lines; nothing where all is said in it."""
    said = {(each["key"], each["label"]) for each in values}
    found = []
    for at, row in enumerate(parts):
        labels = [part.label for part in row if part.size]
        is_said = all((str(at), label) in said for label in labels)
        found.append([] if is_said else wrap(" · ".join(labels), width / _LETTER, lines=6))
    return found


def _names(below: Sequence[Sequence[str]], look: Look) -> Spec:
    values = [{"key": str(at), "lines": lines} for at, lines in enumerate(below) if lines]
    first = _BAR / 2 - max(map(len, below)) * _LINE / 2 + _LINE / 2 + 3
    return {
        "data": {"values": values},
        "mark": {
            "type": "text",
            "align": "left",
            "baseline": "middle",
            "lineHeight": _LINE,
            "dy": first,
            "color": look.palette.ink,
        },
        "encoding": {
            "y": rows(range(len(below))),
            "x": {"value": 0},
            "text": {"field": "lines", "type": "nominal"},
        },
    }


def _fitting(part: Part, pixels: float) -> str:
    """What there is room for; nothing at last: the table has it."""
    return next((text for text in (part.label, part.short) if len(text) * _LETTER + 6 <= pixels), "")


def _bars(
    values: list[dict[str, Any]],
    parts: Sequence[Sequence[Part]],
    look: Look,
    width: int,
    has_legend: bool,
    lift: float,
) -> Spec:
    """*lift*: by how much bars stand above the middle of their rows, which have something below them."""
    palette = {part.name: part.color for row in parts for part in row}
    x = {"type": "quantitative", "axis": None, "scale": {"domain": [0, width]}}
    legend = {"columns": 1 if look.is_narrow else 4, "symbolType": "square"} if has_legend else None
    color = {
        "field": "name",
        "type": "nominal",
        "scale": {"domain": list(palette), "range": list(palette.values())},
        "legend": legend,
    }
    count = len(parts)
    return {
        "data": {"values": values},
        "encoding": {"y": rows(range(count))},
        "layer": [
            {
                "mark": {
                    "type": "bar",
                    "stroke": look.palette.paper,
                    "strokeWidth": 1,
                    **({"height": _BAR, "yOffset": -lift} if lift else {}),
                },
                "encoding": {"x": {"field": "from", **x}, "x2": {"field": "to"}, "color": color},
            },
            {
                "mark": {"type": "text", "fontSize": 12, "dy": -lift},
                "encoding": {
                    "x": {"field": "middle", **x},
                    "text": {"field": "label"},
                    "color": {"field": "ink", "type": "nominal", "scale": None},
                },
            },
        ],
    }


def _ink(color: str) -> str:
    """Black or white, whichever is read better on the colour (WCAG's relative luminance)."""
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in (red, green, blue)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if luminance < 0.18 else "#10161c"
