"""Tasks as v2 writes them: lower camel case, every scalar a string, instants in the caller's own offset.

What is not stored but belongs to the documented object (people, allowed actions, the checklist's tree) is
worked out here. Custom fields and tags come only when `select` names them (api-reference/tasks/fields.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connector.sandbox import checklists_written
from connector.sandbox.tasks_chat import ChatBook
from connector.sandbox.tasks_rules import Role, allowed_actions, roles
from connector.sandbox.tasks_state import Status, Task, TaskBook
from connector.sandbox.tasks_userfields import TaskUserFields

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

AVATAR = "/bitrix/images/tasks/default_avatar.png"
_SYSTEM_USER_FIELDS = ("UF_CRM_TASK", "UF_TASK_WEBDAV_FILES", "UF_MAIL_MESSAGE")


@dataclass(frozen=True, slots=True)
class View:
    """For whom a task is written."""

    portal: SandboxPortal
    user_id: int

    def time(self, at: datetime | None) -> str | None:
        return None if at is None else self.portal.write_time(at, self.user_id)

    def person(self, user_id: int) -> dict[str, Any]:
        user = self.portal.people.get(user_id)
        return {
            "id": str(user_id),
            "name": user.full_name if user else "",
            "link": f"/company/personal/user/{user_id}/",
            "icon": AVATAR,
            "workPosition": user.position if user else "",
        }

    def people(self, user_ids: Iterable[int]) -> dict[str, Any]:
        return {str(user_id): self.person(user_id) for user_id in user_ids}

    def roles(self, task: Task) -> Role:
        return roles(self.portal, task, self.user_id)


def camel(name: str) -> str:
    """UPPER_SNAKE as the answers spell it: UF_CRM_TASK → ufCrmTask."""
    first, *others = name.lower().split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in others)


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)


def _flag(value: bool) -> str:
    return "Y" if value else "N"


def _texts(values: Iterable[Any]) -> list[str]:
    return [str(value) for value in values]


#: The stored fields in the order of the documented answers, by the name that `select` knows them by.
FIELDS: dict[str, Callable[[Task, View], Any]] = {
    "ID": lambda task, view: str(task.id),
    "PARENT_ID": lambda task, view: _id(task.parent_id),
    "TITLE": lambda task, view: task.title,
    "DESCRIPTION": lambda task, view: task.description,
    "MARK": lambda task, view: task.mark,
    "PRIORITY": lambda task, view: str(task.priority),
    "MULTITASK": lambda task, view: "N",
    "NOT_VIEWED": lambda task, view: "N",
    "REPLICATE": lambda task, view: "N",
    "STAGE_ID": lambda task, view: str(task.stage_id),
    "SPRINT_ID": lambda task, view: None,
    "BACKLOG_ID": lambda task, view: None,
    "CREATED_BY": lambda task, view: str(task.created_by),
    "CREATED_DATE": lambda task, view: view.time(task.created_at),
    "RESPONSIBLE_ID": lambda task, view: str(task.responsible_id),
    "CHANGED_BY": lambda task, view: _id(task.changed_by),
    "CHANGED_DATE": lambda task, view: view.time(task.changed_at),
    "STATUS_CHANGED_BY": lambda task, view: _id(task.status_changed_by),
    "CLOSED_BY": lambda task, view: _id(task.closed_by),
    "CLOSED_DATE": lambda task, view: view.time(task.closed_at),
    "ACTIVITY_DATE": lambda task, view: view.time(task.activity_at),
    "DATE_START": lambda task, view: view.time(task.started_at),
    "DEADLINE": lambda task, view: view.time(task.deadline),
    "START_DATE_PLAN": lambda task, view: view.time(task.start_plan),
    "END_DATE_PLAN": lambda task, view: view.time(task.end_plan),
    "GUID": lambda task, view: task.guid,
    "XML_ID": lambda task, view: task.xml_id,
    "COMMENTS_COUNT": lambda task, view: _comments(task, view),
    "SERVICE_COMMENTS_COUNT": lambda task, view: None,
    "ALLOW_CHANGE_DEADLINE": lambda task, view: _flag(task.allow_change_deadline),
    "ALLOW_TIME_TRACKING": lambda task, view: _flag(task.allow_time_tracking),
    "TASK_CONTROL": lambda task, view: _flag(task.task_control),
    "ADD_IN_REPORT": lambda task, view: _flag(task.add_in_report),
    "FORKED_BY_TEMPLATE_ID": lambda task, view: None,
    "TIME_ESTIMATE": lambda task, view: str(task.time_estimate),
    "TIME_SPENT_IN_LOGS": lambda task, view: _time_spent(task, view),
    "MATCH_WORK_TIME": lambda task, view: _flag(task.match_work_time),
    "FORUM_TOPIC_ID": lambda task, view: None,
    "FORUM_ID": lambda task, view: None,
    "SITE_ID": lambda task, view: "s1",
    "SUBORDINATE": lambda task, view: _flag(bool(view.roles(task))),
    "EXCHANGE_MODIFIED": lambda task, view: None,
    "EXCHANGE_ID": lambda task, view: None,
    "OUTLOOK_VERSION": lambda task, view: str(task.version),
    "VIEWED_DATE": lambda task, view: None,
    "SORTING": lambda task, view: None,
    "DURATION_FACT": lambda task, view: None,
    "IS_MUTED": lambda task, view: _flag(view.user_id in task.muted_by),
    "IS_PINNED": lambda task, view: _flag(view.user_id in task.pinned_by),
    "IS_PINNED_IN_GROUP": lambda task, view: "N",
    "FLOW_ID": lambda task, view: _id(task.flow_id),
    "CHAT_ID": lambda task, view: task.chat_id,
    "DESCRIPTION_IN_BBCODE": lambda task, view: "Y",
    "STATUS": lambda task, view: str(int(task.status)),
    "STATUS_CHANGED_DATE": lambda task, view: view.time(task.status_changed_at or task.created_at),
    "DURATION_PLAN": lambda task, view: None,
    "DURATION_TYPE": lambda task, view: "days",
    "FAVORITE": lambda task, view: _flag(view.user_id in task.favourite_of),
    "GROUP_ID": lambda task, view: str(task.group_id),
    "AUDITORS": lambda task, view: _texts(task.auditors),
    "ACCOMPLICES": lambda task, view: _texts(task.accomplices),
}


def _comments(task: Task, view: View) -> str | None:
    said = view.portal.part(ChatBook).of_task(task)
    return str(len(said)) if said else None


def _time_spent(task: Task, view: View) -> str | None:
    seconds = sum(
        each.seconds for each in view.portal.part(ChatBook).elapsed.values() if each.task_id == task.id
    )
    return str(seconds) if seconds else None


def written(task: Task, view: View) -> dict[str, Any]:
    """The full object, as add, update and the actions answer it: everything but custom fields and tags."""
    row = {camel(name): read(task, view) for name, read in FIELDS.items()}
    row["checklist"] = checklists_written.by_id(view, task)
    row["group"] = {}
    row["creator"] = view.person(task.created_by)
    row["responsible"] = view.person(task.responsible_id)
    row["accomplicesData"] = view.people(task.accomplices)
    row["auditorsData"] = view.people(task.auditors)
    row["newCommentsCount"] = 0
    row["action"] = allowed_actions(task, view.roles(task), view.user_id)
    row["checkListTree"] = checklists_written.tree(view, task)
    row["checkListCanAdd"] = row["action"]["checklist.add"]
    return row


def got(task: Task, view: View, select: Sequence[str]) -> dict[str, Any]:
    """A task as tasks.task.get answers it."""
    if not select or "*" in select:
        return {**written(task, view), **selected(task, view, select)}
    row = {"id": str(task.id), **selected(task, view, select), "favorite": FIELDS["FAVORITE"](task, view)}
    row["group"] = {}
    _add_people(row, task, view)
    if "CHECKLIST" in select:
        row["checklist"] = checklists_written.by_id(view, task)
    row["action"] = allowed_actions(task, view.roles(task), view.user_id)
    return row


def listed(task: Task, view: View, select: Sequence[str]) -> dict[str, Any]:
    """A row of tasks.task.list; without `select` the stored fields."""
    names = list(FIELDS) if not select or "*" in select else ["ID", *select]
    row = selected(task, view, [*names, *(name for name in select if name not in names)])
    row["group"] = {}
    _add_people(row, task, view)
    now = view.portal.now()
    row["subStatus"] = str(sub_status(task, now))
    if "COUNTERS" in select:
        row["counter"] = _counter(task, now)
    return row


def _counter(task: Task, now: datetime) -> dict[str, Any]:
    """The little number on a row: one for being overdue; comments count as read."""
    expired = int(sub_status(task, now) == -1)
    others = ("newComments", "projectExpired", "projectNewComments", "mutedExpired", "mutedNewComments")
    counters = {"expired": expired, **dict.fromkeys(others, 0)}
    return {"counters": counters, "color": "danger" if expired else "gray", "value": expired}


def _add_people(row: dict[str, Any], task: Task, view: View) -> None:
    if "createdBy" in row:
        row["creator"] = view.person(task.created_by)
    if "responsibleId" in row:
        row["responsible"] = view.person(task.responsible_id)
    if "accomplices" in row:
        row["accomplicesData"] = view.people(task.accomplices)
    if "auditors" in row:
        row["auditorsData"] = view.people(task.auditors)


def selected(task: Task, view: View, select: Sequence[str]) -> dict[str, Any]:
    """The named fields; one system custom field brings all three, unknown names bring nothing."""
    row: dict[str, Any] = {}
    for name in select:
        if name in FIELDS:
            row[camel(name)] = FIELDS[name](task, view)
        elif name in _SYSTEM_USER_FIELDS:
            row["ufCrmTask"] = list(task.crm)
            row["ufTaskWebdavFiles"] = [
                int(each.lstrip("n")) for each in task.files if each.lstrip("n").isdecimal()
            ]
            row["ufMailMessage"] = None
        elif name == "TAGS":
            row["tags"] = _tags(task, view)
        elif name.startswith("UF_") and view.portal.part(TaskUserFields).named(name):
            row[camel(name)] = task.user_fields.get(name)
    if "description" in row:
        row["descriptionInBbcode"] = "Y"
    return row


def _tags(task: Task, view: View) -> dict[str, Any]:
    ids = view.portal.part(TaskBook).tag_ids
    return {str(ids[tag]): {"id": ids[tag], "title": tag} for tag in task.tags}


def sub_status(task: Task, now: datetime) -> int:
    """The computed status that STATUS filters by: -1 overdue, -3 due within a day, else the stored one."""
    if task.deadline is not None and task.status in (Status.PENDING, Status.IN_PROGRESS):
        left = (task.deadline - now).total_seconds()
        if left < 0:
            return -1
        if left < 24 * 3600:
            return -3
    return int(task.status)
