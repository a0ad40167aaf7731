"""tasks.task.* of v2: add, get, update, delete, access, history, counters (api-reference/tasks/*.md).

The error codes are a zoo, and mean something only together with the method: "0", "1", "100", "1048582", and
ERROR_CORE with a text that ends in <br>.
"""

from __future__ import annotations

from typing import Any

from connector.sandbox import tasks_changes
from connector.sandbox.filters import Column, compile_filter, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method
from connector.sandbox.tasks_changes import NotAllowed
from connector.sandbox.tasks_fields import BadTask, read_fields
from connector.sandbox.tasks_rules import allowed_actions, may_read, roles
from connector.sandbox.tasks_state import HistoryRow, Task, TaskBook
from connector.sandbox.tasks_written import View, got, sub_status, written

_HISTORY_COLUMNS = {
    "ID": Column(lambda row: row.id, "int"),
    "FIELD": Column(lambda row: row.field),
    "CREATED_DATE": Column(lambda row: row.at, "datetime"),
    "USER_ID": Column(lambda row: row.user_id, "int"),
}
_EXPIRED, _NEW_COMMENTS = 6291456, 12582912


def task_id_of(call: Call, name: str = "taskId") -> int:
    """The task that a call is about; 100 when it names none, 0 when that is no id."""
    value = call.get(name)
    if value is None:
        raise RestError("100", "CTaskItem All parameters in the constructor must have real class type")
    task_id = as_int(value)
    if task_id is None or task_id <= 0:
        raise RestError("0", "wrong task id")
    return task_id


def task_of(call: Call, name: str = "taskId") -> Task | None:
    """The task that a call is about, if there is one and the caller may see it."""
    task = call.portal.part(TaskBook).find(task_id_of(call, name))
    return task if task is not None and may_read(call.portal, task, call.user_id) else None


def not_allowed(code: str) -> RestError:
    return RestError(code, "Action on the task is not allowed")


def refused(bad: BadTask) -> RestError:
    return RestError("ERROR_CORE", f"{bad.message}<br>")


def view_of(call: Call) -> View:
    return View(call.portal, call.user_id)


@method("tasks.task.add", scope="task", cost="write")
def add_task(call: Call) -> Any:
    fields = call.mapping("fields")
    if not fields:
        raise RestError("100", "Could not find value for parameter {fields} (internal error)")
    try:
        task = tasks_changes.create(call.portal, read_fields(call.portal, fields), call.user_id)
    except BadTask as bad:
        raise refused(bad) from None
    return {"task": written(task, view_of(call))}


@method("tasks.task.get", scope="task")
def get_task(call: Call) -> Any:
    """An empty list for a task that never was, one that was deleted, and one that the caller may not see."""
    select = call.get("select")
    if select is not None and not isinstance(select, list | dict | str):
        text = (
            f"Invalid value {{{select}}} to match with parameter {{select}}. Should be value of type array."
        )
        raise RestError("100", f"{text} (internal error)")
    task = task_of(call)
    return {"task": got(task, view_of(call), call.names("select"))} if task is not None else []


@method("tasks.task.update", scope="task", cost="write")
def update_task(call: Call) -> Any:
    task, fields = task_of(call), call.mapping("fields")
    if not fields:
        raise RestError("100", "Could not find value for parameter {fields} (internal error)")
    if task is None:
        raise not_allowed("0")
    try:
        tasks_changes.update(call.portal, task, read_fields(call.portal, fields), call.user_id)
    except BadTask as bad:
        raise refused(bad) from None
    except NotAllowed:
        raise not_allowed("0") from None
    return {"task": written(task, view_of(call))}


@method("tasks.task.delete", scope="task", cost="write")
def delete_task(call: Call) -> Any:
    task = task_of(call)
    try:
        if task is None:
            raise NotAllowed
        tasks_changes.delete(call.portal, task, call.user_id)
    except NotAllowed:
        raise RestError("1048582", "No access to delete the task") from None
    return {"task": True}


@method("tasks.task.getaccess", scope="task")
def get_access(call: Call) -> Any:
    """What each of the users may do; nothing for a user that does not exist."""
    users = call.get("users", [call.user_id])
    if not isinstance(users, list | dict):
        text = f"Invalid value {{{users}}} to match with parameter {{users}}. Should be value of type array."
        raise RestError("100", text)
    task = task_of(call)
    if task is None:
        return {"allowedActions": {}}
    ids = [as_int(each) or 0 for each in (users.values() if isinstance(users, dict) else users)]
    return {"allowedActions": {str(user_id): _actions(call, task, user_id) for user_id in ids}}


def _actions(call: Call, task: Task, user_id: int) -> dict[str, bool]:
    allowed = allowed_actions(task, roles(call.portal, task, user_id), user_id)
    return {_upper(name): can for name, can in allowed.items()}


def _upper(name: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in name).upper()


@method("tasks.task.history.list", scope="task", cost="list")
def list_history(call: Call) -> Any:
    task_id = task_id_of(call)
    task = call.portal.part(TaskBook).find(task_id)
    if task is None:
        return {"list": []}
    if not may_read(call.portal, task, call.user_id):
        raise RestError("0", "Access denied. (internal error)")
    matches = compile_filter(call.mapping("filter"), _HISTORY_COLUMNS, zone=call.portal.zone)
    order = call.mapping("order") or {"createdDate": "desc", "id": "desc"}
    upper = {_upper(name): direction for name, direction in order.items()}
    rows = sort_rows(filter(matches, task.history), upper, _HISTORY_COLUMNS)
    return {"list": [_history_row(call, row) for row in rows]}


def _history_row(call: Call, row: HistoryRow) -> dict[str, Any]:
    user = call.portal.people.get(row.user_id)
    return {
        "id": row.id,
        "createdDate": call.portal.write_time(row.at, call.user_id),
        "field": row.field,
        "value": {"from": row.before, "to": row.after},
        "user": {
            "id": row.user_id,
            "name": user.name if user else "",
            "lastName": user.last_name if user else "",
            "secondName": "",
            "login": user.email if user else "",
        },
    }


@method("tasks.task.counters.get", scope="task")
def get_counters(call: Call) -> Any:
    """How many overdue tasks a user has; comments count as read, for the portal does not show any."""
    if as_int(call.get("groupId")):
        raise RestError("0", "Group not found or access denied. (internal error)")
    user_id = as_int(call.get("userId", call.user_id))
    if user_id is None:
        text = f"Invalid value {{{call.get('userId')}}} to match with parameter {{userId}}."
        raise RestError("0", f"{text} Should be value of type int.")
    is_own = user_id == call.user_id
    if call.portal.people.get(user_id) is None or not (is_own or call.is_admin):
        return Page({}, total=1)
    tasks = call.portal.part(TaskBook).tasks.values()
    overdue = sum(user_id in task.people and sub_status(task, call.now) == -1 for task in tasks)
    counters = {
        "expired": {"counter": overdue, "code": _EXPIRED},
        "new_comments": {"counter": 0, "code": _NEW_COMMENTS},
    }
    return Page(counters, total=1)
