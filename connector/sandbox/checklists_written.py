"""Checklists in the three shapes that v2 has for them: a flat row, a map inside a task, a tree beside it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from connector.sandbox.checklists import ChecklistBook, ChecklistItem
from connector.sandbox.tasks_rules import DOERS, EDITORS
from connector.sandbox.tasks_state import Task

if TYPE_CHECKING:
    from connector.sandbox.tasks_written import View


def flat(view: View, item: ChecklistItem) -> dict[str, Any]:
    """A row of task.checklistitem.getlist: strings, and an empty text where it was never ticked."""
    return {
        "ID": str(item.id),
        "TASK_ID": str(item.task_id),
        "PARENT_ID": str(item.parent_id),
        "CREATED_BY": str(item.created_by),
        "TITLE": item.title,
        "SORT_INDEX": str(item.sort_index),
        "IS_COMPLETE": "Y" if item.is_complete else "N",
        "IS_IMPORTANT": "Y" if item.is_important else "N",
        "TOGGLED_BY": None if item.toggled_by is None else str(item.toggled_by),
        "TOGGLED_DATE": view.time(item.toggled_at) or "",
        "MEMBERS": [_member(view, user_id, kind) for user_id, kind in item.members.items()],
        "ATTACHMENTS": {},
    }


def _member(view: View, user_id: int, kind: str) -> dict[str, Any]:
    person = view.person(user_id)
    return {
        "ID": str(user_id),
        "TYPE": kind,
        "NAME": person["name"],
        "PERSONAL_PHOTO": "",
        "PERSONAL_GENDER": "",
        "IMAGE": person["icon"],
        "IS_COLLABER": False,
    }


def _rights(view: View, task: Task, item: ChecklistItem) -> dict[str, bool]:
    found = view.roles(task)
    edits = bool(found & EDITORS) or item.created_by == view.user_id
    does = bool(found & DOERS)
    return {"modify": edits, "remove": edits, "toggle": does, "add": does, "addAccomplice": edits}


def by_id(view: View, task: Task) -> dict[str, Any]:
    """The `checklist` of a task: rows by their ids; a root's parentId is the number 0."""
    return {
        str(item.id): {
            "id": str(item.id),
            "taskId": str(item.task_id),
            "createdBy": str(item.created_by),
            "parentId": str(item.parent_id) if item.parent_id else 0,
            "title": item.title,
            "sortIndex": str(item.sort_index),
            "isComplete": "Y" if item.is_complete else "N",
            "isImportant": "Y" if item.is_important else "N",
            "toggledBy": None if item.toggled_by is None else str(item.toggled_by),
            "toggledDate": view.time(item.toggled_at),
            "ufChecklistFiles": False,
            "members": [_member(view, user_id, kind) for user_id, kind in item.members.items()],
            "attachments": [],
            "entityId": str(item.task_id),
            "action": _rights(view, task, item),
        }
        for item in view.portal.part(ChecklistBook).of_task(task.id)
    }


def tree(view: View, task: Task) -> dict[str, Any]:
    """The `checkListTree` of a task: an empty node above the lists."""
    book, numbers = view.portal.part(ChecklistBook), count(1)
    roots = [item for item in book.of_task(task.id) if item.parent_id == 0]
    fields = {**_no_fields(view), "id": None, "title": "", "isComplete": False, "isImportant": False}
    return {
        "nodeId": 0,
        "fields": fields,
        "action": {},
        "descendants": [_node(view, task, item, str(place), numbers) for place, item in enumerate(roots, 1)],
    }


def _no_fields(view: View) -> dict[str, Any]:
    return {
        "id": None,
        "copiedId": None,
        "entityId": None,
        "userId": view.user_id,
        "createdBy": None,
        "parentId": None,
        "title": "",
        "sortIndex": None,
        "displaySortIndex": "",
        "isComplete": False,
        "isImportant": False,
        "completedCount": 0,
        "members": [],
        "attachments": [],
        "nodeId": None,
    }


def _node(view: View, task: Task, item: ChecklistItem, place: str, numbers: count[int]) -> dict[str, Any]:
    number, below = next(numbers), view.portal.part(ChecklistBook).below(item)
    fields = {
        **_no_fields(view),
        "id": item.id,
        "entityId": item.task_id,
        "createdBy": item.created_by,
        "parentId": item.parent_id,
        "title": item.title,
        "sortIndex": item.sort_index,
        "displaySortIndex": place if item.parent_id else "",
        "isComplete": item.is_complete,
        "isImportant": item.is_important,
        "completedCount": sum(row.is_complete for row in below),
        "members": [_member(view, user_id, kind) for user_id, kind in item.members.items()],
    }
    return {
        "nodeId": number,
        "fields": fields,
        "action": _rights(view, task, item),
        "descendants": [
            _node(view, task, row, f"{place}.{index}" if item.parent_id else str(index), numbers)
            for index, row in enumerate(below, 1)
        ],
    }
