"""task.checklistitem.*: positional arguments, and errors in the old words of the tasks module.

A wrong order of arguments takes one id for another: complete and renew then answer `false`, with status 200
(api-reference/tasks/checklist-item/*.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox import checklists, checklists_written
from connector.sandbox.checklists import ChecklistBook, ChecklistItem
from connector.sandbox.filters import Column, sort_rows
from connector.sandbox.kernel import Call, RestError, method
from connector.sandbox.tasks_old import arguments, old_error
from connector.sandbox.tasks_rules import may_read
from connector.sandbox.tasks_state import Task, TaskBook
from connector.sandbox.tasks_written import View

_CLASS = "ctaskchecklistitem"
_TASK, _ITEM, _FIELDS = ("taskId", "integer"), ("itemId", "integer"), ("arFields", "array")
_COLUMNS = {
    "ID": Column(lambda row: row.id),
    "PARENT_ID": Column(lambda row: row.parent_id),
    "CREATED_BY": Column(lambda row: row.created_by),
    "TITLE": Column(lambda row: row.title),
    "SORT_INDEX": Column(lambda row: row.sort_index),
    "IS_COMPLETE": Column(lambda row: row.is_complete),
    "IS_IMPORTANT": Column(lambda row: row.is_important),
    "TOGGLED_BY": Column(lambda row: row.toggled_by),
    "TOGGLED_DATE": Column(lambda row: row.toggled_at),
}


def _failed(what: str) -> RestError:
    return old_error(8, what, "ACTION_FAILED_TO_BE_PROCESSED")


def _task(call: Call, task_id: int) -> Task | None:
    """The task, if the caller may see it."""
    task = call.portal.part(TaskBook).find(task_id)
    return task if task is not None and may_read(call.portal, task, call.user_id) else None


def _item(call: Call, item_id: int) -> ChecklistItem | None:
    return call.portal.part(ChecklistBook).items.get(item_id)


@method("task.checklistitem.add", scope="task", cost="write")
def add_checklist_item(call: Call) -> Any:
    task_id, fields = arguments(call, _CLASS, _TASK, _FIELDS)
    task = _task(call, task_id)
    if task is None:
        raise _failed("Adding item: action not allowed")
    if not str(fields.get("TITLE") or "").strip():
        raise _failed("Item name not specified")
    item = checklists.add_item(call.portal, task, fields, call.user_id)
    if item is None:
        raise _failed("Adding item: action not allowed")
    return item.id


@method("task.checklistitem.get", scope="task")
def get_checklist_item(call: Call) -> Any:
    task_id, item_id = arguments(call, _CLASS, _TASK, _ITEM)
    task, item = _task(call, task_id), _item(call, item_id)
    if task is None or item is None or item.task_id != task.id:
        message = "Check listitem not found or not accessible"
        raise old_error(512, message, "ITEM_NOT_FOUND_OR_NOT_ACCESSIBLE")
    return checklists_written.flat(View(call.portal, call.user_id), item)


@method("task.checklistitem.getlist", scope="task", cost="list")
def list_checklist_items(call: Call) -> Any:
    task_id, *rest = arguments(call, _CLASS, _TASK)
    task = _task(call, task_id)
    if task is None:
        raise _failed("Action failed")
    order = rest[0] if rest and isinstance(rest[0], Mapping) and rest[0] else {"ID": "desc"}
    for name in order:
        if name not in _COLUMNS:
            message = f'Param #1 (arOrder) for method {_CLASS}::getlist() must not contain key "{name}".'
            raise old_error(256, message, "WRONG_ARGUMENTS")
    rows = call.portal.part(ChecklistBook).of_task(task.id)
    view = View(call.portal, call.user_id)
    return [checklists_written.flat(view, row) for row in sort_rows(rows, order, _COLUMNS)]


@method("task.checklistitem.update", scope="task", cost="write")
def update_checklist_item(call: Call) -> Any:
    task_id, item_id, fields = arguments(call, _CLASS, _TASK, _ITEM, _FIELDS)
    task, item = _task(call, task_id), _item(call, item_id)
    if task is None or item is None:
        raise _failed(
            f"Incorrect value [] specified for field [ENTITY_ID] in item [, {fields.get('TITLE', '')}]"
        )
    if not checklists.edit_item(call.portal, task, item, fields, call.user_id):
        raise old_error(4, "No access to edit the task", "ACTION_NOT_ALLOWED")
    return None


@method("task.checklistitem.delete", scope="task", cost="write")
def delete_checklist_item(call: Call) -> Any:
    task_id, item_id = arguments(call, _CLASS, _TASK, _ITEM)
    task, item = _task(call, task_id), _item(call, item_id)
    if task is None or item is None or not checklists.remove_item(call.portal, task, item, call.user_id):
        raise _failed("Deleting item: action not allowed")
    return True


@method("task.checklistitem.complete", scope="task", cost="write")
def complete_checklist_item(call: Call) -> Any:
    return _toggle(call, True)


@method("task.checklistitem.renew", scope="task", cost="write")
def renew_checklist_item(call: Call) -> Any:
    return _toggle(call, False)


def _toggle(call: Call, is_complete: bool) -> bool:
    """The row is found by its own id; that it belongs to the task is not checked."""
    task_id, item_id = arguments(call, _CLASS, _TASK, _ITEM)
    if task_id <= 0 or item_id <= 0:
        raise RestError("ERROR_CORE", "TASKS_ERROR_ASSERT_EXCEPTION<br>")
    task, item = _task(call, task_id), _item(call, item_id)
    if task is None or item is None:
        return False
    return checklists.toggle(call.portal, task, item, is_complete, call.user_id)
