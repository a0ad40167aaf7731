"""Where items wait too long: time in each stage, what is over its limit, what has come to a standstill.

And for whom: our own people, the customer, somebody's approval (`waits` says what that means).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean

from connector.reports.figures.asking import Question
from connector.reports.figures.board import Column
from connector.reports.figures.spread import Spread, spread_of
from connector.reports.figures.stuck import (
    LISTED,
    Behind,
    Here,
    Stalled,
    Waiting,
    behind_of,
    came_at,
    clock_of,
    stalled_of,
    standing_now,
    waiting_of,
)
from connector.reports.figures.waits import WAIT_KINDS, WaitKind, Waits
from connector.reports.figures.ways import Stay, ended_stays
from connector.store import Connection, figures


@dataclass(frozen=True, slots=True)
class StageTime:
    """Time in one open stage.

    *ended*: stays that ended in the period, whenever they began and wherever the item went; *worked*: these
    stays in working time. *here*: items that stand there now, since they came; *here_worked*: in working
    time. *over*: those of them that stand there longer than the stage's limit. *stalled*: those that came
    to a standstill (see `Delays`). *limit_seconds*: how long the stage's limit lasts in calendar time, the
    mean of those that began in the last seven days.
    """

    stage: Column
    ended: Spread
    worked: Spread
    here: Spread
    here_worked: Spread
    over: int
    stalled: int
    limit_seconds: float | None


@dataclass(frozen=True, slots=True)
class Split:
    """What the items that stand in one open stage wait for; how long by now, in working time."""

    stage: Column
    spans: Mapping[WaitKind, Spread]


@dataclass(frozen=True, slots=True)
class Delays:
    """The delays of a pipeline; of what waits and of what stands still the first `LISTED`.

    *waiting*: over the limit first, the longest over it first; then the longest there. *stalled*: open items
    that did not move and were not saved for `IDLE`, and have no open task that is due later and no step that
    begins or waits until later; the longest first. *behind*: those who have something over the limit or at a
    standstill, who has most over it first.
    """

    times: tuple[StageTime, ...]
    waiting: tuple[Waiting, ...]
    stalled: tuple[Stalled, ...]
    stalled_total: int
    splits: tuple[Split, ...]
    behind: tuple[Behind, ...]


def delays(conn: Connection, question: Question) -> Delays:
    """Time in stage in calendar and in working time, and the items that wait."""
    standing = standing_now(conn, question)
    stays, waits = _stays(conn, question), Waits(conn, question)
    stalled = stalled_of(conn, question, standing)
    here = Here(question, standing, clock_of(question, standing, stays), waits)
    idle = Counter(each.stage.id for each in stalled)
    return Delays(
        times=tuple(_time(here, stage, stays[stage.id], idle[stage.id]) for stage in question.board.open),
        waiting=tuple(waiting_of(here)),
        stalled=tuple(stalled[:LISTED]),
        stalled_total=len(stalled),
        splits=tuple(_split(here, stage) for stage in question.board.open),
        behind=tuple(behind_of(here, stalled)),
    )


def _stays(conn: Connection, question: Question) -> defaultdict[str, list[Stay]]:
    by_stage: defaultdict[str, list[Stay]] = defaultdict(list)
    for way in figures.ways(conn, question.scope, question.period):
        for stay in ended_stays(way, question.period):
            by_stage[stay.stage_id].append(stay)
    return by_stage


def _time(found: Here, stage: Column, stays: Sequence[Stay], stalled: int) -> StageTime:
    now, clock = found.question.now, found.clock
    entered = [came_at(each) for each in found.by_stage[stage.id]]
    return StageTime(
        stage,
        spread_of((stay.left_at - stay.entered_at).total_seconds() for stay in stays),
        spread_of(clock.seconds(stay.entered_at, stay.left_at) for stay in stays),
        spread_of((now - at).total_seconds() for at in entered),
        spread_of(clock.seconds(at, now) for at in entered),
        len(found.over(stage)),
        stalled,
        _limit_seconds(found.question, stage),
    )


def _limit_seconds(question: Question, stage: Column) -> float | None:
    """Two working days are two days of the calendar on a Monday, and four on a Thursday."""
    if stage.limit is None:
        return None
    begins = [question.now - timedelta(days=days) for days in range(1, 8)]
    return fmean((question.calendar.add(at, stage.limit) - at).total_seconds() for at in begins)


def _split(found: Here, stage: Column) -> Split:
    spans: dict[WaitKind, list[float]] = {kind: [] for kind in WAIT_KINDS}
    for each in found.by_stage[stage.id]:
        wait = found.waits.of(each.id)
        # A step that goes on from stage to stage may be older than the stay.
        since = max(wait.since or came_at(each), came_at(each))
        spans[wait.kind].append(found.clock.seconds(since, found.question.now))
    return Split(stage, {kind: spread_of(seconds) for kind, seconds in spans.items()})
