"""What figures know of work: tasks by person, and which items have something ahead of them. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select, true

from connector.store.figures import Period, Scope
from connector.store.schema import crm_task, crm_task_binding, item, process, task, timer

_DONE = "completed"


@dataclass(frozen=True, slots=True)
class TaskCount:
    """Tasks of one person: open now, of these past their deadline, and completed in the period."""

    open: int
    overdue: int
    completed: int


def task_counts(
    conn: Connection, scope: Scope, pipeline: str, period: Period, now: datetime
) -> dict[int | None, TaskCount]:
    """The connector's tasks of the pipeline by who is to do them; the scope's owners are they here."""
    is_overdue = and_(_is_open(), task.c.deadline < now)
    is_completed = and_(
        task.c.status == _DONE, task.c.closed_at >= period.since, task.c.closed_at < period.until
    )
    rows = conn.execute(
        select(task.c.responsible_id, _count(_is_open()), _count(is_overdue), _count(is_completed))
        .join(process, process.c.id == task.c.process_id)
        .where(
            task.c.portal == scope.portal,
            task.c.gone_at.is_(None),
            process.c.pipeline == pipeline,
            _is_for_meant(scope),
            true() if scope.owner_ids is None else task.c.responsible_id.in_(sorted(scope.owner_ids)),
        )
        .group_by(task.c.responsible_id)
    )
    return {responsible_id: TaskCount(*map(int, counts)) for responsible_id, *counts in rows}


def items_with_plans(conn: Connection, scope: Scope, now: datetime) -> set[int]:
    """The items with an open task that is due later, or a step that begins or waits until later."""
    of_tasks = select(task.c.item_id).where(
        task.c.portal == scope.portal,
        task.c.entity_type_id == scope.entity_type_id,
        task.c.gone_at.is_(None),
        _is_open(),
        task.c.deadline >= now,
    )
    # Tasks that people made for themselves, where config.toml has them copied.
    of_people = (
        select(crm_task_binding.c.item_id)
        .join(
            crm_task,
            and_(crm_task.c.portal == crm_task_binding.c.portal, crm_task.c.id == crm_task_binding.c.task_id),
        )
        .where(
            crm_task_binding.c.portal == scope.portal,
            crm_task_binding.c.entity_type_id == scope.entity_type_id,
            crm_task.c.gone_at.is_(None),
            crm_task.c.status != _DONE,
            crm_task.c.deadline >= now,
        )
    )
    # How timers are called: pipelines.engine.timers.
    of_steps = (
        select(process.c.item_id)
        .join(timer, timer.c.process_id == process.c.id)
        .where(
            process.c.portal == scope.portal,
            process.c.entity_type_id == scope.entity_type_id,
            timer.c.portal == scope.portal,
            timer.c.fired_at.is_(None),
            timer.c.due_at >= now,
            or_(timer.c.name.endswith("#start"), timer.c.name.endswith("#time")),
        )
    )
    return {id_ for query in (of_tasks, of_people, of_steps) for id_ in conn.scalars(query)}


def running_states(conn: Connection, scope: Scope, pipeline: str) -> dict[int, str]:
    """The state, as JSON, of each process of the pipeline that runs in an open stage, by its item."""
    rows = conn.execute(
        select(process.c.item_id, process.c.state).where(
            process.c.portal == scope.portal,
            process.c.pipeline == pipeline,
            process.c.entity_type_id == scope.entity_type_id,
            process.c.status == "open",
            process.c.phase == "running",
        )
    )
    return {item_id: state for item_id, state in rows}


def _is_open() -> ColumnElement[bool]:
    return task.c.status != _DONE


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _is_for_meant(scope: Scope) -> ColumnElement[bool]:
    return exists().where(
        item.c.portal == task.c.portal,
        item.c.entity_type_id == task.c.entity_type_id,
        item.c.id == task.c.item_id,
        item.c.gone_at.is_(None),
        true() if scope.source_id is None else item.c.source_id == scope.source_id,
    )
