"""Who carries how many, who is behind, who wins, and whether routing gives everybody their share."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from connector.reports.figures.asking import Question
from connector.reports.figures.board import Column
from connector.reports.figures.dealing import Dealt, dealt
from connector.reports.figures.spread import spread_of
from connector.reports.figures.sums import Sums, sums_of
from connector.reports.figures.ways import came_at, closing
from connector.store import Connection, figures, figures_work
from connector.store.figures import Standing
from connector.store.figures_work import TaskCount


@dataclass(frozen=True, slots=True)
class Load:
    """One person.

    *standing*: items of theirs that stand in each open stage now, in the board's order. *tasks*: theirs in
    this pipeline: open now, of these overdue, completed in the period. *won*, *lost*, *archived*: items of
    theirs that were closed so in the period. *conversion*: won of won and lost. *seconds_to_win*: the median
    time from the item's first coming into the pipeline until it was won.
    """

    #: None: nobody is responsible.
    user_id: int | None
    name: str
    standing: tuple[int, ...]
    sums: Sums
    tasks: TaskCount
    won: int
    lost: int
    archived: int
    seconds_to_win: float | None

    @property
    def total(self) -> int:
        return sum(self.standing)

    @property
    def conversion(self) -> float | None:
        ended = self.won + self.lost
        return self.won / ended if ended else None


@dataclass(frozen=True, slots=True)
class People:
    """*loads*: everybody who has an item, a task or a closing; who carries most comes first, nobody last.

    *dealt*: what routing gave to the members of its teams in the period, team by team.
    """

    stages: tuple[Column, ...]
    loads: tuple[Load, ...]
    dealt: tuple[Dealt, ...]


@dataclass(frozen=True, slots=True)
class _Ended:
    status: str
    seconds: float


def people(conn: Connection, question: Question) -> People:
    """The workload of each person now, and what they brought to an end in the period."""
    standing = _standing(conn, question)
    ended = _ended(conn, question)
    tasks = figures_work.task_counts(
        conn, question.scope, question.binding.pipeline, question.period, question.now
    )
    users = standing.keys() | ended.keys() | tasks.keys()
    loads = [
        _load(question, user, standing.get(user, []), ended.get(user, []), tasks.get(user)) for user in users
    ]
    loads.sort(key=lambda load: (load.user_id is None, -load.total, load.name, load.user_id or 0))
    return People(question.board.open, tuple(loads), dealt(conn, question))


def _standing(conn: Connection, question: Question) -> dict[int | None, list[Standing]]:
    by_owner: defaultdict[int | None, list[Standing]] = defaultdict(list)
    for each in figures.standing(conn, question.scope, question.board.ids("open")):
        by_owner[each.owner_id].append(each)
    return by_owner


def _ended(conn: Connection, question: Question) -> dict[int | None, list[_Ended]]:
    by_owner: defaultdict[int | None, list[_Ended]] = defaultdict(list)
    final = {each.id: each.status for each in question.board.final}
    for way in figures.ways(conn, question.scope, question.period):
        end, came = closing(way, question.period, final), came_at(way)
        if end is not None and came is not None:
            seconds = (end.at - came).total_seconds()
            by_owner[way.owner_id].append(_Ended(final[end.stage_id], seconds))
    return by_owner


def _load(
    question: Question,
    user_id: int | None,
    standing: Sequence[Standing],
    ended: Sequence[_Ended],
    tasks: TaskCount | None,
) -> Load:
    by_stage = Counter(each.stage_id for each in standing)
    by_status = Counter(each.status for each in ended)
    return Load(
        user_id=user_id,
        name=question.name_of(user_id),
        standing=tuple(by_stage[stage.id] for stage in question.board.open),
        sums=sums_of(standing),
        tasks=tasks or TaskCount(0, 0, 0),
        won=by_status["won"],
        lost=by_status["lost"],
        archived=by_status["archived"],
        seconds_to_win=spread_of(each.seconds for each in ended if each.status == "won").median,
    )
