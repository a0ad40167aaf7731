"""Charts of delays: who is behind, time in stage against its limit, what open items wait for."""

from __future__ import annotations

from typing import Any

from connector.reports.charts.chart import Chart, Spec
from connector.reports.charts.look import Look
from connector.reports.charts.parts import bars, frame, height_of, number, room, row_titles, rows
from connector.reports.charts.stacks import Part, stacks
from connector.reports.charts.wording import Wording
from connector.reports.figures.delays import Delays, StageTime
from connector.reports.figures.waits import WAIT_KINDS, WaitKind

#: Longer ones are read in days.
_HOURS = 72
_HOUR, _DAY = 3_600, 86_400


def delay_charts(found: Delays, words: Wording, look: Look) -> list[Chart]:
    """Who is behind first: that is what can be mended."""
    charts = []
    if found.behind:
        charts.append(_behind(found, words, look))
    if any(spread.count for each in found.splits for spread in each.spans.values()):
        charts.append(_waits(found, words, look))
    if any(each.ended.count or each.here.count for each in found.times):
        charts.append(_times(found, words, look))
    return charts


def _behind(found: Delays, words: Wording, look: Look) -> Chart:
    shown = found.behind[: look.rows]
    names = [words.say("nobody") if each.user_id is None else each.name for each in shown]
    values = [
        {
            "items": each.items,
            "over": each.over,
            "end": words.say("chart_behind").format(
                over=number(each.over, words.language),
                items=number(each.items, words.language),
            ),
        }
        for each in shown
    ]
    layers = [("items", look.palette.pale, 1.0), ("over", look.palette.alarm, 1.0)]
    body = bars(look, names, values, layers)
    text = "; ".join(f"{name}: {value['end']}" for name, value in zip(names, values, strict=True))
    title = words.say("chart_behind_title")
    return words.chart("behind", text, frame(look, body, title, words.subtitle), title=title)


# --- what is waited for -------------------------------------------------------------------------------------


def _waits(found: Delays, words: Wording, look: Look) -> Chart:
    colors: dict[WaitKind, str] = dict(
        zip(
            ("customer", "ours", "approval"),
            look.palette.several[1::-1] + look.palette.several[3:4],
            strict=True,
        )
    )
    titles = [each.stage.title for each in found.splits]
    parts = [
        [
            Part(
                words.say(f"{kind}_now"),
                colors[kind],
                each.spans[kind].count,
                number(each.spans[kind].count, words.language),
            )
            for kind in WAIT_KINDS
        ]
        for each in found.splits
    ]
    body = stacks(look, titles, parts, is_share=False)
    text = "; ".join(
        f"{title}: {', '.join(f'{part.name} {part.label}' for part in row)}"
        for title, row in zip(titles, parts, strict=True)
    )
    return words.chart("waits", text, frame(look, body, words.say("delays_waits"), words.subtitle))


# --- time in stage ------------------------------------------------------------------------------------------


def _times(found: Delays, words: Wording, look: Look) -> Chart:
    titles = [each.stage.title for each in found.times]
    left = room(look, titles)
    longest = max((each.ended.p90 or 0 for each in found.times), default=0)
    here = max((each.here.median or 0 for each in found.times), default=0)
    unit, unit_name = (_HOUR, "unit_hour") if max(longest, here) <= _HOURS * _HOUR else (_DAY, "unit_day")
    values = [_row(at, each, unit, unit_name, words) for at, each in enumerate(found.times)]
    longest_line = max(len(line) for each in values for line in each["end"])
    ends = min(longest_line * 6.6 + 16, look.pixels * 0.42)
    body = {
        "width": int(look.pixels - left - ends) - 12,
        "height": height_of(titles, left, least=34),
        "layer": [row_titles(titles, left, look), *_spans(values, ends, words, look)],
    }
    text = "; ".join(f"{each['title']}: {', '.join(each['end'])}" for each in values)
    return words.chart("stages", text, frame(look, body, words.say("delays_stages"), words.subtitle))


def _row(at: int, each: StageTime, unit: int, unit_name: str, words: Wording) -> dict[str, Any]:
    def said(seconds: float) -> str:
        return number(seconds / unit, words.language, 1 if seconds / unit < 10 else 0)

    ended = (
        "–"
        if each.ended.median is None
        else f"{said(each.ended.median)} – {said(each.ended.p90 or 0)} {words.say(unit_name)}"
    )
    lines, limit = [ended], each.stage.limit
    if limit is not None:
        told = f"{limit.amount} {words.say('unit_' + limit.unit.value)}"
        lines.append(words.say("chart_limit").format(limit=told))
    return {
        "key": str(at),
        "title": each.stage.title,
        "median": None if each.ended.median is None else each.ended.median / unit,
        "p90": None if each.ended.p90 is None else each.ended.p90 / unit,
        "here": None if each.here.median is None else each.here.median / unit,
        "limit": None if each.limit_seconds is None else each.limit_seconds / unit,
        "end": lines,
        "over": each.over,
    }


def _spans(values: list[dict[str, Any]], ends: float, words: Wording, look: Look) -> list[Spec]:
    palette = look.palette
    numbers = [
        value[name]
        for value in values
        for name in ("median", "p90", "here", "limit")
        if value[name] is not None
    ]
    scale = {"domain": [0, max(numbers, default=1) * 1.02 or 1]}
    axis = {"tickCount": 4 if look.is_narrow else 8, "title": None, "format": ",f"}
    x = {"type": "quantitative", "scale": scale, "axis": axis}
    y = rows(range(len(values)))
    legend = [
        (words.say("chart_time"), palette.plain),
        (words.say("chart_here"), palette.alarm),
        (words.say("chart_limit_mark"), palette.ink),
    ]
    color: dict[str, Any] = {
        "type": "nominal",
        "scale": {"domain": [name for name, _ in legend], "range": [tone for _, tone in legend]},
        "legend": {"columns": 1 if look.is_narrow else 3, "symbolType": "circle"},
    }
    return [
        {
            "data": {"values": values},
            "encoding": {"y": y},
            "layer": [
                {
                    "mark": {"type": "bar", "height": 8, "cornerRadius": 4, "color": palette.pale},
                    "encoding": {"x": {"field": "median", **x}, "x2": {"field": "p90"}},
                },
                {
                    "transform": [{"filter": "isValid(datum.median)"}],
                    "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                    "encoding": {"x": {"field": "median", **x}, "color": {"datum": legend[0][0], **color}},
                },
                {
                    "transform": [{"filter": "isValid(datum.limit)"}],
                    "mark": {"type": "tick", "thickness": 2.5, "size": 24, "opacity": 1},
                    "encoding": {"x": {"field": "limit", **x}, "color": {"datum": legend[2][0], **color}},
                },
                {
                    "transform": [{"filter": "isValid(datum.here)"}],
                    "mark": {"type": "point", "filled": True, "shape": "diamond", "size": 110, "opacity": 1},
                    "encoding": {"x": {"field": "here", **x}, "color": {"datum": legend[1][0], **color}},
                },
                {
                    "mark": {
                        "type": "text",
                        "align": "left",
                        "baseline": "middle",
                        "x": "width",
                        "dx": 10,
                        "dy": {"expr": "-7 * (length(datum.end) - 1)"},
                        "lineHeight": 14,
                        "limit": ends - 12,
                    },
                    "encoding": {"text": {"field": "end", "type": "nominal"}},
                },
            ],
        }
    ]
