"""The people of a rehearsal: everybody whom the scenario or the pipeline names is hired, under that id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from connector.sandbox.people import Department, User
from pipelines.elements import elements_in
from pipelines.recipients import ToUser
from pipelines.script import Fill, GiveOwner, Person

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal
    from pipelines.definition import Definition
    from pipelines.script import Scenario

#: Fields that hold a person, among the standard ones of a card.
_PERSONAL = ("owner", "creator")


@dataclass(frozen=True, slots=True)
class Staff:
    """Who is there, besides those whom the scenario names."""

    #: Whose webhook the connector uses; nobody of the scenario.
    technical_user: int
    #: Who is told when a person is needed, and owns the process: the scenario's admin, if it has one.
    admin: int


def hire(portal: SandboxPortal, definition: Definition, scenario: Scenario) -> Staff:
    """Give the portal its people; each works in a department that has the head whom the scenario says."""
    named = sorted(set(_named(definition, scenario)))
    technical_user = max(named, default=0) + 1
    admins = [user for user, person in scenario.people.items() if person.is_admin]
    staff = Staff(technical_user, admins[0] if admins else technical_user)
    heads = sorted({person.head for person in scenario.people.values() if person.head is not None})
    departments = {head: number for number, head in enumerate([None, *heads], 1)}
    for head, number in departments.items():
        portal.people.found(Department(number, f"Department {number}", None, head))
    for user in named:
        person = scenario.people.get(user, Person())
        portal.people.hire(_user(user, person, departments[person.head]))
    robot = User(technical_user, "Funnelwright", "", department_ids=(1,), is_admin=True)
    portal.people.hire(robot)
    return staff


def _user(user: int, person: Person, department: int) -> User:
    return User(
        user,
        person.name or f"Person {user}",
        "",
        department_ids=(department,),
        is_active=person.is_active,
        is_admin=person.is_admin,
    )


def _named(definition: Definition, scenario: Scenario) -> Iterator[int]:
    """Ids of people, wherever they stand."""
    yield from scenario.people
    yield from (person.head for person in scenario.people.values() if person.head is not None)
    yield from chain.from_iterable(scenario.roles.values())
    yield from chain.from_iterable(team.members for team in scenario.teams.values())
    yield from chain(scenario.divisions.values(), scenario.load, scenario.absent)
    yield from _in_values(definition, scenario.item)
    yield from _in_values(definition, scenario.item.get("fields", {}))
    for verb in scenario.play:
        if verb.by is not None:
            yield verb.by
        if isinstance(verb, GiveOwner):
            yield verb.assign
        if isinstance(verb, Fill):
            yield from _in_values(definition, verb.fill)
    yield from (each.user for each in elements_in(definition) if isinstance(each, ToUser))


def _in_values(definition: Definition, values: Mapping[str, Any]) -> Iterator[int]:
    for name, value in values.items():
        spec = definition.fields.get(name)
        is_personal = spec.type in ("user", "users") if spec else name in _PERSONAL
        if is_personal:
            several: Iterable[Any] = value if isinstance(value, list | tuple) else (value,)
            yield from (each for each in several if isinstance(each, int))
