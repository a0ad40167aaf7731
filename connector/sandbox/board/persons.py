"""People as pages show them, and where in the CRM there is something to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.sandbox.crm.types import DEAL, INVOICE, LEAD, EntityType
from connector.sandbox.portal import SandboxPortal

TONES = 8


@dataclass(frozen=True, slots=True)
class Person:
    """An employee, with the two letters and the tone of the picture."""

    id: int
    name: str
    position: str = ""
    is_active: bool = True

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2]).upper() or "?"

    @property
    def tone(self) -> str:
        return f"tone-{self.id % TONES}"


def person(portal: SandboxPortal, user_id: int | None) -> Person | None:
    """The employee of that id; None where nobody is named."""
    if not user_id:
        return None
    user = portal.people.get(user_id)
    if user is None:
        return Person(user_id, f"#{user_id}", is_active=False)
    return Person(user.id, user.full_name, user.position, user.is_active)


def employees(portal: SandboxPortal) -> list[Person]:
    """Everybody who can sign in, by name."""
    users = [each for each in portal.people.users.values() if each.is_active]
    users.sort(key=lambda each: each.full_name.casefold())
    return [Person(each.id, each.full_name, each.position) for each in users]


@dataclass(frozen=True, slots=True)
class Team:
    """A department with those who work in it, its head first."""

    name: str
    people: tuple[Person, ...]


def teams(portal: SandboxPortal) -> list[Team]:
    """The departments that have somebody who can sign in."""
    found = []
    for department in sorted(portal.people.departments.values(), key=lambda each: (each.sort, each.id)):
        users = [
            each
            for each in portal.people.users.values()
            if each.is_active and department.id in each.department_ids
        ]
        users.sort(key=lambda each: (each.id != department.head_id, each.full_name.casefold()))
        if users:
            people = tuple(Person(each.id, each.full_name, each.position) for each in users)
            found.append(Team(department.name, people))
    return found


@dataclass(frozen=True, slots=True)
class BoardLink:
    """One board of a section: a pipeline of a type of record."""

    entity_type_id: int
    category_id: int
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Section:
    """A type of record that has boards; a single one has no name of its own."""

    entity_type_id: int
    name: str
    boards: tuple[BoardLink, ...]


def sections(portal: SandboxPortal, user_id: int, names: dict[int, str]) -> list[Section]:
    """What the person may look at: deals, leads, then the smart processes; `names`: of the first two."""
    smart = [each.entity_type_id for each in portal.crm.types.smart_types()]
    found = []
    for entity_type_id in (DEAL, LEAD, *smart, INVOICE):
        entity_type = portal.crm.types.get(entity_type_id)
        if entity_type is not None and entity_type.has_stages:
            boards = tuple(boards_of(portal, entity_type, user_id))
            name = names.get(entity_type_id, entity_type.name)
            if boards:
                found.append(Section(entity_type_id, name, boards))
    return found


def categories(portal: SandboxPortal, entity_type: EntityType) -> Sequence[tuple[int, str]]:
    """The pipelines of a type in their order; leads have one, which is called 0."""
    if not entity_type.has_categories:
        return ((0, entity_type.name),)
    found = portal.crm.stages.categories.get(entity_type.id, {}).values()
    return [(each.id, each.name) for each in sorted(found, key=lambda each: (each.sort, each.id))]


def boards_of(portal: SandboxPortal, entity_type: EntityType, user_id: int) -> list[BoardLink]:
    """The boards of a type that the person may see."""
    shelf = portal.crm.shelf(entity_type.id)
    return [
        BoardLink(entity_type.id, number, name, len(shelf.sorted_ids(number)))
        for number, name in categories(portal, entity_type)
        if portal.crm.rights.may_read_category(user_id, entity_type.id, number)
    ]
