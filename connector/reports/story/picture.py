"""The picture of an item's process: its pipeline as it runs, where the card stands, where it may go now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from connector.config import PortalConfig
from connector.flow.facts import facts_of, read_surroundings
from connector.flow.portal import Portal
from connector.records import Item, Person
from connector.store import Connection, catalogue
from connector.store.processes import StoredProcess
from pipelines import library
from pipelines.definition import Definition
from pipelines.diagram import Diagram, diagram_of, standing_of
from pipelines.engine.model import Language
from pipelines.engine.process import Process
from pipelines.findings import DefinitionError

#: So many people of a team or a role are named in a picture.
_MOST_NAMES = 3


def draw(conn: Connection, portal: Portal, stored: StoredProcess, item: Item, language: Language) -> Diagram:
    """The version that the process runs on, with what the mirror knows of the item.

    KeyError if its pipeline is not bound any more; StoreError if its version is not in the store.
    """
    now = portal.clock.now()
    binding = portal.bindings[stored.pipeline]
    definition = portal.versions.get(conn, stored.version)
    facts = facts_of(conn, read_surroundings(conn, portal, now), binding, item)
    facts = replace(facts, language=language)
    standing = standing_of(definition, Process.from_json(stored.state), facts, now)
    others = {each.definition.id: each.definition for each in portal.bindings.values()}
    if not library.named_pipelines(definition) <= others.keys():
        others = {**named_pipelines(definition), **others}
    names = who_is_who(portal.config, catalogue.get_people(conn, portal.name))
    return diagram_of(definition, language, standing, others, names)


def named_pipelines(definition: Definition) -> dict[str, Definition]:
    """The pipelines that a definition names, for their titles; where one cannot be read, ids do."""
    try:
        return library.others_of(definition)
    except DefinitionError:
        return {}


def who_is_who(config: PortalConfig, people: Mapping[int, Person]) -> dict[str, str]:
    """Names of the people behind users, roles and teams."""
    names = {f"user:{user}": person.name for user, person in people.items() if person.name}
    names |= {f"role:{role}": _names(people, users) for role, users in config.roles.items()}
    return names | {f"team:{team}": _names(people, spec.members) for team, spec in config.teams.items()}


def _names(people: Mapping[int, Person], users: Iterable[int]) -> str:
    named = [people[user].name or str(user) for user in users if user in people]
    return ", ".join(named[:_MOST_NAMES]) + (" …" if len(named) > _MOST_NAMES else "")
