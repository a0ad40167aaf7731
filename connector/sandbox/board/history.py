"""The timeline of a card: comments, log messages, activities, stages that it came into, finished tasks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from markupsafe import Markup

from connector.sandbox.activities import TASK_PROVIDER, Activity, ActivityBook
from connector.sandbox.board.columns import Stage, stage_of
from connector.sandbox.board.markup import shown
from connector.sandbox.board.persons import Person, person
from connector.sandbox.board.tasks import TaskView
from connector.sandbox.crm.records import Record
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.timeline import Timeline, type_name

_NOTHING = Markup("")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened to a card; `kind`: comment, log, stage, task or activity."""

    kind: str
    key: str
    at: datetime
    author: Person | None = None
    title: str = ""
    text: Markup = _NOTHING
    stage: Stage | None = None
    before: Stage | None = None
    task_id: int = 0


def timeline_of(portal: SandboxPortal, record: Record, closed: Iterable[TaskView]) -> list[Entry]:
    """Everything that happened to a card, newest first; runs under the portal's lock."""
    entries = [
        *_comments(portal, record),
        *_logs(portal, record),
        *_stages(portal, record),
        *(_done(each) for each in closed),
        *(_activity(portal, each) for each in activities_of(portal, record) if each.is_completed),
    ]
    return sorted(entries, key=lambda each: (each.at, each.key), reverse=True)


def activities_of(portal: SandboxPortal, record: Record) -> list[Activity]:
    """Calls, meetings and to-dos of a card, oldest first; what mirrors a task is left to the tasks."""
    place = (record.entity_type_id, record.id)
    rows = portal.part(ActivityBook).activities.values()
    return [row for row in rows if place in row.bindings and row.provider_id != TASK_PROVIDER]


def _comments(portal: SandboxPortal, record: Record) -> Iterable[Entry]:
    name = type_name(portal, record.entity_type_id)
    for row in portal.part(Timeline).comments_of(name, record.id):
        author = person(portal, row.author_id)
        yield Entry("comment", f"comment-{row.id}", row.created_at, author, text=shown(row.text))


def _logs(portal: SandboxPortal, record: Record) -> Iterable[Entry]:
    for row in portal.part(Timeline).log_messages.values():
        if row.item == (record.entity_type_id, record.id):
            author = person(portal, row.author_id)
            yield Entry("log", f"log-{row.id}", row.created_at, author, row.title, shown(row.text))


def _stages(portal: SandboxPortal, record: Record) -> Iterable[Entry]:
    """One entry for each stage that the card came into; of the last move the portal knows who made it."""
    entity_type = portal.crm.entity_type(record.entity_type_id)
    rows = portal.history_of((record.entity_type_id, record.id))
    known: list[Stage | None] = [None]
    for row in rows:
        status = portal.crm.stages.find(entity_type, row.category_id, row.stage_id)
        known.append(stage_of(status) if status is not None else None)
    for place, (row, (before, stage)) in enumerate(zip(rows, pairwise(known), strict=True), start=1):
        is_last = place == len(rows)
        author = person(portal, record.values.get("MOVED_BY")) if is_last else None
        yield Entry("stage", f"stage-{row.id}", row.at, author, row.stage_id, stage=stage, before=before)


def _done(task: TaskView) -> Entry:
    at = task.closed_at or task.created_at
    return Entry("task", f"done-{task.id}", at, task.closed_by, task.title, task_id=task.id)


def _activity(portal: SandboxPortal, row: Activity) -> Entry:
    author = person(portal, row.editor_id)
    return Entry(
        "activity", f"activity-{row.id}", row.updated_at, author, row.subject, shown(row.description)
    )
