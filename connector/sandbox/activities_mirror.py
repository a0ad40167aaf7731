"""The mirror of a task among the activities of the CRM items that it is bound to.

A task with bindings has one activity of provider CRM_TASKS_TASK, bound to the same items; it follows every
change of the task. The documentation does not describe it: this is how the product is known to behave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector.sandbox import activities
from connector.sandbox.activities import PROVIDER, TASK_PROVIDER, Activity, ActivityBook, Binding
from connector.sandbox.tasks_state import Task

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal


def follow(portal: SandboxPortal, task: Task, by: int) -> None:
    """Bring the mirror into line with the task: make it, change it, or take it away."""
    mirror = portal.part(ActivityBook).mirror_of(task.id)
    bindings = bound_items(portal, task)
    if mirror is None and bindings:
        activities.put(portal, _make(portal, task, bindings, by))
    elif mirror is not None and not bindings:
        activities.remove(portal, mirror, by)
    elif mirror is not None:
        activities.edit(portal, mirror, {**_reflection(task), "bindings": bindings}, by)


def drop(portal: SandboxPortal, task: Task, by: int) -> None:
    """The task is gone: so is its mirror."""
    mirror = portal.part(ActivityBook).mirror_of(task.id)
    if mirror is not None:
        activities.remove(portal, mirror, by)


def bound_items(portal: SandboxPortal, task: Task) -> tuple[Binding, ...]:
    """The existing CRM items that the task is bound to."""
    read = (portal.crm.read_code(code) for code in task.crm)
    return tuple(item for item in read if item is not None and portal.crm.find(*item) is not None)


def _reflection(task: Task) -> dict[str, Any]:
    return {
        "subject": task.title,
        "description": task.description,
        "responsible_id": task.responsible_id,
        "deadline": task.deadline,
        "end_at": task.deadline,
        "is_completed": task.is_closed,
        "priority": task.priority + 1,
    }


def _make(portal: SandboxPortal, task: Task, bindings: tuple[Binding, ...], by: int) -> Activity:
    now = portal.now()
    return Activity(
        id=portal.next_id("activity"),
        type_id=PROVIDER,
        provider_id=TASK_PROVIDER,
        provider_type_id="TASKS_TASK",
        associated_id=task.id,
        bindings=bindings,
        author_id=by,
        editor_id=by,
        created_at=now,
        updated_at=now,
        start_at=task.created_at,
        **_reflection(task),
    )
