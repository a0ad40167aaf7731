"""Charts of people: what each carries in which stage, what is overdue, who wins, whether routing is fair."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from connector.reports.charts.chart import Chart, Spec
from connector.reports.charts.look import Look
from connector.reports.charts.parts import (
    bars,
    beside,
    frame,
    height_of,
    number,
    room,
    row_titles,
    rows,
    share,
    wrap,
)
from connector.reports.charts.wording import Wording
from connector.reports.figures.dealing import Dealt
from connector.reports.figures.people import Load, People

_BETWEEN = 56
#: Titles of columns lie down where a column has so many pixels.
_LYING = 64
_LETTER = 6.6


def people_charts(found: People, words: Wording, look: Look) -> list[Chart]:
    """Who carries what, tasks, results, and what routing gave."""
    charts = []
    if any(each.total for each in found.loads):
        charts.append(_load(found, words, look))
    if any(each.tasks.open for each in found.loads):
        charts.append(_tasks(found, words, look))
    if any(each.conversion is not None for each in found.loads):
        charts.append(_results(found, words, look))
    if found.dealt:
        charts.append(_routing(found, words, look))
    return charts


def _name(each: Load, words: Wording) -> str:
    return words.say("nobody") if each.user_id is None else each.name


# --- the heat map -------------------------------------------------------------------------------------------


def _load(found: People, words: Wording, look: Look) -> Chart:
    shown = [each for each in found.loads if each.total][: look.rows]
    names = [_name(each, words) for each in shown]
    left = room(look, names, most=0.3)
    width = look.pixels - left - 56
    most = max(count for each in shown for count in each.standing)
    values = [
        {
            "key": str(row),
            "stage": str(column),
            "count": count,
            "said": number(count, words.language) if count else "",
            "is_dark": count > most * 0.45,
        }
        for row, each in enumerate(shown)
        for column, count in enumerate(each.standing)
    ]
    columns = {
        "field": "stage",
        "type": "nominal",
        "sort": None,
        "scale": {"domain": [str(at) for at in range(len(found.stages))], "padding": 0.04},
        "axis": None,
    }
    y = {
        **rows(range(len(shown))),
        "scale": {"domain": [str(at) for at in range(len(shown))], "padding": 0.08},
    }
    layers = [
        row_titles(names, left, look, lines=2),
        _column_titles([stage.title for stage in found.stages], width, columns, look),
        _cells(values, y, columns, look),
        _totals(shown, y, width, words, look),
    ]
    body = {"width": width, "height": len(shown) * (32 if look.is_narrow else 26), "layer": layers}
    text = "; ".join(
        f"{name}: {number(each.total, words.language)}" for name, each in zip(names, shown, strict=True)
    )
    return words.chart("load", text, frame(look, body, words.say("people_load"), words.subtitle))


def _cells(values: Sequence[Spec], y: Spec, x: Spec, look: Look) -> Spec:
    palette = look.palette
    shades = {"scale": {"range": list(palette.ramp), "type": "linear", "domainMin": 0}, "legend": None}
    on_dark = {"test": "datum.is_dark", "value": palette.paper if look.theme == "light" else "#0b1016"}
    return {
        "data": {"values": list(values)},
        "encoding": {"y": y, "x": x},
        "layer": [
            {
                "mark": {"type": "rect", "cornerRadius": 2},
                "encoding": {"color": {"field": "count", "type": "quantitative", **shades}},
            },
            {
                "mark": {"type": "text", "fontSize": 12},
                "encoding": {
                    "text": {"field": "said"},
                    "color": {"condition": on_dark, "value": palette.ink},
                },
            },
        ],
    }


def _column_titles(titles: Sequence[str], width: int, x: Spec, look: Look) -> Spec:
    """Above the columns: in lines where there is room for words, else standing."""
    each = width / max(len(titles), 1)
    is_lying = each >= _LYING
    lines = [
        wrap(title, each / _LETTER, lines=4) if is_lying else wrap(title, 24, lines=2) for title in titles
    ]
    mark: dict[str, Any] = {"type": "text", "color": look.palette.faint, "fontSize": 12, "lineHeight": 13}
    if is_lying:
        place: dict[str, Any] = {"align": "center", "baseline": "line-bottom"}
    else:
        place = {"align": "left", "baseline": "middle", "angle": -90}
    values = [
        # Lines go down from where they begin: the last one is to stand on the cells.
        {"stage": str(at), "title": text, "lift": -8 - (13 * (len(text) - 1) if is_lying else 0)}
        for at, text in enumerate(lines)
    ]
    return {
        "data": {"values": values},
        "mark": {**mark, **place},
        "encoding": {
            "x": x,
            "y": {"field": "lift", "type": "quantitative", "scale": None, "axis": None},
            "text": {"field": "title", "type": "nominal"},
        },
    }


def _totals(shown: Sequence[Load], y: Spec, width: int, words: Wording, look: Look) -> Spec:
    values = [{"key": str(at), "said": number(each.total, words.language)} for at, each in enumerate(shown)]
    return {
        "data": {"values": values},
        "mark": {"type": "text", "align": "right", "fontWeight": 600, "color": look.palette.ink},
        "encoding": {"y": y, "x": {"value": width + 46}, "text": {"field": "said"}},
    }


# --- tasks, results -----------------------------------------------------------------------------------------


def _tasks(found: People, words: Wording, look: Look) -> Chart:
    shown = sorted(
        (each for each in found.loads if each.tasks.open),
        key=lambda each: (-each.tasks.overdue, -each.tasks.open),
    )[: look.rows]
    overdue = words.say("chart_overdue")
    values = [
        {
            "open": each.tasks.open,
            "overdue": each.tasks.overdue,
            "end": number(each.tasks.open, words.language)
            + (f", {overdue} {number(each.tasks.overdue, words.language)}" if each.tasks.overdue else ""),
        }
        for each in shown
    ]
    names = [_name(each, words) for each in shown]
    layers = [("open", look.palette.pale, 1.0), ("overdue", look.palette.alarm, 1.0)]
    body = bars(look, names, values, layers)
    text = "; ".join(f"{name}: {value['end']}" for name, value in zip(names, values, strict=True))
    title = words.say("chart_tasks")
    return words.chart("tasks", text, frame(look, body, title, words.subtitle), table="results", title=title)


def _results(found: People, words: Wording, look: Look) -> Chart:
    shown = sorted(
        (each for each in found.loads if each.conversion is not None), key=lambda each: (-each.won, each.name)
    )[: look.rows]
    names = [_name(each, words) for each in shown]
    converted = [
        {
            "share": each.conversion,
            "all": 1,
            "end": words.say("chart_of").format(
                share=share(each.conversion or 0, words.language),
                part=number(each.won, words.language),
                whole=number(each.won + each.lost, words.language),
            ),
        }
        for each in shown
    ]
    days = [
        {"days": (each.seconds_to_win or 0) / 86_400, "end": _days(each.seconds_to_win, words)}
        for each in shown
    ]
    left = room(look, names)
    green = look.palette.statuses["won"]
    width = look.pixels if look.is_narrow else int((look.pixels + left) / 2) - _BETWEEN // 2
    conversion = bars(
        look,
        names,
        converted,
        [("all", look.palette.grid, 1.0), ("share", green, 1.0)],
        width=width,
        title=words.say("conversion"),
    )
    speed = bars(
        look,
        names if look.is_narrow else [],
        days,
        [("days", look.palette.plain, 1.0)],
        width=look.pixels if look.is_narrow else look.pixels - width - _BETWEEN,
        title=words.say("chart_days_to_win"),
        height=None if look.is_narrow else height_of(names, left),
    )
    body = beside(look, conversion, speed, _BETWEEN)
    text = "; ".join(f"{name}: {value['end']}" for name, value in zip(names, converted, strict=True))
    title = words.say("chart_results")
    return words.chart("results", text, frame(look, body, title, words.subtitle), title=title)


def _days(seconds: float | None, words: Wording) -> str:
    return "–" if seconds is None else number(seconds / 86_400, words.language, 1)


# --- routing ------------------------------------------------------------------------------------------------


def _routing(found: People, words: Wording, look: Look) -> Chart:
    shown = found.dealt[: 2 * look.rows]
    most = max(max(each.share, each.fair_share) for each in shown)
    teams = [list(team) for _, team in groupby(shown, key=lambda each: each.team)]
    left = room(look, [each.name for each in shown])
    ends = max(len(_dealt(each, words, look)) for each in shown)
    body: Spec = {"vconcat": [_team(team, most, left, ends, words, look) for team in teams], "spacing": 18}
    title = words.say("people_routing")
    text = "; ".join(f"{each.name} ({each.team}): {_dealt(each, words, look)}" for each in shown)
    return words.chart("routing", text, frame(look, body, title, words.subtitle))


def _team(team: Sequence[Dealt], most: float, left: int, ends: int, words: Wording, look: Look) -> Spec:
    """The members of one team under its name, on the scale of all."""
    values = [
        # All panels leave as much room for what is written at the ends.
        {"share": each.share, "fair": each.fair_share, "end": _dealt(each, words, look).ljust(ends)}
        for each in team
    ]
    return bars(
        look,
        [each.name for each in team],
        values,
        [("share", look.palette.plain, 0.7)],
        most=most,
        tick=("fair", look.palette.ink),
        title=team[0].team,
        left=left,
    )


def _dealt(each: Dealt, words: Wording, look: Look) -> str:
    got, fair = share(each.share, words.language), share(each.fair_share, words.language)
    said = words.say("chart_dealt_short" if look.is_narrow else "chart_dealt")
    return said.format(got=number(each.got, words.language), share=got, fair=fair)
