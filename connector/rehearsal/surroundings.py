"""What a pipeline names besides its own board: other pipelines, record types, letters, workflows, addresses.

Another pipeline is only a board here (its stages and fields, and no steps): what happens on it is for its own
scenarios. The rest gets a plain stand-in in config.toml, as an administrator would have written one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector.rehearsal.board import Board, build_board, build_type
from connector.rehearsal.receivers import addresses_of
from connector.sandbox.documents import DocumentBook
from connector.sandbox.workflows import WorkflowBook
from pipelines.actions import CallOut, Create, Document, Email, Sms
from pipelines.elements import elements_in
from pipelines.loader import load_text

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal
    from pipelines.definition import Definition, FieldSpec


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another pipeline, reduced to its board."""

    definition: Definition
    board: Board


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that is there beside the board of the scenario."""

    neighbours: Mapping[str, Neighbour]
    #: Record types by their names: entityTypeId.
    record_types: Mapping[str, int]
    templates: tuple[str, ...]
    #: Workflows by their names: ids of the portal's templates.
    workflows: Mapping[str, int]
    #: Documents by their names, the same.
    documents: Mapping[str, int]
    #: Names of addresses that are called.
    called: tuple[str, ...]


def surround(
    portal: SandboxPortal, definition: Definition, entity_type_id: int, others: Iterable[Definition]
) -> Surroundings:
    """Make what the pipeline names in the portal."""
    neighbours: dict[str, Neighbour] = {}
    # Leads have one board in a portal: the first pipeline that runs on them has it.
    has_leads = definition.entity == "lead"
    for other in others:
        is_lead = other.entity == "lead"
        if other.id != definition.id and not (is_lead and has_leads):
            has_leads = has_leads or is_lead
            bare = load_text(_bare(other), f"{other.id}.toml")
            neighbours[other.id] = Neighbour(bare, build_board(portal, bare))
    elements = list(elements_in(definition))
    types = dict.fromkeys(each.type for each in elements if isinstance(each, Create) and each.type)
    letters = dict.fromkeys(
        each.email for each in elements if isinstance(each, Email) and isinstance(each.email, str)
    )
    messages = dict.fromkeys(each.workflow for each in elements if isinstance(each, Sms))
    record_types = {name: build_type(portal, name).id for name in types}
    workflows = {name: portal.part(WorkflowBook).add_template(entity_type_id) for name in messages}
    papers = dict.fromkeys(
        each.template for each in elements if isinstance(each, Document) and isinstance(each.template, str)
    )
    documents = {name: portal.part(DocumentBook).add_template(name, entity_type_id) for name in papers}
    called = dict.fromkeys(each.call for each in elements if isinstance(each, CallOut))
    return Surroundings(neighbours, record_types, tuple(letters), workflows, documents, tuple(called))


def _bare(other: Definition) -> str:
    """A pipeline of these stages and fields in which nothing is to be done."""
    head = {"id": other.id, "title": str(other.title), "entity": other.entity}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    lines += ["[start]", "on_create = true", "manual = true", "[fields]"]
    lines += [f"{name} = {_field(spec)}" for name, spec in other.fields.items()]
    lines += ["[[entries]]", f'stage = "{other.stages[0].id}"']
    for stage in other.stages:
        lines += ["[[stages]]", f'id = "{stage.id}"', f'status = "{stage.status}"']
    return "\n".join(lines) + "\n"


def _field(spec: FieldSpec) -> str:
    options = ", ".join(f"{option} = {json.dumps(option)}" for option in spec.options)
    more = f", options = {{ {options} }}" if options else ""
    return f'{{ type = "{spec.type}"{more} }}'


def config_of(surroundings: Surroundings) -> dict[str, Any]:
    """Tables of config.toml, by their names under the portal."""
    tables: dict[str, Any] = {
        f"record_types.{name}": {"entity_type": number} for name, number in surroundings.record_types.items()
    }
    for name in surroundings.templates:
        tables[f"templates.{name}"] = {"to": "contact", "subject": name, "body": name}
    for name, number in surroundings.workflows.items():
        tables[f"workflows.{name}"] = {"template": number}
    if surroundings.documents:
        tables["documents"] = dict(surroundings.documents)
    if surroundings.called:
        tables["addresses"] = addresses_of(surroundings.called)
    return tables
