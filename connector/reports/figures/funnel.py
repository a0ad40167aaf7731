"""The funnel of a pipeline: what stands in each open stage, what came into it, and what share went on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from connector.reports.figures.asking import Question
from connector.reports.figures.board import Board, Column
from connector.reports.figures.sums import Sums, sums_of
from connector.reports.figures.ways import came_at, closing, course
from connector.store import Connection, figures
from connector.store.figures import Way
from pipelines.calendar import to_instant

_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Flow:
    """One open stage.

    *now*: items that stand in it now. *came*: items that came into it in the period, each once. Of these, as
    far as the period goes: *next*: came after that into the next open stage (of the last one: were won).
    *onward*: came into any later open stage or were won. *dropped*: came into a lost or archived stage last.
    """

    stage: Column
    now: int
    sums: Sums
    came: int
    next: int
    onward: int
    dropped: int

    @property
    def next_share(self) -> float | None:
        return self.next / self.came if self.came else None

    @property
    def onward_share(self) -> float | None:
        return self.onward / self.came if self.came else None


@dataclass(frozen=True, slots=True)
class Closed:
    """One final stage: items that came into it in the period, and were there still when it ended."""

    stage: Column
    count: int
    sums: Sums


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the portal's calendar, from Monday on, as far as it is in the period.

    *came*: items that first came into the pipeline. *won*, *lost*, *archived*: items that were closed so.
    *is_whole*: all of its seven days are in the period.
    """

    monday: date
    came: int
    won: int
    lost: int
    archived: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Funnel:
    """The pipeline in a period; stages in its order."""

    flows: tuple[Flow, ...]
    closed: tuple[Closed, ...]
    weeks: tuple[Week, ...]


def funnel(conn: Connection, question: Question) -> Funnel:
    """Open stages, final stages apart, and the trend over the weeks."""
    ways = figures.ways(conn, question.scope, question.period)
    return Funnel(_flows(conn, question, ways), _closed(question, ways), _weeks(question, ways))


def _flows(conn: Connection, question: Question, ways: Sequence[Way]) -> tuple[Flow, ...]:
    board = question.board
    standing = figures.standing(conn, question.scope, board.ids("open"))
    courses = Counter(course(way, question.period) for way in ways)
    flows = []
    for place, stage in enumerate(board.open):
        here = [each for each in standing if each.stage_id == stage.id]
        flows.append(Flow(stage, len(here), sums_of(here), *_passage(board, place, courses)))
    return tuple(flows)


def _passage(board: Board, place: int, courses: Counter[tuple[str, ...]]) -> tuple[int, int, int, int]:
    """came, next, onward, dropped of the open stage at that place."""
    stage, later = board.open[place], board.open[place + 1 :]
    won, over = set(board.ids("won")), {*board.ids("lost", "archived")}
    onward_ids = {each.id for each in later} | won
    next_ids = {later[0].id} if later else won
    came = went_next = onward = dropped = 0
    for stages, count in courses.items():
        if stage.id in stages:
            after = stages[stages.index(stage.id) + 1 :]
            came += count
            went_next += count * (not next_ids.isdisjoint(after))
            onward += count * (not onward_ids.isdisjoint(after))
            dropped += count * (stages[-1] in over)
    return came, went_next, onward, dropped


def _closed(question: Question, ways: Sequence[Way]) -> tuple[Closed, ...]:
    final = question.board.final
    ends = [closing(way, question.period, {each.id for each in final}) for way in ways]
    found = []
    for stage in final:
        here = [way for way, end in zip(ways, ends, strict=True) if end and end.stage_id == stage.id]
        found.append(Closed(stage, len(here), sums_of(here)))
    return tuple(found)


def _weeks(question: Question, ways: Sequence[Way]) -> tuple[Week, ...]:
    period, by_id = question.period, question.board.by_id
    final = {each.id for each in question.board.final}
    monday_of = _Mondays(question.calendar.zone)
    counts: Counter[tuple[date, str]] = Counter()
    for way in ways:
        came = came_at(way)
        if came is not None and period.holds(came):
            counts[monday_of(came), "came"] += 1
        end = closing(way, period, final)
        if end is not None:
            counts[monday_of(end.at), by_id[end.stage_id].status] += 1
    return tuple(
        Week(
            monday,
            counts[monday, "came"],
            counts[monday, "won"],
            counts[monday, "lost"],
            counts[monday, "archived"],
            _is_whole(question, monday),
        )
        for monday in _mondays(question)
    )


def _is_whole(question: Question, monday: date) -> bool:
    zone, period = question.calendar.zone, question.period
    begins, ends = (to_instant(datetime.combine(day, time()), zone) for day in (monday, monday + _WEEK))
    return period.since <= begins and ends <= period.until


def _mondays(question: Question) -> Iterable[date]:
    monday_of, period = _Mondays(question.calendar.zone), question.period
    monday = monday_of(period.since)
    while monday <= monday_of(period.until - timedelta(microseconds=1)):
        yield monday
        monday += _WEEK


class _Mondays:
    """The Monday of an instant's week in a time zone; the zone is asked once for each quarter of an hour.

    (No zone changes its clocks between two of them, and asking it for each of ten thousand deals takes long.)
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._known: dict[tuple[date, int], date] = {}

    def __call__(self, at: datetime) -> date:
        key = (at.date(), at.hour * 4 + at.minute // 15)
        if key not in self._known:
            day = at.astimezone(self._zone).date()
            self._known[key] = day - timedelta(days=day.weekday())
        return self._known[key]
