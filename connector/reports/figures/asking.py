"""A question: which pipeline, which time, whose items, from where. Names that people write are found here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from connector.config import Absence, Team
from connector.errors import ConnectorError
from connector.flow.bindings import Binding
from connector.flow.portal import Portal
from connector.records import Department, Person
from connector.reports.figures.board import Board, read_board
from connector.store import Connection, catalogue
from connector.store.figures import Period, Scope
from pipelines.calendar import WorkingCalendar
from pipelines.engine.model import Language
from pipelines.findings import nearest

T = TypeVar("T")


class UnknownName(ConnectorError):
    """Nobody and nothing is called so; the message has the nearest name that there is."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every figure. Made by `ask`."""

    binding: Binding
    board: Board
    scope: Scope
    period: Period
    now: datetime
    calendar: WorkingCalendar
    people: Mapping[int, Person]
    language: Language
    #: Who shares work out with whom, and who was away when: as config.toml says now.
    teams: Mapping[str, Team] = field(default_factory=dict)
    absences: tuple[Absence, ...] = ()

    def name_of(self, user_id: int | None) -> str:
        """A person's name; their number if the portal knows none; "" for nobody."""
        if user_id is None:
            return ""
        person = self.people.get(user_id)
        return person.name if person and person.name else str(user_id)


def ask(
    conn: Connection,
    portal: Portal,
    binding: Binding,
    period: Period,
    *,
    owner: str | None = None,
    department: str | None = None,
    source: str | None = None,
    language: Language | None = None,
) -> Question:
    """The question in the words of people: an owner, a department and a source by name or by id.

    A department means everybody in it and in those below it. UnknownName for a name that there is not.
    """
    language = language or portal.config.language
    people = catalogue.get_people(conn, portal.name)
    owners: frozenset[int] | None = None
    if owner is not None:
        owners = frozenset([find_person(people, owner)])
    if department is not None:
        departments = catalogue.get_departments(conn, portal.name)
        members = members_of(departments, people, find_department(departments, department))
        owners = members if owners is None else owners & members
    type_id = binding.entity_type_id
    source_id = None if source is None else find_source(sources(conn, portal.name, type_id), source)
    return Question(
        binding,
        read_board(conn, portal.name, binding, language),
        Scope(portal.name, type_id, binding.category_id, owners, source_id),
        period,
        portal.clock.now(),
        portal.calendar,
        people,
        language,
        portal.config.teams,
        portal.config.absences,
    )


def sources(conn: Connection, portal: str, entity_type_id: int) -> Mapping[str, str]:
    """The sources that records of the type may have: id and label."""
    field = catalogue.get_fields(conn, portal, entity_type_id).get("sourceId")
    return field.options if field else {}


def find_person(people: Mapping[int, Person], text: str) -> int:
    """Whom a name or an id means; of people of one name the one who has not left."""
    by_presence = sorted(people.values(), key=lambda person: (not person.is_active, person.id))
    names: dict[str, int] = {}
    for person in by_presence:
        names.setdefault(person.name, person.id)
    return _find("person", text, {str(user_id): user_id for user_id in people}, names)


def find_department(departments: Mapping[int, Department], text: str) -> int:
    """Which department a name or an id means; of several of one name the one that was there first."""
    names: dict[str, int] = {}
    for _, each in sorted(departments.items()):
        names.setdefault(each.name, each.id)
    return _find("department", text, {str(number): number for number in departments}, names)


def find_source(labels: Mapping[str, str], text: str) -> str:
    """Which source a label or an id means."""
    return _find(
        "source", text, {each: each for each in labels}, {label: each for each, label in labels.items()}
    )


def _find(noun: str, text: str, by_id: Mapping[str, T], by_name: Mapping[str, T]) -> T:
    if text in by_id:
        return by_id[text]
    folded = {name.casefold(): found for name, found in by_name.items()}
    if text.casefold() in folded:
        return folded[text.casefold()]
    meant = nearest(text, [*by_name, *by_id])
    hint = f" Did you mean {meant!r}?" if meant else f" There is: {', '.join(sorted(by_name)) or 'none'}."
    raise UnknownName(f"no {noun} is called {text!r}.{hint}")


def departments_below(departments: Mapping[int, Department], top: int) -> set[int]:
    """A department and those below it, by their ids."""
    below, found = {top}, 0
    while found != len(below):
        found = len(below)
        below |= {each.id for each in departments.values() if each.parent_id in below}
    return below


def members_of(
    departments: Mapping[int, Department], people: Mapping[int, Person], top: int
) -> frozenset[int]:
    """Everybody in a department and in those below it, those who have left too, and their heads."""
    below = departments_below(departments, top)
    heads = {departments[each].head_id for each in below if each in departments}
    inside = {person.id for person in people.values() if below.intersection(person.department_ids)}
    return frozenset(inside | {head for head in heads if head is not None})
