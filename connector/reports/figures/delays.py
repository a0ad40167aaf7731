"""Where items wait too long: time in each stage, what is over its limit, what has come to a standstill.

And for whom: our own people, the customer, somebody's approval (`waits` says what that means).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.reports.figures.asking import Question
from connector.reports.figures.board import Column
from connector.reports.figures.spread import Spread, spread_of
from connector.reports.figures.waits import WAIT_KINDS, Wait, WaitKind, Waits
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
class Split:
    """What the items that stand in one open stage wait for; how long by now, in working time."""

    stage: Column
    spans: Mapping[WaitKind, Spread]


@dataclass(frozen=True, slots=True)
class Behind:
    """One person's open items: how many, of these over the limit of their stage, and at a standstill.

    *over_seconds*: by how much the one that is longest over its limit is over it, in working time.
    """

    #: None: nobody is responsible.
    user_id: int | None
    name: str
    items: int
    over: int
    over_seconds: float | None
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
    wait: Wait


@dataclass(frozen=True, slots=True)
class Stalled:
    """An open item that came to a standstill; `touched_at`: when it last moved or was saved."""

    id: int
    title: str
    stage: Column
    owner: str
    touched_at: datetime
    seconds: float
    owner_id: int | None


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
    standing = [
        each
        for each in figures.standing(conn, question.scope, question.board.ids("open"))
        if each.entered_at is not None
    ]
    stays, waits = _stays(conn, question), Waits(conn, question)
    stalled = _stalled(question, standing, figures_work.items_with_plans(conn, question.scope, question.now))
    here = _Here(question, standing, _clock(question, standing, stays), waits)
    idle = Counter(each.stage.id for each in stalled)
    return Delays(
        times=tuple(_time(here, stage, stays[stage.id], idle[stage.id]) for stage in question.board.open),
        waiting=tuple(_waiting(here)),
        stalled=tuple(stalled[:LISTED]),
        stalled_total=len(stalled),
        splits=tuple(_split(here, stage) for stage in question.board.open),
        behind=tuple(_behind(here, stalled)),
    )


class _Here:
    """The items that stand in the open stages now, of each stage those that came first first."""

    def __init__(
        self, question: Question, standing: Sequence[Standing], clock: WorkingClock, waits: Waits
    ) -> None:
        self.question, self.clock, self.waits = question, clock, waits
        self.by_stage: dict[str, list[Standing]] = {stage.id: [] for stage in question.board.open}
        for each in sorted(standing, key=lambda each: (each.entered_at or question.now, each.id)):
            self.by_stage[each.stage_id].append(each)

    def over(self, stage: Column) -> list[Standing]:
        """Those that stand there longer than the limit: who came first is due first."""
        here, limit, question = self.by_stage[stage.id], stage.limit, self.question
        if limit is None:
            return []
        return here[
            : bisect_left(here, question.now, key=lambda each: question.calendar.add(_came(each), limit))
        ]


def _came(each: Standing) -> datetime:
    assert each.entered_at is not None
    return each.entered_at


def _clock(
    question: Question, standing: Iterable[Standing], stays: Mapping[str, Iterable[Stay]]
) -> WorkingClock:
    began = (stay.entered_at for each in stays.values() for stay in each)
    return WorkingClock(question.calendar, min((question.now, *map(_came, standing), *began)), question.now)


def _stays(conn: Connection, question: Question) -> defaultdict[str, list[Stay]]:
    by_stage: defaultdict[str, list[Stay]] = defaultdict(list)
    for way in figures.ways(conn, question.scope, question.period):
        for stay in ended_stays(way, question.scope, question.period):
            by_stage[stay.stage_id].append(stay)
    return by_stage


def _time(found: _Here, stage: Column, stays: Sequence[Stay], stalled: int) -> StageTime:
    now, clock = found.question.now, found.clock
    entered = [_came(each) for each in found.by_stage[stage.id]]
    return StageTime(
        stage,
        spread_of((stay.left_at - stay.entered_at).total_seconds() for stay in stays),
        spread_of(clock.seconds(stay.entered_at, stay.left_at) for stay in stays),
        spread_of((now - at).total_seconds() for at in entered),
        spread_of(clock.seconds(at, now) for at in entered),
        len(found.over(stage)),
        stalled,
    )


def _waiting(found: _Here) -> Iterable[Waiting]:
    # In a stage who came first is due first: the rest of a long list need not be looked at.
    waiting = [
        _wait(found, stage, each)
        for stage in found.question.board.open
        for each in found.by_stage[stage.id][:LISTED]
    ]
    waiting.sort(
        key=lambda each: (not each.is_over, each.due_at if each.is_over else each.entered_at, each.id)
    )
    return waiting[:LISTED]


def _wait(found: _Here, stage: Column, each: Standing) -> Waiting:
    question, entered_at = found.question, _came(each)
    due_at = question.calendar.add(entered_at, stage.limit) if stage.limit else None
    return Waiting(
        each.id,
        each.title,
        stage,
        question.name_of(each.owner_id),
        entered_at,
        (question.now - entered_at).total_seconds(),
        found.clock.seconds(entered_at, question.now),
        due_at,
        due_at is not None and due_at < question.now,
        found.waits.of(each.id),
    )


def _split(found: _Here, stage: Column) -> Split:
    spans: dict[WaitKind, list[float]] = {kind: [] for kind in WAIT_KINDS}
    for each in found.by_stage[stage.id]:
        wait = found.waits.of(each.id)
        # A step that goes on from stage to stage may be older than the stay.
        since = max(wait.since or _came(each), _came(each))
        spans[wait.kind].append(found.clock.seconds(since, found.question.now))
    return Split(stage, {kind: spread_of(seconds) for kind, seconds in spans.items()})


def _behind(found: _Here, stalled: Sequence[Stalled]) -> Iterable[Behind]:
    question = found.question
    items = Counter(each.owner_id for here in found.by_stage.values() for each in here)
    idle, over = Counter(each.owner_id for each in stalled), Counter[int | None]()
    longest: dict[int | None, float] = {}
    for stage in question.board.open:
        first = dict[int | None, Standing]()
        for each in found.over(stage):
            over[each.owner_id] += 1
            first.setdefault(each.owner_id, each)
        for user, each in first.items():
            longest[user] = max(longest.get(user, 0.0), _over_seconds(found, stage, each))
    rows = [
        Behind(user, question.name_of(user), items[user], over[user], longest.get(user), idle[user])
        for user in over.keys() | idle.keys()
    ]
    return sorted(rows, key=lambda each: (-each.over, -each.stalled, each.name, each.user_id or 0))


def _over_seconds(found: _Here, stage: Column, each: Standing) -> float:
    assert stage.limit is not None
    question = found.question
    return found.clock.seconds(question.calendar.add(_came(each), stage.limit), question.now)


def _stalled(question: Question, standing: Iterable[Standing], with_plans: set[int]) -> list[Stalled]:
    found = []
    for each in standing:
        touched_at = max(at for at in (each.entered_at, each.updated_at) if at is not None)
        idle = question.now - touched_at
        if idle >= IDLE and each.id not in with_plans:
            stage, owner = question.board.by_id[each.stage_id], question.name_of(each.owner_id)
            found.append(
                Stalled(each.id, each.title, stage, owner, touched_at, idle.total_seconds(), each.owner_id)
            )
    return sorted(found, key=lambda each: (each.touched_at, each.id))
