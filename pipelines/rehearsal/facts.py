"""What the engine knows in a rehearsal: the people, teams and absences that the scenario writes down."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from pipelines.engine.model import Facts, Person
from pipelines.routing import Member

if TYPE_CHECKING:
    from pipelines.calendar import WorkingCalendar
    from pipelines.rehearsal.card import Card
    from pipelines.script import Absence, Scenario, TeamOf


def facts_of(scenario: Scenario, card: Card, calendar: WorkingCalendar, now: datetime) -> Facts:
    """The facts about a card at an instant."""
    today = now.astimezone(calendar.zone).date()
    return Facts(
        calendar=calendar,
        item=dict(card.item),
        fields=dict(card.fields),
        people=_people(scenario),
        roles=scenario.roles,
        teams={name: _members(team) for name, team in scenario.teams.items()},
        absent=frozenset(user for user, absence in scenario.absent.items() if _is_away(absence, today)),
        load=scenario.load,
        rotation=dict(card.turns),
        divisions=scenario.divisions,
        links=dict(card.links),
        admin=next((user for user, person in scenario.people.items() if person.is_admin), None),
        creator=creator_of(scenario),
    )


def creator_of(scenario: Scenario) -> int | None:
    """Who made the item: the creator that the scenario names, or else its first owner."""
    creator: int | None = scenario.item.get("creator", scenario.item.get("owner"))
    return creator


def head_of(scenario: Scenario, user: int | None) -> int | None:
    """The head of somebody's department."""
    person = scenario.people.get(user) if user is not None else None
    return person.head if person else None


def _people(scenario: Scenario) -> dict[int, Person]:
    return {
        user: Person(user, person.name, person.is_active, person.is_admin, person.head)
        for user, person in scenario.people.items()
    }


def _members(team: TeamOf) -> tuple[Member, ...]:
    return tuple(Member(user, team.weights.get(user, 1), team.capacity) for user in team.members)


def _is_away(absence: Absence, today: date) -> bool:
    is_begun = absence.first is None or absence.first <= today
    return is_begun and (absence.last is None or today <= absence.last)
