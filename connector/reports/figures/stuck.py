"""What is stuck now: over the limit of its stage, or at a standstill. At whom, and what it waits for."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from connector.reports.figures.asking import Question
from connector.reports.figures.board import Column
from connector.reports.figures.waits import Wait, Waits
from connector.reports.figures.ways import Stay
from connector.reports.figures.working import WorkingClock
from connector.store import Connection, figures, figures_work
from connector.store.figures import Standing
from pipelines.durations import Duration

#: An open item that nobody has touched for so long, and with nothing ahead of it, has come to a standstill.
IDLE = timedelta(days=14)
#: How many of the items that wait are listed.
LISTED = 50


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
class Stuck:
    """Of the delays, what does not depend on any period: what is to be seen first.

    *open*: items that stand in an open stage; *over*: of these, those over its limit; *stalled*: of these,
    those at a standstill. *waiting* and *behind* as in `Delays`.
    """

    open: int
    over: int
    stalled: int
    waiting: tuple[Waiting, ...]
    behind: tuple[Behind, ...]


def stuck(conn: Connection, question: Question) -> Stuck:
    """What waits too long now, at whom, and for what."""
    standing = standing_now(conn, question)
    stalled = stalled_of(conn, question, standing)
    here = Here(question, standing, clock_of(question, standing, {}), Waits(conn, question))
    return Stuck(
        open=len(standing),
        over=sum(len(here.over(stage)) for stage in question.board.open),
        stalled=len(stalled),
        waiting=tuple(waiting_of(here)),
        behind=tuple(behind_of(here, stalled)),
    )


def standing_now(conn: Connection, question: Question) -> list[Standing]:
    found = figures.standing(conn, question.scope, question.board.ids("open"))
    return [each for each in found if each.entered_at is not None]


class Here:
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
        return self._over[stage.id]

    @cached_property
    def _over(self) -> dict[str, list[Standing]]:
        found = {}
        for stage in self.question.board.open:
            here = self.by_stage[stage.id]
            found[stage.id] = here[: self._first_within(here, stage.limit)] if stage.limit else []
        return found

    def _first_within(self, here: Sequence[Standing], limit: Duration) -> int:
        question = self.question
        return bisect_left(here, question.now, key=lambda each: question.calendar.add(came_at(each), limit))


def came_at(each: Standing) -> datetime:
    assert each.entered_at is not None
    return each.entered_at


def clock_of(
    question: Question, standing: Iterable[Standing], stays: Mapping[str, Iterable[Stay]]
) -> WorkingClock:
    began = (stay.entered_at for each in stays.values() for stay in each)
    return WorkingClock(question.calendar, min((question.now, *map(came_at, standing), *began)), question.now)


def waiting_of(found: Here) -> Iterable[Waiting]:
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


def _wait(found: Here, stage: Column, each: Standing) -> Waiting:
    question, entered_at = found.question, came_at(each)
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


def behind_of(found: Here, stalled: Sequence[Stalled]) -> Iterable[Behind]:
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


def _over_seconds(found: Here, stage: Column, each: Standing) -> float:
    assert stage.limit is not None
    question = found.question
    return found.clock.seconds(question.calendar.add(came_at(each), stage.limit), question.now)


def stalled_of(conn: Connection, question: Question, standing: Iterable[Standing]) -> list[Stalled]:
    """Those at a standstill, the longest first."""
    with_plans, found = figures_work.items_with_plans(conn, question.scope, question.now), []
    for each in standing:
        touched_at = max(at for at in (each.entered_at, each.updated_at) if at is not None)
        idle = question.now - touched_at
        if idle >= IDLE and each.id not in with_plans:
            stage, owner = question.board.by_id[each.stage_id], question.name_of(each.owner_id)
            found.append(
                Stalled(each.id, each.title, stage, owner, touched_at, idle.total_seconds(), each.owner_id)
            )
    return sorted(found, key=lambda each: (each.touched_at, each.id))
