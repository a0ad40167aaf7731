"""A card as values: what its page shows to one reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from connector.sandbox.activities import Activity
from connector.sandbox.board.columns import Stage, stage_of, stages_of, title_of
from connector.sandbox.board.history import Entry, activities_of, timeline_of
from connector.sandbox.board.persons import BoardLink, Person, boards_of, categories, person
from connector.sandbox.board.tasks import TasksOfCard, tasks_of_card
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.types import DEAL, LEAD, EntityType
from connector.sandbox.portal import SandboxPortal


@dataclass(frozen=True, slots=True)
class Linked:
    """Another card that was made of this one, or that this one was made of."""

    entity_type_id: int
    id: int
    title: str
    kind: str
    stage: Stage | None
    is_parent: bool


@dataclass(frozen=True, slots=True)
class Card:
    """Everything about a record but its fields."""

    entity_type_id: int
    id: int
    kind: str
    title: str
    amount: Decimal
    currency: str
    owner: Person | None
    creator: Person | None
    created_at: datetime
    moved_at: datetime | None
    pipeline: str
    category_id: int
    pipelines: tuple[tuple[int, str], ...]
    stages: tuple[Stage, ...]
    stage: Stage | None
    tasks: TasksOfCard
    activities: tuple[Activity, ...]
    timeline: tuple[Entry, ...]
    linked: tuple[Linked, ...]
    #: Boards on which a card that belongs to this one can be made.
    offspring: tuple[BoardLink, ...]

    @property
    def reached(self) -> frozenset[str]:
        """The stages in progress that lie behind, and the present one."""
        ids = [each.id for each in self.stages if not each.is_final]
        if self.stage is None:
            return frozenset()
        if self.stage.is_final:
            return frozenset(ids)
        return frozenset(ids[: ids.index(self.stage.id) + 1]) if self.stage.id in ids else frozenset()


def card_of(portal: SandboxPortal, record: Record, user_id: int) -> Card:
    """A card as that person sees it; runs under the portal's lock."""
    crm, values = portal.crm, record.values
    entity_type = crm.entity_type(record.entity_type_id)
    tasks = tasks_of_card(portal, crm.write_code(entity_type.id, record.id), user_id)
    status = crm.stages.find(entity_type, record.category_id, record.stage_id)
    pipelines = tuple(categories(portal, entity_type)) if entity_type.has_stages else ()
    return Card(
        entity_type_id=entity_type.id,
        id=record.id,
        kind=entity_type.name,
        title=title_of(entity_type, record),
        amount=values.get("OPPORTUNITY") or Decimal(0),
        currency=str(values.get("CURRENCY_ID") or crm.currency),
        owner=person(portal, values.get("ASSIGNED_BY_ID")),
        creator=person(portal, values.get("CREATED_BY")),
        created_at=values["CREATED_TIME"],
        moved_at=values.get("MOVED_TIME"),
        pipeline=dict(pipelines).get(record.category_id, entity_type.name),
        category_id=record.category_id,
        pipelines=pipelines,
        stages=tuple(stages_of(crm, entity_type, record.category_id)) if entity_type.has_stages else (),
        stage=stage_of(status) if status is not None else None,
        tasks=tasks,
        activities=tuple(each for each in activities_of(portal, record) if not each.is_completed),
        timeline=tuple(timeline_of(portal, record, tasks.closed)),
        linked=tuple(_linked(portal, record, user_id)),
        offspring=tuple(_offspring(portal, record, user_id)),
    )


def _linked(portal: SandboxPortal, record: Record, user_id: int) -> Iterable[Linked]:
    """Parents first, then what points to this card, newest first."""
    for parent_type, parent_id in _parents(portal, record):
        parent = portal.crm.find(parent_type, parent_id)
        if parent is not None and portal.crm.may_read(user_id, parent):
            yield _link(portal, parent, is_parent=True)
    for child in _children(portal, record):
        if portal.crm.may_read(user_id, child):
            yield _link(portal, child, is_parent=False)


def _offspring(portal: SandboxPortal, record: Record, user_id: int) -> Iterable[BoardLink]:
    name = f"PARENT_ID_{record.entity_type_id}"
    for smart in portal.crm.types.smart_types():
        entity_type = portal.crm.entity_type(smart.entity_type_id)
        boards = boards_of(portal, entity_type, user_id)
        if boards and entity_type.has_stages and name in portal.crm.schema(entity_type.id).fields:
            yield replace(boards[0], name=entity_type.name)


def _parents(portal: SandboxPortal, record: Record) -> Iterable[tuple[int, int]]:
    if record.entity_type_id == DEAL and record.values.get("LEAD_ID"):
        yield LEAD, int(record.values["LEAD_ID"])
    for entity_type_id in portal.crm.types.by_id:
        number = record.values.get(f"PARENT_ID_{entity_type_id}")
        if number:
            yield entity_type_id, int(number)


def _children(portal: SandboxPortal, record: Record) -> Iterable[Record]:
    name = f"PARENT_ID_{record.entity_type_id}"
    for entity_type_id in portal.crm.types.by_id:
        if name in portal.crm.schema(entity_type_id).fields:
            rows = [each for each in portal.crm.shelf(entity_type_id) if each.values.get(name) == record.id]
            yield from reversed(rows)
    if record.entity_type_id == LEAD:
        deals = [each for each in portal.crm.shelf(DEAL) if each.values.get("LEAD_ID") == record.id]
        yield from reversed(deals)


def _link(portal: SandboxPortal, record: Record, *, is_parent: bool) -> Linked:
    entity_type: EntityType = portal.crm.entity_type(record.entity_type_id)
    status = portal.crm.stages.find(entity_type, record.category_id, record.stage_id)
    stage = stage_of(status) if status is not None else None
    return Linked(
        entity_type.id, record.id, title_of(entity_type, record), entity_type.name, stage, is_parent
    )
