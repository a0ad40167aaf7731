"""Charts of the funnel: what stands in each stage and what went on, what was closed, the trend over weeks."""

from __future__ import annotations

from typing import Any

from connector.reports.charts.chart import Chart, Spec
from connector.reports.charts.look import Look
from connector.reports.charts.parts import frame, height_of, money, number, room, row_titles, rows, share
from connector.reports.charts.wording import Wording
from connector.reports.figures.funnel import Closed, Flow, Funnel

#: Where two panels stand beside each other, this is between them.
_BETWEEN = 56
#: What numbers at the ends of bars take.
_ENDS = 118
#: So many weeks have room for a point each.
_POINTS = 30


def funnel_charts(found: Funnel, words: Wording, look: Look) -> list[Chart]:
    """Open stages, the trend, final stages."""
    charts = [_stages(found, words, look)] if found.flows else []
    if any(week.came or week.won or week.lost or week.archived for week in found.weeks):
        charts.append(_weeks(found, words, look))
    if any(each.count for each in found.closed):
        charts.append(_closed(found, words, look))
    return charts


def _stages(found: Funnel, words: Wording, look: Look) -> Chart:
    titles = [each.stage.title for each in found.flows]
    left = room(look, titles)
    now = _panel(look, titles, left, words.say("chart_now"), _standing(found, words, look))
    came = _panel(
        look, titles, 0 if not look.is_narrow else left, words.say("chart_came"), _came(found, words, look)
    )
    if look.is_narrow:
        body: Spec = {"vconcat": [now, came], "spacing": 18}
    else:
        body = {"hconcat": [now, came], "spacing": _BETWEEN}
    text = "; ".join(_said(each, words) for each in found.flows)
    return words.chart("stages", text, frame(look, body, words.title("funnel_stages"), words.subtitle))


def _panel(look: Look, titles: list[str], left: int, title: str, layers: list[Spec]) -> Spec:
    width = look.pixels - left - _ENDS - 12
    if not look.is_narrow:
        width = int((look.pixels - room(look, titles) - _BETWEEN - 2 * _ENDS - 12) / 2)
    named = [row_titles(titles, left, look)] if left else []
    heading = {
        "text": title,
        "anchor": "start",
        "fontSize": 12,
        "fontWeight": "normal",
        "color": look.palette.faint,
        "offset": 8,
    }
    return {
        "title": heading,
        "width": width,
        "height": height_of(titles, room(look, titles)),
        "layer": [*named, *layers],
    }


def _standing(found: Funnel, words: Wording, look: Look) -> list[Spec]:
    values = [
        {
            "key": str(at),
            "count": each.now,
            "end": " · ".join(
                filter(None, (number(each.now, words.language), money(each.sums, words.language)))
            ),
        }
        for at, each in enumerate(found.flows)
    ]
    x = _length("count", max((each.now for each in found.flows), default=0))
    y = rows(range(len(found.flows)))
    return [
        {
            "data": {"values": values},
            "encoding": {"y": y, "x": x},
            "layer": [
                {"mark": {"type": "bar", "color": look.palette.plain, "cornerRadiusEnd": 2}},
                _end_of_bar(),
            ],
        }
    ]


def _came(found: Funnel, words: Wording, look: Look) -> list[Spec]:
    values = [
        {
            "key": str(at),
            "came": each.came,
            "onward": each.onward,
            "end": number(each.came, words.language)
            + ("" if each.onward_share is None else f" → {share(each.onward_share, words.language)}"),
        }
        for at, each in enumerate(found.flows)
    ]
    most = max((each.came for each in found.flows), default=0)
    y = rows(range(len(found.flows)))
    return [
        {
            "data": {"values": values},
            "encoding": {"y": y},
            "layer": [
                {
                    "mark": {"type": "bar", "color": look.palette.pale, "cornerRadiusEnd": 2},
                    "encoding": {"x": _length("came", most)},
                },
                {
                    "mark": {
                        "type": "bar",
                        "color": look.palette.statuses["won"],
                        "cornerRadiusEnd": 2,
                        "height": {"band": 0.45},
                    },
                    "encoding": {"x": _length("onward", most)},
                },
                {**_end_of_bar(), "encoding": {"x": _length("came", most), "text": {"field": "end"}}},
            ],
        }
    ]


def _length(field: str, most: float) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "axis": None, "scale": {"domain": [0, max(most, 1)]}}


def _end_of_bar() -> Spec:
    return {"mark": {"type": "text", "align": "left", "dx": 6}, "encoding": {"text": {"field": "end"}}}


def _said(each: Flow, words: Wording) -> str:
    parts = [f"{each.stage.title}: {words.say('now').lower()} {number(each.now, words.language)}"]
    if each.onward_share is not None:
        went = f"{words.say('onward').lower()} {share(each.onward_share, words.language)}"
        parts.append(f"{words.say('came').lower()} {number(each.came, words.language)}, {went}")
    return ", ".join(parts)


# --- closed -------------------------------------------------------------------------------------------------


def _closed(found: Funnel, words: Wording, look: Look) -> Chart:
    titles = [each.stage.title for each in found.closed]
    left = room(look, titles)
    values = [
        {
            "key": str(at),
            "count": each.count,
            "color": look.palette.statuses[each.stage.status],
            "end": _end(each, words),
        }
        for at, each in enumerate(found.closed)
    ]
    bars: Spec = {
        "data": {"values": values},
        "encoding": {
            "y": rows(range(len(titles))),
            "x": _length("count", max(each.count for each in found.closed)),
        },
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadiusEnd": 2},
                "encoding": {"color": {"field": "color", "type": "nominal", "scale": None}},
            },
            _end_of_bar(),
        ],
    }
    body = {
        "width": look.pixels - left - _ENDS - 12,
        "height": height_of(titles, left),
        "layer": [row_titles(titles, left, look), bars],
    }
    text = "; ".join(f"{each.stage.title}: {number(each.count, words.language)}" for each in found.closed)
    return words.chart("closed", text, frame(look, body, words.title("funnel_closed"), words.subtitle))


def _end(each: Closed, words: Wording) -> str:
    return " · ".join(filter(None, (number(each.count, words.language), money(each.sums, words.language))))


# --- weeks --------------------------------------------------------------------------------------------------

_LINES = ("came", "won", "lost", "archived")
_DASHES = {"came": [1, 0], "won": [1, 0], "lost": [6, 3], "archived": [2, 3]}


def _weeks(found: Funnel, words: Wording, look: Look) -> Chart:
    shown = [what for what in _LINES if any(getattr(week, what) for week in found.weeks)]
    colors = {"came": look.palette.faint, **look.palette.statuses}
    values = [
        {"week": week.monday.isoformat(), "what": words.say(what), "count": getattr(week, what)}
        for what in shown
        for week in found.weeks
    ]
    names = [words.say(what) for what in shown]
    color = {
        "field": "what",
        "type": "nominal",
        "scale": {"domain": names, "range": [colors[what] for what in shown]},
        "legend": {"symbolType": "stroke", "symbolStrokeWidth": 3, "columns": 2 if look.is_narrow else 4},
    }
    dash = {
        "field": "what",
        "type": "nominal",
        "scale": {"domain": names, "range": [_DASHES[what] for what in shown]},
    }
    line: dict[str, Any] = {"type": "line", "strokeWidth": 2, "interpolate": "monotone"}
    if len(found.weeks) <= _POINTS:
        line["point"] = {"size": 28, "filled": True}
    week_axis = {
        "format": "%-d %b" if len(found.weeks) <= 52 else "%b %Y",
        "grid": False,
        "labelAngle": 0,
        "tickCount": 4 if look.is_narrow else 8,
        "title": None,
    }
    body = {
        "width": look.pixels - 68,
        "height": 200 if look.is_narrow else 240,
        "data": {"values": values},
        "mark": line,
        "encoding": {
            "x": {"field": "week", "type": "temporal", "axis": week_axis},
            "y": {
                "field": "count",
                "type": "quantitative",
                "axis": {"title": None, "tickCount": 4, "format": ",d", "tickMinStep": 1},
            },
            "color": color,
            "strokeDash": {**dash, "legend": None},
        },
    }
    totals = (
        f"{words.say(what)}: {number(sum(getattr(week, what) for week in found.weeks), words.language)}"
        for what in shown
    )
    return words.chart(
        "weeks", "; ".join(totals), frame(look, body, words.title("funnel_weeks"), words.subtitle)
    )
