"""What all charts are put together of: the frame, rows with their titles, numbers as people read them.

Titles come from the CRM and from files: they are only ever values, never parts of an expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import ceil
from typing import Any

from babel.numbers import format_compact_currency, format_compact_decimal, format_decimal, format_percent

from connector.reports.charts.chart import Spec
from connector.reports.charts.look import FONT, Look
from connector.reports.figures.sums import Sums
from pipelines.engine.model import Language

_LETTERS_THEN_FIGURE = re.compile(r"(?<=[A-Z]{3})(?=\d)")
#: Of a title, before it is cut.
_LINES = 3
#: What a letter takes at 12 pixels, with something to spare for wider fonts than that of this machine.
_LETTER = 6.8
_PADDING = 6
#: What is written at the ends of bars takes at most this share of the width.
_ENDS = 0.42


def frame(look: Look, body: Spec, title: str = "", subtitle: str = "") -> dict[str, Any]:
    """A whole specification."""
    palette = look.palette
    axis = {
        "labelColor": palette.faint,
        "titleColor": palette.faint,
        "gridColor": palette.grid,
        "domain": False,
        "ticks": False,
        "labelFontSize": 12,
        "labelPadding": 6,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    spec: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": palette.paper if look.is_alone else None,
        "padding": _PADDING if not look.is_alone else 16,
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": axis,
            "text": {"color": palette.ink, "fontSize": 12},
            "title": {
                "color": palette.ink,
                "fontSize": 14,
                "fontWeight": 600,
                "anchor": "start",
                "subtitleColor": palette.faint,
                "subtitleFontSize": 12,
            },
            "legend": {
                "labelColor": palette.ink,
                "labelFontSize": 12,
                "labelLimit": look.pixels,
                "orient": "top",
                "title": None,
            },
        },
        **body,
    }
    if look.is_alone and title:
        spec["title"] = {
            "text": wrap(title, look.pixels / _LETTER * 0.8),
            "subtitle": subtitle,
            "offset": 14,
            "frame": "bounds",
        }
    return spec


def room(look: Look, titles: Iterable[str], most: float = 0.34) -> int:
    """How many pixels the titles of rows take at the left: as the longest needs, at most a share of all."""
    needed = max((len(title) for title in titles), default=0) * _LETTER + 12
    return ceil(min(needed, look.pixels * most))


def row_title(text: str, pixels: float, lines: int = _LINES) -> list[str]:
    """A title in as many lines as it takes, not more than so many."""
    return wrap(text, pixels / _LETTER, lines)


def wrap(text: str, letters: float, lines: int = _LINES) -> list[str]:
    """The text in lines of so many letters; longer words are divided, and what is too much is cut."""
    width = max(int(letters), 4)
    found: list[str] = [""]
    for word in text.split():
        while len(word) > width:
            room_left = width - len(found[-1]) - (1 if found[-1] else 0)
            if room_left < 5:
                found.append("")
                room_left = width
            found[-1] += (" " if found[-1] else "") + word[: room_left - 1] + "-"
            word = word[room_left - 1 :]
            found.append("")
        if found[-1] and len(found[-1]) + 1 + len(word) > width:
            found.append("")
        found[-1] += (" " if found[-1] else "") + word
    found = [line for line in found if line] or [""]
    if len(found) > lines:
        found = [*found[: lines - 1], found[lines - 1][: width - 1].rstrip() + "…"]
    return found


def rows(keys: Sequence[object], key: str = "key") -> Spec:
    """The vertical axis of a chart of rows, in that order; their titles are written by `row_titles`."""
    return {
        "field": key,
        "type": "nominal",
        "sort": None,
        "scale": {"domain": [str(each) for each in keys], "paddingInner": 0.28, "paddingOuter": 0.1},
        "axis": None,
    }


def row_titles(titles: Sequence[str], pixels: int, look: Look, lines: int = _LINES, lift: float = 0) -> Spec:
    """The titles at the left of the rows: a layer of its own, so that two of one name stay two.

    *lift*: how many pixels above the middle of the row they stand.
    """
    values = [
        {"key": str(at), "title": row_title(title, pixels - 10, lines)} for at, title in enumerate(titles)
    ]
    return {
        "data": {"values": values},
        "mark": {
            "type": "text",
            "align": "right",
            "baseline": "middle",
            "color": look.palette.ink,
            "lineHeight": 14,
            # Lines go down from where the first one stands: all of them together are to stand there.
            "dy": {"expr": f"-7 * (length(datum.title) - 1) - {lift:g}"},
        },
        "encoding": {
            "y": rows(range(len(titles))),
            "x": {"value": -10},
            "text": {"field": "title", "type": "nominal"},
        },
    }


def height_of(titles: Sequence[str], pixels: int, least: int = 26) -> int:
    """How high so many rows are: each as high as the highest title needs."""
    lines = max((len(row_title(title, pixels - 10)) for title in titles), default=1)
    return len(titles) * max(least, lines * 14 + 12)


def length(field: str, most: float) -> dict[str, Any]:
    """The horizontal axis of bars from nothing to the longest; what they say is written at their ends."""
    return {"field": field, "type": "quantitative", "axis": None, "scale": {"domain": [0, most or 1]}}


def bars(
    look: Look,
    titles: Sequence[str],
    values: Sequence[Spec],
    layers: Sequence[tuple[str, str, float]],
    *,
    width: int | None = None,
    height: int | None = None,
    title: str = "",
    most: float | None = None,
    tick: tuple[str, str] | None = None,
    left: int | None = None,
) -> dict[str, Any]:
    """Horizontal bars, a row each, and what is written at their ends.

    *layers*: fields that are drawn over each other from nothing on, the first one below, with their colours
    (or the field that says it) and the share of the row that they take in height. *tick*: a field that is
    marked by a line, and its colour. *titles* empty: the rows are those of the panel beside. *left*: what
    their titles take, if it is not what the longest of them needs.
    """
    if left is None:
        left = room(look, titles) if titles else 0
    whole = width or look.pixels
    ends = min(max((len(value["end"]) for value in values), default=0) * _LETTER + 10, whole * _ENDS)
    longest = max((value[layers[0][0]] for value in values), default=0) if most is None else most
    y = rows(range(len(values)))
    drawn: list[Spec] = [
        {
            "mark": {"type": "bar", "cornerRadiusEnd": 2, "height": {"band": band}},
            "encoding": {"x": length(field, longest), "color": _color(color)},
        }
        for field, color, band in layers
    ]
    if tick:
        mark = {"type": "tick", "color": tick[1], "thickness": 2, "size": 18}
        drawn.append({"mark": mark, "encoding": {"x": length(tick[0], longest)}})
    farthest = {"type": "text", "align": "left", "dx": 6, "limit": ends - 6}
    drawn.append({"mark": farthest, "encoding": {"x": length("_far", longest), "text": {"field": "end"}}})
    fields = [field for field, *_ in layers] + ([tick[0]] if tick else [])
    named = [row_titles(titles, left, look)] if titles else []
    panel: dict[str, Any] = {
        "width": int(whole - left - ends) - 2 * _PADDING,
        "height": height or height_of(titles, left),
        "layer": [
            *named,
            {
                "data": {
                    "values": [
                        {"key": str(at), "_far": max(value[field] for field in fields), **value}
                        for at, value in enumerate(values)
                    ]
                },
                "encoding": {"y": y},
                "layer": drawn,
            },
        ],
    }
    return {**panel, **({"title": panel_title(title, look)} if title else {})}


def panel_title(text: str, look: Look) -> dict[str, Any]:
    """What one of several panels shows."""
    return {
        "text": text,
        "anchor": "start",
        "frame": "group",
        "fontSize": 12,
        "fontWeight": "normal",
        "color": look.palette.faint,
        "offset": 8,
    }


def _color(color: str) -> Spec:
    """A colour, or that which a field holds."""
    return {"value": color} if color.startswith("#") else {"field": color, "type": "nominal", "scale": None}


def beside(look: Look, first: Spec, second: Spec, between: int) -> dict[str, Any]:
    """Two panels: beside each other, or below each other where it is narrow."""
    if look.is_narrow:
        return {"vconcat": [first, second], "spacing": 18}
    return {"hconcat": [first, second], "spacing": between}


# --- numbers ------------------------------------------------------------------------------------------------


def number(value: float, language: Language, digits: int = 0) -> str:
    """A number as people write it."""
    return str(format_decimal(round(value, digits), locale=language))


def share(value: float, language: Language) -> str:
    """A share of 0 to 1 in per cent; what is little is not nothing."""
    if 0 < value < 0.005:
        return "<" + str(format_percent(0.01, locale=language))
    return str(format_percent(value, locale=language))


def money(sums: Sums, language: Language) -> str:
    """Sums in a few letters: 1.2M of one currency, and of the next."""
    return ", ".join(_amount(amount, currency, language) for currency, amount in sums if amount)


def _amount(amount: Decimal, currency: str, language: Language) -> str:
    if not currency:
        return str(format_compact_decimal(amount, locale=language, fraction_digits=1))
    # As the pages write it: US$ where there are other dollars, and letters apart from the number.
    locale = "en_GB" if language == "en" else language
    said = str(format_compact_currency(amount, currency, locale=locale, fraction_digits=1))
    return _LETTERS_THEN_FIGURE.sub("\u00a0", said)
