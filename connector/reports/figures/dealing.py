"""Whether routing gives everybody their share: what the members of each team got, and what would be fair.

Fair is what it would be if each item were divided, when it came, among the members who were not away that
day: by their weights if the route goes by weight, else alike. Who had full hands is not known afterwards.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from connector.config import Team
from connector.reports.figures.asking import Question
from connector.store import Connection, definitions, figures_routing
from connector.store.figures_routing import Given
from pipelines.definition import Definition
from pipelines.loader import read_text
from pipelines.recipients import ToTeam

_ROUTE = re.compile(r"\broute (\d+)$")


@dataclass(frozen=True, slots=True)
class Dealt:
    """What one member of a team got in the period, of all that routes gave to it, and what would be fair."""

    team: str
    user_id: int
    name: str
    got: int
    share: float
    fair_share: float


def dealt(conn: Connection, question: Question) -> tuple[Dealt, ...]:
    """Team by team in the order of config.toml; who got most comes first."""
    by_team: defaultdict[str, list[tuple[Given, bool]]] = defaultdict(list)
    routes = _Routes(conn, question.binding.definition)
    for each in figures_routing.given(conn, question.scope, question.binding.pipeline, question.period):
        to = routes.team_of(each)
        if to is not None and to.team in question.teams:
            by_team[to.team].append((each, to.by == "weighted"))
    return tuple(
        row
        for name, team in question.teams.items()
        if name in by_team
        for row in _rows(question, name, team, by_team[name])
    )


def _rows(question: Question, name: str, team: Team, given: Sequence[tuple[Given, bool]]) -> Iterable[Dealt]:
    got, fair = Counter(each.user_id for each, _ in given), defaultdict[int, float](float)
    days = Counter((_day(question, each), each.user_id, by_weight) for each, by_weight in given)
    for (day, receiver, by_weight), count in days.items():
        for user, part in _parts(question, team, day, by_weight, receiver).items():
            fair[user] += part * count
    for user in sorted(got.keys() | fair.keys(), key=lambda user: (-got[user], question.name_of(user), user)):
        yield Dealt(
            name, user, question.name_of(user), got[user], got[user] / len(given), fair[user] / len(given)
        )


def _day(question: Question, given: Given) -> date:
    return given.at.astimezone(question.calendar.zone).date()


def _parts(question: Question, team: Team, day: date, by_weight: bool, receiver: int) -> Mapping[int, float]:
    """How one item would be divided; to whom it went, if nobody of today's team was there."""
    away = {each.user for each in question.absences if each.covers(day)}
    present = [user for user in team.members if user not in away and _is_active(question, user)]
    weights = {user: float(team.weight_of(user)) if by_weight else 1.0 for user in present}
    whole = sum(weights.values())
    return {user: weight / whole for user, weight in weights.items()} if weights else {receiver: 1.0}


def _is_active(question: Question, user: int) -> bool:
    person = question.people.get(user)
    return person is None or person.is_active


class _Routes:
    """The routes of all versions of a pipeline that gave something."""

    def __init__(self, conn: Connection, newest: Definition) -> None:
        self._conn = conn
        self._versions: dict[str, Definition | None] = {newest.hash: newest}

    def team_of(self, given: Given) -> ToTeam | None:
        """The team that the route gives to, and how; None: it gives to one person, or was no route."""
        found, definition = _ROUTE.search(given.rule), self._version(given.version)
        if found is None or definition is None or int(found[1]) > len(definition.routes):
            return None
        to = definition.routes[int(found[1]) - 1].to
        return to if isinstance(to, ToTeam) else None

    def _version(self, version: str) -> Definition | None:
        if version not in self._versions:
            stored = definitions.get(self._conn, version)
            self._versions[version] = _read(stored.source, stored.file) if stored else None
        return self._versions[version]


@lru_cache(maxsize=32)
def _read(source: str, file: str) -> Definition:
    return read_text(source, file)
