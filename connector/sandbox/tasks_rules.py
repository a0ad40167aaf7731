"""Who may do what with a task, and which status leads where.

The documentation names the actions, the statuses and the error codes (api-reference/tasks/status/*.md) and
leaves the table of transitions to the product; the table here is how the product is known to behave.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto
from typing import TYPE_CHECKING

from connector.sandbox.tasks_state import Status, Task

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal


class Role(Flag):
    """What a user is to a task."""

    NOBODY = 0
    ADMIN = auto()
    CREATOR = auto()
    RESPONSIBLE = auto()
    ACCOMPLICE = auto()
    AUDITOR = auto()
    CREATORS_CHIEF = auto()
    RESPONSIBLES_CHIEF = auto()


CREATOR_SIDE = Role.ADMIN | Role.CREATOR | Role.CREATORS_CHIEF
CHIEFS = Role.ADMIN | Role.CREATORS_CHIEF | Role.RESPONSIBLES_CHIEF
EDITORS = CHIEFS | Role.CREATOR
DOERS = EDITORS | Role.RESPONSIBLE | Role.ACCOMPLICE
READERS = DOERS | Role.AUDITOR


def roles(portal: SandboxPortal, task: Task, user_id: int) -> Role:
    """Everything that the user is to the task; NOBODY does not even see it."""
    found = Role.NOBODY
    if user_id == task.created_by:
        found |= Role.CREATOR
    if user_id == task.responsible_id:
        found |= Role.RESPONSIBLE
    if user_id in task.accomplices:
        found |= Role.ACCOMPLICE
    if user_id in task.auditors:
        found |= Role.AUDITOR
    user = portal.people.get(user_id)
    if user is not None and user.is_admin:
        found |= Role.ADMIN
    if portal.people.is_superior(user_id, task.created_by):
        found |= Role.CREATORS_CHIEF
    if portal.people.is_superior(user_id, task.responsible_id):
        found |= Role.RESPONSIBLES_CHIEF
    return found


def may_read(portal: SandboxPortal, task: Task, user_id: int) -> bool:
    """Administrators see all tasks, managers those of their employees, others their own."""
    user = portal.people.get(user_id)
    return (
        user_id in task.people
        or (user is not None and user.is_admin)
        or portal.people.is_superior(user_id, task.created_by)
        or portal.people.is_superior(user_id, task.responsible_id)
    )


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a status to another, and for whom it is open."""

    sources: frozenset[Status]
    target: Status
    who: Role


_OPEN = frozenset({Status.PENDING, Status.IN_PROGRESS, Status.DEFERRED})

WAYS: dict[str, tuple[Way, ...]] = {
    "start": (Way(frozenset({Status.PENDING}), Status.IN_PROGRESS, DOERS),),
    "pause": (Way(frozenset({Status.IN_PROGRESS}), Status.PENDING, DOERS),),
    "defer": (Way(frozenset({Status.PENDING}), Status.DEFERRED, DOERS),),
    "complete": (
        Way(_OPEN, Status.COMPLETED, DOERS),
        Way(frozenset({Status.AWAITING_CONTROL}), Status.COMPLETED, CREATOR_SIDE),
    ),
    "approve": (Way(frozenset({Status.AWAITING_CONTROL}), Status.COMPLETED, CREATOR_SIDE),),
    "disapprove": (Way(frozenset({Status.AWAITING_CONTROL}), Status.PENDING, CREATOR_SIDE),),
    "renew": (
        Way(frozenset({Status.COMPLETED, Status.DEFERRED}), Status.PENDING, DOERS),
        Way(frozenset({Status.AWAITING_CONTROL}), Status.PENDING, Role.RESPONSIBLE | Role.ACCOMPLICE),
    ),
}


def way_out(task: Task, action: str, found: Role, user_id: int) -> Status | None:
    """Where `action` takes the task when that user does it; None when it is not open to them."""
    for way in WAYS[action]:
        if task.status in way.sources and found & way.who:
            return completed_as(task, user_id) if action == "complete" and way.who is DOERS else way.target
    return None


def is_there_already(task: Task, action: str, found: Role, user_id: int) -> bool:
    """Whether the task already stands where `action` leads: the portal says yes and does nothing."""
    targets = {
        completed_as(task, user_id) if action == "complete" and way.who is DOERS else way.target
        for way in WAYS[action]
        if found & way.who
    }
    return task.status in targets


def completed_as(task: Task, user_id: int) -> Status:
    """Under control a task that others complete waits for its creator; one's own task is simply done."""
    is_checked = task.task_control and user_id != task.created_by and task.created_by != task.responsible_id
    return Status.AWAITING_CONTROL if is_checked else Status.COMPLETED


def may_change_deadline(task: Task, found: Role) -> bool:
    return bool(found & EDITORS) or (bool(found & Role.RESPONSIBLE) and task.allow_change_deadline)


def may_delegate(task: Task, found: Role) -> bool:
    return not task.is_closed and bool(found & (EDITORS | Role.RESPONSIBLE))


def may_delete(found: Role) -> bool:
    """The responsible may not."""
    return bool(found & CREATOR_SIDE)


def allowed_actions(task: Task, found: Role, user_id: int) -> dict[str, bool]:
    """The `action` map of a task, in the documentation's order (api-reference/tasks/fields.md#action)."""
    can = {action: way_out(task, action, found, user_id) is not None for action in WAYS}
    reads, edits, does = bool(found & READERS), bool(found & EDITORS), bool(found & DOERS)
    is_favourite = user_id in task.favourite_of
    return {
        "accept": False,
        "decline": False,
        "complete": can["complete"],
        "approve": can["approve"],
        "disapprove": can["disapprove"],
        "start": can["start"],
        "pause": can["pause"],
        "delegate": may_delegate(task, found),
        "remove": may_delete(found),
        "edit": edits,
        "defer": can["defer"],
        "renew": can["renew"],
        "create": reads,
        "changeDeadline": may_change_deadline(task, found),
        "checklistAddItems": does,
        "addFavorite": reads and not is_favourite,
        "deleteFavorite": reads and is_favourite,
        "rate": edits,
        "take": False,
        "edit.originator": False,
        "checklist.reorder": does,
        "elapsedtime.add": does,
        "dayplan.timer.toggle": does and task.allow_time_tracking,
        "edit.plan": may_change_deadline(task, found),
        "checklist.add": does,
        "favorite.add": reads and not is_favourite,
        "favorite.delete": reads and is_favourite,
    }
