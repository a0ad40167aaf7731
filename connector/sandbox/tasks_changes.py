"""Everything that can happen to a task, whoever asks: REST v2 and v3, the mirror in the CRM, a person.

Each change is checked against the rules, written with its history, mirrored in the CRM and told to the
subscribers (api-reference/tasks/events-tasks/*.md). A change that changes nothing is none: no history and
no event.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from connector.sandbox import activities_mirror
from connector.sandbox.results import close_results
from connector.sandbox.tasks_checks import check, kept_codes
from connector.sandbox.tasks_fields import BadTask
from connector.sandbox.tasks_rules import (
    DOERS,
    EDITORS,
    Role,
    is_there_already,
    may_change_deadline,
    may_delegate,
    may_delete,
    roles,
    way_out,
)
from connector.sandbox.tasks_state import CLOSED, HistoryRow, Status, Task, TaskBook
from connector.sandbox.tasks_userfields import TaskUserFields

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

#: How the history calls the attributes that it tracks; XML_ID, bindings and custom fields are not tracked.
_TRACKED = {
    "title": "TITLE",
    "description": "DESCRIPTION",
    "priority": "PRIORITY",
    "mark": "MARK",
    "status": "STATUS",
    "parent_id": "PARENT_ID",
    "group_id": "GROUP_ID",
    "stage_id": "STAGE_ID",
    "flow_id": "FLOW_ID",
    "created_by": "CREATED_BY",
    "responsible_id": "RESPONSIBLE_ID",
    "accomplices": "ACCOMPLICES",
    "auditors": "AUDITORS",
    "deadline": "DEADLINE",
    "start_plan": "START_DATE_PLAN",
    "end_plan": "END_DATE_PLAN",
    "time_estimate": "TIME_ESTIMATE",
    "tags": "TAGS",
    "add_in_report": "ADD_IN_REPORT",
    "task_control": "TASK_CONTROL",
    "allow_time_tracking": "ALLOW_TIME_TRACKING",
    "allow_change_deadline": "ALLOW_CHANGE_DEADLINE",
}
_DATES = frozenset({"deadline", "start_plan", "end_plan"})


class NotAllowed(Exception):
    """The user may not do that to the task, or its status does not let anybody."""


def create(portal: SandboxPortal, values: dict[str, Any], by: int) -> Task:
    """A new task, made by that user; BadTask when a value is refused."""
    custom = portal.part(TaskUserFields)
    given = custom.read(values.get("user_fields", {}))
    check(portal, values, None)
    for each in custom.custom():
        if each.is_mandatory and not given.get(each.name):
            raise BadTask(each.name, f"Required field {each.label or each.name} value not entered")
    task_id, now = portal.next_id("task"), portal.now()
    plain = {name: value for name, value in values.items() if name not in ("crm", "user_fields", "status")}
    task = Task(
        id=task_id,
        created_at=now,
        guid="{" + str(uuid5(NAMESPACE_URL, f"task/{task_id}")) + "}",
        chat_id=portal.next_id("chat"),
        crm=kept_codes(portal, values.get("crm", ())),
        user_fields=given,
        changed_by=by,
        changed_at=now,
        activity_at=now,
        **{"created_by": by, **plain},
    )
    record(portal, task, "NEW", None, None, by)
    if "status" in values:
        _enter(portal, task, values["status"], by)
    portal.part(TaskBook).put(task)
    activities_mirror.follow(portal, task, by)
    _tell(portal, "ADD", task.id, by)
    return task


def update(portal: SandboxPortal, task: Task, values: dict[str, Any], by: int) -> None:
    """Write values into a task as that user; the right that it takes depends on which values they are."""
    if not _may_write(portal, task, values, by):
        raise NotAllowed
    check(portal, values, task)
    values = dict(values)
    if "crm" in values:
        values["crm"] = kept_codes(portal, values["crm"])
    if "user_fields" in values:
        given = portal.part(TaskUserFields).read(values["user_fields"])
        values["user_fields"] = {**task.user_fields, **given}
    if set(values) == {"responsible_id"}:
        values = _handed_over(task, values["responsible_id"])
    _apply(portal, task, values, by)


def act(portal: SandboxPortal, task: Task, action: str, by: int) -> None:
    """Start, pause, defer, complete, approve, disapprove or renew; to be there already is to be done."""
    found = roles(portal, task, by)
    target = way_out(task, action, found, by)
    if target is not None:
        _apply(portal, task, {"status": target}, by)
    elif not is_there_already(task, action, found, by):
        raise NotAllowed


def reopen(portal: SandboxPortal, task: Task, by: int) -> None:
    """Back to pending, whichever of the two words for it the user may say."""
    try:
        act(portal, task, "renew", by)
    except NotAllowed:
        act(portal, task, "disapprove", by)


def delegate(portal: SandboxPortal, task: Task, to: int, by: int) -> None:
    """Hand the task over: it starts anew, and who had it watches from now on."""
    if not may_delegate(task, roles(portal, task, by)):
        raise NotAllowed
    check(portal, {"responsible_id": to}, task)
    _apply(portal, task, _handed_over(task, to), by)


def delete(portal: SandboxPortal, task: Task, by: int) -> None:
    if not may_delete(roles(portal, task, by)):
        raise NotAllowed
    portal.part(TaskBook).remove(task)
    activities_mirror.drop(portal, task, by)
    _tell(portal, "DELETE", task.id, by)


def join(portal: SandboxPortal, task: Task, doing: list[int], watching: list[int], by: int) -> None:
    """People named in a checklist take part in the task, or watch it, from now on."""
    values = {
        "accomplices": tuple(dict.fromkeys((*task.accomplices, *doing))),
        "auditors": tuple(dict.fromkeys((*task.auditors, *watching))),
    }
    _apply(portal, task, values, by)


def watch(portal: SandboxPortal, task: Task, user_id: int, is_watching: bool) -> None:
    """A user makes himself an auditor of a task that he may read, or stops being one."""
    others = tuple(each for each in task.auditors if each != user_id)
    _apply(portal, task, {"auditors": (*others, user_id) if is_watching else others}, user_id)


def unbind(portal: SandboxPortal, task: Task, by: int) -> None:
    """The mirror was deleted in the CRM: the task lives on, bound to nothing."""
    _apply(portal, task, {"crm": ()}, by)


def record(
    portal: SandboxPortal, task: Task, field: str, before: str | None, after: str | None, by: int
) -> None:
    """One row of the task's history."""
    row = HistoryRow(portal.next_id("task history"), field, before, after, by, portal.now())
    task.history.append(row)


def _may_write(portal: SandboxPortal, task: Task, values: dict[str, Any], by: int) -> bool:
    found, names = roles(portal, task, by), set(values)
    if names == {"status"}:
        return bool(found & DOERS)
    if names and names <= _DATES:
        return may_change_deadline(task, found)
    if names == {"responsible_id"}:
        return bool(found & (EDITORS | Role.RESPONSIBLE))
    return bool(found & EDITORS)


def _handed_over(task: Task, to: int) -> dict[str, Any]:
    former = task.responsible_id
    if to == former:
        return {}
    auditors = tuple(dict.fromkeys((*(each for each in task.auditors if each != to), former)))
    return {"responsible_id": to, "status": Status.PENDING, "auditors": auditors}


def _apply(portal: SandboxPortal, task: Task, values: dict[str, Any], by: int) -> None:
    different = {name: value for name, value in values.items() if getattr(task, name) != value}
    if not different:
        return
    for name, value in different.items():
        if name == "status":
            _enter(portal, task, value, by)
            continue
        if name in _TRACKED:
            record(portal, task, _TRACKED[name], _told(getattr(task, name)), _told(value), by)
        setattr(task, name, value)
    task.changed_by, task.changed_at = by, portal.now()
    task.activity_at = task.changed_at
    task.version += 1
    portal.part(TaskBook).put(task)
    activities_mirror.follow(portal, task, by)
    _tell(portal, "UPDATE", task.id, by)


def _enter(portal: SandboxPortal, task: Task, status: Status, by: int) -> None:
    """The effects of a new status on dates and people."""
    if status == task.status:
        return
    now = portal.now()
    record(portal, task, "STATUS", str(int(task.status)), str(int(status)), by)
    if status in CLOSED and not task.is_closed:
        task.closed_at, task.closed_by = now, by
    elif status not in CLOSED and task.is_closed:
        task.closed_at, task.closed_by = None, 0
    if status == Status.IN_PROGRESS and task.started_at is None:
        task.started_at = now
    if status == Status.COMPLETED:
        close_results(portal, task.id)
    task.status, task.status_changed_at, task.status_changed_by = status, now, by


def _told(value: Any) -> str:
    """A value as the history tells it; instants as seconds since 1970."""
    if isinstance(value, datetime):
        return str(int(value.timestamp()))
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, tuple):
        return ",".join(str(each) for each in value)
    return "" if value is None else str(int(value) if isinstance(value, Status) else value)


def _tell(portal: SandboxPortal, what: str, task_id: int, by: int) -> None:
    """The literal "undefined" is how the portal says that it does not say (events-tasks/on-task-*.md)."""
    known, unknown = {"ID": task_id}, "undefined"
    portal.events.raise_event(
        f"ONTASK{what}",
        {
            "FIELDS_BEFORE": unknown if what == "ADD" else known,
            "FIELDS_AFTER": unknown if what == "DELETE" else known,
            "IS_ACCESSIBLE_BEFORE": "N" if what == "ADD" else unknown,
            "IS_ACCESSIBLE_AFTER": "N" if what == "DELETE" else unknown,
        },
        by=by,
    )
