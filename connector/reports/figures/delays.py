"""Where items wait too long: time in each stage, what is over its limit, what has come to a standstill."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.reports.figures.asking import Question
from connector.reports.figures.board import Column
from connector.reports.figures.spread import Spread, spread_of
from connector.reports.figures.ways import Stay, ended_stays
from connector.reports.figures.working import WorkingClock
from connector.store import Connection, figures, figures_work
from connector.store.figures import Standing

#: An open item that nobody has touched for so long, and with nothing ahead of it, has come to a standstill.
IDLE = timedelta(days=14)
#: How many of the items that wait are listed.
LISTED = 50


@dataclass(frozen=True, slots=True)
class StageTime:
    """Time in one open stage.

    *ended*: stays that ended in the period, whenever they began and wherever the item went; *worked*: these
    stays in working time. *here*: items that stand there now, since they came; *here_worked*: in working
    time. *over*: those of them that stand there longer than the stage's limit. *stalled*: those that came
    to a standstill (see `Delays`).
    """

    stage: Column
    ended: Spread
    worked: Spread
    here: Spread
    here_worked: Spread
    over: int
    stalled: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open item that stands in its stage now; `due_at`: when the stage's limit is or was reached."""

    id: int
    title: str
    stage: Column
    owner: str
    entered_at: datetime
    seconds: float
    working_seconds: float
    due_at: datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Stalled:
    """An open item that came to a standstill; `touched_at`: when it last moved or was saved."""

    id: int
    title: str
    stage: Column
    owner: str
    touched_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Delays:
    """The delays of a pipeline; of what waits and of what stands still the first `LISTED`.

    *waiting*: over the limit first, the longest over it first; then the longest there. *stalled*: open items
    that did not move and were not saved for `IDLE`, and have no open task that is due later and no step that
    begins or waits until later; the longest first.
    """

    times: tuple[StageTime, ...]
    waiting: tuple[Waiting, ...]
    stalled: tuple[Stalled, ...]
    stalled_total: int


def delays(conn: Connection, question: Question) -> Delays:
    """Time in stage in calendar and in working time, and the items that wait."""
    standing = [
        each
        for each in figures.standing(conn, question.scope, question.board.ids("open"))
        if each.entered_at is not None
    ]
    stays = _stays(conn, question)
    first = min(
        [
            question.now,
            *(each.entered_at for each in standing if each.entered_at),
            *(stay.entered_at for each in stays.values() for stay in each),
        ]
    )
    clock = WorkingClock(question.calendar, first, question.now)
    by_stage = {
        stage.id: [each for each in standing if each.stage_id == stage.id] for stage in question.board.open
    }
    stalled = _stalled(question, standing, figures_work.items_with_plans(conn, question.scope, question.now))
    idle = Counter(each.stage.id for each in stalled)
    times = (
        _time(question, clock, stage, stays[stage.id], by_stage[stage.id], idle[stage.id])
        for stage in question.board.open
    )
    return Delays(
        tuple(times),
        tuple(_waiting(question, clock, by_stage)),
        tuple(stalled[:LISTED]),
        len(stalled),
    )


def _stays(conn: Connection, question: Question) -> defaultdict[str, list[Stay]]:
    by_stage: defaultdict[str, list[Stay]] = defaultdict(list)
    for way in figures.ways(conn, question.scope, question.period):
        for stay in ended_stays(way, question.scope, question.period):
            by_stage[stay.stage_id].append(stay)
    return by_stage


def _time(
    question: Question,
    clock: WorkingClock,
    stage: Column,
    stays: Sequence[Stay],
    here: Sequence[Standing],
    stalled: int,
) -> StageTime:
    entered = sorted(each.entered_at for each in here if each.entered_at)
    return StageTime(
        stage,
        spread_of((stay.left_at - stay.entered_at).total_seconds() for stay in stays),
        spread_of(clock.seconds(stay.entered_at, stay.left_at) for stay in stays),
        spread_of((question.now - at).total_seconds() for at in entered),
        spread_of(clock.seconds(at, question.now) for at in entered),
        _over(question, stage, entered),
        stalled,
    )


def _over(question: Question, stage: Column, entered: Sequence[datetime]) -> int:
    """How many of these instants, in order, lie further back than the limit: who came later is due later."""
    limit = stage.limit
    if limit is None:
        return 0
    return bisect_left(entered, question.now, key=lambda at: question.calendar.add(at, limit))


def _waiting(
    question: Question, clock: WorkingClock, by_stage: dict[str, list[Standing]]
) -> Iterable[Waiting]:
    found = []
    for stage in question.board.open:
        # In a stage who came first is due first: the rest of a long list need not be looked at.
        here = sorted(by_stage[stage.id], key=lambda each: (each.entered_at or question.now, each.id))
        found += [_wait(question, clock, stage, each) for each in here[:LISTED]]
    found.sort(key=lambda each: (not each.is_over, each.due_at if each.is_over else each.entered_at, each.id))
    return found[:LISTED]


def _wait(question: Question, clock: WorkingClock, stage: Column, each: Standing) -> Waiting:
    entered_at = each.entered_at or question.now
    due_at = question.calendar.add(entered_at, stage.limit) if stage.limit else None
    return Waiting(
        each.id,
        each.title,
        stage,
        question.name_of(each.owner_id),
        entered_at,
        (question.now - entered_at).total_seconds(),
        clock.seconds(entered_at, question.now),
        due_at,
        due_at is not None and due_at < question.now,
    )


def _stalled(question: Question, standing: Iterable[Standing], with_plans: set[int]) -> list[Stalled]:
    found = []
    for each in standing:
        touched_at = max(at for at in (each.entered_at, each.updated_at) if at is not None)
        idle = question.now - touched_at
        if idle >= IDLE and each.id not in with_plans:
            stage, owner = question.board.by_id[each.stage_id], question.name_of(each.owner_id)
            found.append(Stalled(each.id, each.title, stage, owner, touched_at, idle.total_seconds()))
    return sorted(found, key=lambda each: (each.touched_at, each.id))
