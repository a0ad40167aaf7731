"""Facts: what the engine is told of the world when it decides about one item.

`Surroundings` are read once for many items (people, teams, absences, load, rotation); the item's own part is
added for each. Nothing here asks the portal: the mirror is what is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from connector.config import PortalConfig
from connector.flow.bindings import Binding
from connector.flow.item_values import Customers, customers_of, item_values
from connector.flow.portal import Portal
from connector.flow.relatives import links_of
from connector.records import Department, Item
from connector.records import Person as PortalPerson
from connector.store import Connection, catalogue, links, mirror, processes, rotation
from pipelines.engine.model import Facts, Person
from pipelines.routing import Member


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is the same for all items of a portal at one instant, and the facts made of it per pipeline."""

    portal: Portal
    base: Facts
    field_titles: Mapping[int, Mapping[str, str]]


def read_surroundings(conn: Connection, portal: Portal, now: datetime) -> Surroundings:
    """Read what all items have in common."""
    config = portal.config
    people = catalogue.get_people(conn, portal.name)
    departments = catalogue.get_departments(conn, portal.name)
    base = Facts(
        calendar=portal.calendar,
        people={user: _person(person, departments, config) for user, person in people.items()},
        roles={name: tuple(users) for name, users in config.roles.items()},
        teams={name: _members(config, name) for name in config.teams},
        absent=absent_on(config, now.astimezone(portal.calendar.zone)),
        divisions={name: division.head for name, division in config.divisions.items()},
        admin=config.admin,
        language=config.language,
    )
    titles = {
        type_id: catalogue.field_titles(conn, portal.name, type_id) for type_id in portal.bound_type_ids
    }
    return Surroundings(portal, base, titles)


@dataclass(frozen=True, slots=True)
class Nearby:
    """What is read at once for many items that are decided on at one instant, one not changing the other."""

    customers: Customers
    #: The items, by id, that belong to others or have others.
    with_relatives: AbstractSet[int]
    load: Mapping[int, int]
    rotation: Mapping[str, int]


def read_nearby(conn: Connection, portal: Portal, binding: Binding, items: Iterable[Item]) -> Nearby:
    """Read what facts of these items will ask for."""
    items = list(items)
    ids = [item.ref.id for item in items]
    return Nearby(
        customers=Customers(conn, portal.name, items),
        with_relatives=links.with_relatives(conn, portal.name, binding.entity_type_id, ids),
        load=processes.load(conn, portal.name, binding.pipeline),
        rotation=rotation.get(conn, portal.name),
    )


def facts_of(
    conn: Connection, around: Surroundings, binding: Binding, item: Item, nearby: Nearby | None = None
) -> Facts:
    """All that is known when this item is decided on in this pipeline.

    Without `nearby` everything is read for this item: the one before it may have been given to somebody in
    the same commit.
    """
    portal = around.portal
    nearby = nearby or read_nearby(conn, portal, binding, [item])
    has_relatives = item.ref.id in nearby.with_relatives
    titles = around.field_titles.get(item.ref.entity_type_id, {})
    return replace(
        around.base,
        item=item_values(
            conn,
            portal.name,
            binding,
            item,
            last_won_at=_last_won_at(conn, portal, binding, item),
            customers=nearby.customers,
        ),
        fields=binding.read_fields(item),
        field_titles={
            name: titles[bound.field]
            for name, bound in binding.config.fields.items()
            if bound.field in titles
        },
        load=nearby.load,
        rotation=nearby.rotation,
        links=links_of(conn, portal, binding, item.ref) if has_relatives else {},
        process_owner=binding.config.owner,
        creator=item.created_by,
    )


def _last_won_at(conn: Connection, portal: Portal, binding: Binding, item: Item) -> datetime | None:
    """When the item's customer last bought: looked up only for pipelines that ask for it."""
    if "last_won_at" not in binding.definition.text:
        return None
    won = mirror.last_won(conn, portal.name)
    return max((won[each] for each in customers_of(item) if each in won), default=None)


def _person(person: PortalPerson, departments: Mapping[int, Department], config: PortalConfig) -> Person:
    return Person(
        id=person.id,
        name=person.name,
        is_active=person.is_active,
        is_admin=person.id == config.admin,
        head=head_of(person, departments),
    )


def head_of(person: PortalPerson, departments: Mapping[int, Department]) -> int | None:
    """The head of the person's first department; for a head, or where there is none, that of the one above.

    api-reference/departments/department-get.md: UF_HEAD is absent when unset, PARENT for the root.
    """
    department = departments.get(person.department_ids[0]) if person.department_ids else None
    seen: set[int] = set()
    while department is not None and department.id not in seen:
        seen.add(department.id)
        if department.head_id is not None and department.head_id != person.id:
            return department.head_id
        department = departments.get(department.parent_id) if department.parent_id else None
    return None


def _members(config: PortalConfig, team: str) -> tuple[Member, ...]:
    spec = config.teams[team]
    return tuple(Member(user, spec.weight_of(user), spec.capacity) for user in spec.members)


def absent_on(config: PortalConfig, local: datetime) -> frozenset[int]:
    """Who is away on the day of this instant, in the portal's zone."""
    today = local.date()
    return frozenset(each.user for each in config.absences if each.first_day <= today <= each.last_day)
