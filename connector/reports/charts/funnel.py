"""Charts of the funnel: what stands in each stage and what went on, what was closed, the trend over weeks."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from connector.reports.charts.chart import Chart
from connector.reports.charts.look import Look
from connector.reports.charts.parts import bars, beside, frame, height_of, money, number, room, share
from connector.reports.charts.wording import Wording
from connector.reports.figures.funnel import Flow, Funnel
from connector.reports.figures.sums import Sums

#: Where two panels stand beside each other, this is between them.
_BETWEEN = 56
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
    standing = [{"count": each.now, "end": _worth(each.now, each.sums, words)} for each in found.flows]
    came = [{"came": each.came, "onward": each.onward, "end": _went(each, words)} for each in found.flows]
    # Beside each other they share the titles, and what is left in equal parts.
    panel = int((look.pixels - left - _BETWEEN) / 2)
    palette = look.palette
    now = bars(
        look,
        titles,
        standing,
        [("count", palette.plain, 1.0)],
        width=look.pixels if look.is_narrow else left + panel,
        title=words.say("chart_now"),
    )
    went = bars(
        look,
        titles if look.is_narrow else [],
        came,
        [("came", palette.pale, 1.0), ("onward", palette.statuses["won"], 0.45)],
        width=look.pixels if look.is_narrow else panel,
        height=None if look.is_narrow else height_of(titles, left),
        title=words.say("chart_came"),
    )
    body = beside(look, now, went, _BETWEEN)
    text = "; ".join(_said(each, words) for each in found.flows)
    return words.chart("stages", text, frame(look, body, words.say("funnel_stages"), words.subtitle))


def _worth(count: int, sums: Sums, words: Wording) -> str:
    return " · ".join(filter(None, (number(count, words.language), money(sums, words.language))))


def _went(each: Flow, words: Wording) -> str:
    came = number(each.came, words.language)
    return came if each.onward_share is None else f"{came} → {share(each.onward_share, words.language)}"


def _said(each: Flow, words: Wording) -> str:
    parts = [f"{each.stage.title}: {words.say('now').lower()} {number(each.now, words.language)}"]
    if each.onward_share is not None:
        went = f"{words.say('onward').lower()} {share(each.onward_share, words.language)}"
        parts.append(f"{words.say('came').lower()} {number(each.came, words.language)}, {went}")
    return ", ".join(parts)


# --- closed -------------------------------------------------------------------------------------------------


def _closed(found: Funnel, words: Wording, look: Look) -> Chart:
    values = [
        {
            "count": each.count,
            "color": look.palette.statuses[each.stage.status],
            "end": _worth(each.count, each.sums, words),
        }
        for each in found.closed
    ]
    body = bars(look, [each.stage.title for each in found.closed], values, [("count", "color", 1.0)])
    text = "; ".join(f"{each.stage.title}: {number(each.count, words.language)}" for each in found.closed)
    return words.chart("closed", text, frame(look, body, words.say("funnel_closed"), words.subtitle))


# --- weeks --------------------------------------------------------------------------------------------------

_LINES = ("came", "won", "lost", "archived")
_DASHES = {"came": [1, 0], "won": [1, 0], "lost": [6, 3], "archived": [2, 3]}


def _named_weeks(found: Funnel, most: int) -> list[float]:
    """The Mondays that are named, so many at most: as milliseconds of UTC."""
    step = -(-len(found.weeks) // most)
    named = [datetime.combine(week.monday, time(), UTC) for week in found.weeks[::step]]
    return [at.timestamp() * 1_000 for at in named]


def _weeks(found: Funnel, words: Wording, look: Look) -> Chart:
    shown = [what for what in _LINES if any(getattr(week, what) for week in found.weeks)]
    colors = {"came": look.palette.faint, **look.palette.statuses}
    values = [
        {
            "week": week.monday.isoformat(),
            "what": words.say(what),
            "count": getattr(week, what),
            "is_whole": week.is_whole,
        }
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
    line: dict[str, Any] = {"type": "line", "strokeWidth": 2}
    if len(found.weeks) <= _POINTS:
        line["point"] = {"size": 28, "filled": True}
    # What is not over yet, or began before the period, is low for no other reason: its points are hollow.
    hollow = {"type": "point", "size": 60, "strokeWidth": 2, "fill": look.palette.paper, "opacity": 1}
    is_partial = not all(week.is_whole for week in found.weeks)
    week_axis = {
        "format": "%-d %b" if len(found.weeks) <= 52 else "%b %Y",
        "grid": False,
        "labelAngle": 0,
        # Left to itself, it would name Sundays.
        "values": _named_weeks(found, 4 if look.is_narrow else 10),
        "title": words.say("chart_part_of_week") if is_partial else None,
    }
    body = {
        "width": look.pixels - 68,
        "height": 200 if look.is_narrow else 240,
        "data": {"values": values},
        "layer": [
            {"mark": line, "encoding": {"strokeDash": {**dash, "legend": None}}},
            {"mark": hollow, "transform": [{"filter": "!datum.is_whole"}]},
        ],
        "encoding": {
            "x": {"field": "week", "type": "temporal", "scale": {"type": "utc"}, "axis": week_axis},
            "y": {
                "field": "count",
                "type": "quantitative",
                "axis": {"title": None, "tickCount": 4, "format": ",d", "tickMinStep": 1},
            },
            "color": color,
        },
    }
    totals = (
        f"{words.say(what)}: {number(sum(getattr(week, what) for week in found.weeks), words.language)}"
        for what in shown
    )
    return words.chart(
        "weeks", "; ".join(totals), frame(look, body, words.say("funnel_weeks"), words.subtitle)
    )
