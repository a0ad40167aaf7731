"""Tasks as REST v3 writes them: numbers, booleans and words, related objects by dotted names.

An unknown field of the task itself falls out of the answer, an unknown field of a related object is refused
(api-reference/rest-v3.md#connection, api-reference/tasks/fields-rest-v3.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.sandbox.checklists import ChecklistBook
from connector.sandbox.results import ResultBook
from connector.sandbox.tasks_rules import DOERS, EDITORS, READERS, Role, allowed_actions
from connector.sandbox.tasks_state import Task, TaskBook
from connector.sandbox.tasks_v3_fields import PRIORITY_WORDS, STATUS_WORDS
from connector.sandbox.tasks_v3_lists import unknown_field
from connector.sandbox.tasks_written import View

Writer = Callable[[Task, View], Any]


def rights(task: Task, found: Role, user_id: int) -> dict[str, bool]:
    """What the user may do, in the words and the order of v3."""
    can = allowed_actions(task, found, user_id)
    reads, edits, does = bool(found & READERS), bool(found & EDITORS), bool(found & DOERS)
    return {
        "read": reads,
        "watch": reads,
        "mute": reads,
        "createResult": reads,
        "edit": edits,
        "remove": can["remove"],
        "complete": can["complete"],
        "approve": can["approve"],
        "disapprove": can["disapprove"],
        "start": can["start"],
        "take": False,
        "delegate": can["delegate"],
        "defer": can["defer"],
        "renew": can["renew"],
        "deadline": can["changeDeadline"],
        "datePlan": can["edit.plan"],
        "changeDirector": False,
        "changeResponsible": edits,
        "changeAccomplices": edits,
        "pause": can["pause"],
        "timeTracking": can["dayplan.timer.toggle"],
        "mark": edits,
        "changeStatus": does,
        "reminder": reads,
        "addAuditors": reads,
        "elapsedTime": does,
        "favorite": reads,
        "checklistAdd": does,
        "checklistEdit": edits,
        "checklistSave": does,
        "checklistToggle": does,
        "automate": edits,
        "resultEdit": False,
        "completeResult": does,
        "removeResult": False,
        "resultRead": False,
        "admin": bool(found & Role.ADMIN),
        "createSubtask": reads,
        "copy": reads,
        "saveAsTemplate": reads,
        "attachFile": does,
        "detachFile": edits,
        "detachParent": edits,
        "createGanttDependence": edits,
        "sort": False,
    }


def _mine(ids: set[int], view: View) -> list[int]:
    return [view.user_id] if view.user_id in ids else []


def _archive_link(task: Task) -> str:
    where = f"entityId={task.id}&entity=TASKS_TASK&fieldName=UF_TASK_WEBDAV_FILES"
    return f"/bitrix/tools/disk/uf.php?{where}&action=downloadArchiveByEntity&ncc=1"


#: What v3 answers when `select` says nothing, in the order of the documentation.
BASIC: dict[str, Writer] = {
    "id": lambda task, view: task.id,
    "title": lambda task, view: task.title,
    "description": lambda task, view: task.description,
    "deadline": lambda task, view: view.time(task.deadline),
    "needsControl": lambda task, view: task.task_control,
    "startPlan": lambda task, view: view.time(task.start_plan),
    "endPlan": lambda task, view: view.time(task.end_plan),
    "fileIds": lambda task, view: None,
    "checklist": lambda task, view: [row.id for row in view.portal.part(ChecklistBook).of_task(task.id)],
    "epicId": lambda task, view: None,
    "storyPoints": lambda task, view: None,
    "priority": lambda task, view: PRIORITY_WORDS[task.priority],
    "status": lambda task, view: STATUS_WORDS[task.status],
    "statusChanged": lambda task, view: view.time(task.status_changed_at),
    "parentId": lambda task, view: task.parent_id,
    "containsChecklist": lambda task, view: bool(view.portal.part(ChecklistBook).of_task(task.id)),
    "containsSubTasks": lambda task, view: _has_subtasks(task, view),
    "containsRelatedTasks": lambda task, view: False,
    "containsGanttLinks": lambda task, view: False,
    "containsPlacements": lambda task, view: True,
    "containsResults": lambda task, view: bool(view.portal.part(ResultBook).of_task(task.id)),
    "numberOfReminders": lambda task, view: 0,
    "chatId": lambda task, view: task.chat_id,
    "plannedDuration": lambda task, view: 0,
    "actualDuration": lambda task, view: 0,
    "durationType": lambda task, view: "days",
    "started": lambda task, view: view.time(task.started_at),
    "estimatedTime": lambda task, view: task.time_estimate,
    "replicate": lambda task, view: False,
    "changed": lambda task, view: view.time(task.changed_at),
    "closed": lambda task, view: view.time(task.closed_at),
    "activity": lambda task, view: view.time(task.activity_at),
    "guid": lambda task, view: task.guid,
    "xmlId": lambda task, view: task.xml_id,
    "exchangeId": lambda task, view: None,
    "exchangeModified": lambda task, view: None,
    "outlookVersion": lambda task, view: task.version,
    "mark": lambda task, view: task.mark or "none",
    "allowsChangeDeadline": lambda task, view: task.allow_change_deadline,
    "allowsTimeTracking": lambda task, view: task.allow_time_tracking,
    "matchesWorkTime": lambda task, view: task.match_work_time,
    "addInReport": lambda task, view: task.add_in_report or None,
    "isMultitask": lambda task, view: False,
    "siteId": lambda task, view: "s1",
    "deadlineCount": lambda task, view: None,
    "declineReason": lambda task, view: None,
    "forumTopicId": lambda task, view: None,
    "link": lambda task, view: f"/company/personal/user/{view.user_id}/tasks/task/view/{task.id}/",
    "rights": lambda task, view: rights(task, view.roles(task), view.user_id),
    "archiveLink": lambda task, view: _archive_link(task),
    "crmItemIds": lambda task, view: list(task.crm),
    "requireResult": lambda task, view: task.requires_result,
    "matchesSubTasksTime": lambda task, view: task.dates_from_subtasks,
    "autocompleteSubTasks": lambda task, view: task.completes_with_subtasks,
    "allowsChangeDatePlan": lambda task, view: False,
    "maxDeadlineChangeDate": lambda task, view: None,
    "maxDeadlineChanges": lambda task, view: None,
    "requireDeadlineChangeReason": lambda task, view: False,
    "inFavorite": lambda task, view: _mine(task.favourite_of, view),
    "inPin": lambda task, view: _mine(task.pinned_by, view),
    "inGroupPin": lambda task, view: [],
    "inMute": lambda task, view: _mine(task.muted_by, view),
    "dependsOn": lambda task, view: [],
    "scenarios": lambda task, view: ["default"],
}

#: What comes only when `select` names it.
OWN: dict[str, Writer] = {
    **BASIC,
    "creatorId": lambda task, view: task.created_by,
    "created": lambda task, view: view.time(task.created_at),
    "responsibleId": lambda task, view: task.responsible_id,
    "groupId": lambda task, view: task.group_id or None,
    "stageId": lambda task, view: task.stage_id or None,
    "flowId": lambda task, view: task.flow_id,
    "changedById": lambda task, view: task.changed_by,
    "statusChangedById": lambda task, view: task.status_changed_by,
    "closedById": lambda task, view: task.closed_by or None,
}


def _has_subtasks(task: Task, view: View) -> bool:
    return any(each.parent_id == task.id for each in view.portal.part(TaskBook).tasks.values())


def _user(user_id: int | None, view: View) -> dict[str, Any] | None:
    user = view.portal.people.get(user_id or 0)
    if user is None:
        return None
    return {
        "id": user.id,
        "name": user.full_name,
        "role": "admin" if user.is_admin else user.user_type,
        "image": None,
        "gender": "",
        "email": user.email,
        "externalAuthId": "default",
        "rights": [],
    }


_USER_FIELDS = ("id", "name", "role", "image", "gender", "email", "externalAuthId", "rights")

#: Related objects: the name of their type, their fields, and how one is found.
_RELATED: dict[str, tuple[str, Sequence[str], Writer]] = {
    "creator": ("UserDto", _USER_FIELDS, lambda task, view: _user(task.created_by, view)),
    "responsible": ("UserDto", _USER_FIELDS, lambda task, view: _user(task.responsible_id, view)),
    "changedBy": ("UserDto", _USER_FIELDS, lambda task, view: _user(task.changed_by, view)),
    "statusChangedBy": ("UserDto", _USER_FIELDS, lambda task, view: _user(task.status_changed_by, view)),
    "closedBy": ("UserDto", _USER_FIELDS, lambda task, view: _user(task.closed_by, view)),
    "accomplices": (
        "UserDto",
        _USER_FIELDS,
        lambda task, view: [_user(each, view) for each in task.accomplices],
    ),
    "auditors": ("UserDto", _USER_FIELDS, lambda task, view: [_user(each, view) for each in task.auditors]),
    "chat": (
        "ChatDto",
        ("id", "entityId", "entityType"),
        lambda task, view: {"id": task.chat_id, "entityId": task.id, "entityType": "TASKS_TASK"},
    ),
    "group": ("GroupDto", ("id", "name", "image", "type", "isVisible"), lambda task, view: None),
    "stage": ("StageDto", ("id", "title", "color"), lambda task, view: None),
    "flow": ("FlowDto", ("id", "name"), lambda task, view: None),
    "parent": ("TaskDto", tuple(OWN), lambda task, view: _parent(task, view)),
}


def _parent(task: Task, view: View) -> dict[str, Any] | None:
    parent = view.portal.part(TaskBook).find(task.parent_id or 0)
    return {name: write(parent, view) for name, write in BASIC.items()} if parent else None


def item(task: Task, view: View, select: Sequence[str] = ()) -> dict[str, Any]:
    """A task with the selected fields; the basic ones when none is selected."""
    if not select:
        return {name: write(task, view) for name, write in BASIC.items()}
    row: dict[str, Any] = {"id": task.id}
    wanted: dict[str, list[str]] = {}
    for name in select:
        own, _, inner = name.partition(".")
        if own in OWN and not inner:
            row[own] = OWN[own](task, view)
        elif own in _RELATED:
            dto, fields, _ = _RELATED[own]
            if inner and inner not in fields:
                raise unknown_field(inner, dto)
            wanted.setdefault(own, []).extend([inner] if inner else fields)
    for own, names in wanted.items():
        row[own] = _cut(_RELATED[own][2](task, view), names)
    return row


def _cut(found: Any, names: Sequence[str]) -> Any:
    if isinstance(found, list):
        return [_cut(each, names) for each in found]
    return {name: found.get(name) for name in names} if isinstance(found, Mapping) else None
