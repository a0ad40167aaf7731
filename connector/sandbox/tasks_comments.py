"""task.commentitem.add and task.elapseditem.*: positional, old, and still working on the new task card.

The other task.commentitem.* methods do not work there (api-reference/tasks/tasks-new.md) and are not served.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox.filters import Column, compile_filter, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method
from connector.sandbox.tasks_chat import ChatBook, Elapsed, say
from connector.sandbox.tasks_old import arguments
from connector.sandbox.tasks_rules import DOERS, may_read, roles
from connector.sandbox.tasks_state import Task, TaskBook

_TASK, _FIELDS = ("taskId", "integer"), ("arFields", "array")
_COLUMNS = {
    "ID": Column(lambda row: row.id, "int"),
    "USER_ID": Column(lambda row: row.user_id, "int"),
    "MINUTES": Column(lambda row: row.seconds // 60, "int"),
    "SECONDS": Column(lambda row: row.seconds, "int"),
    "CREATED_DATE": Column(lambda row: row.at, "datetime"),
    "DATE_START": Column(lambda row: row.at, "datetime"),
    "DATE_STOP": Column(lambda row: row.at, "datetime"),
}


def _seen(call: Call, task_id: int) -> Task | None:
    task = call.portal.part(TaskBook).find(task_id)
    return task if task is not None and may_read(call.portal, task, call.user_id) else None


@method("task.commentitem.add", scope="task", cost="write")
def add_comment(call: Call) -> Any:
    """A message in the task's chat; AUTHOR_ID lets anybody speak for anybody, as documented."""
    task_id, fields = arguments(call, "ctaskcommentitem", _TASK, _FIELDS)
    task, text = _seen(call, task_id), str(fields.get("POST_MESSAGE") or "")
    if not text:
        raise RestError("ERROR_CORE", "Comment text is not specified")
    if task is None:
        raise RestError("ERROR_CORE", "Insufficient permissions to add a comment")
    return say(call.portal, task, text, as_int(fields.get("AUTHOR_ID")) or call.user_id).id


@method("task.elapseditem.add", scope="task", cost="write")
def add_elapsed(call: Call) -> Any:
    task_id, fields = arguments(call, "ctaskelapseditem", _TASK, _FIELDS)
    task = _seen(call, task_id)
    if task is None or not roles(call.portal, task, call.user_id) & DOERS:
        raise RestError("ERROR_CODE", "ACTION_NOT_ALLOWED")
    number = call.portal.next_id("elapsed")
    spent = Elapsed(
        number,
        task.id,
        as_int(fields.get("USER_ID")) or call.user_id,
        as_int(fields.get("SECONDS")) or 0,
        str(fields.get("COMMENT_TEXT") or ""),
        call.portal.now(),
    )
    call.portal.part(ChatBook).elapsed[number] = spent
    return number


@method("task.elapseditem.getlist", scope="task", cost="list")
def list_elapsed(call: Call) -> Any:
    task_id, *rest = arguments(call, "ctaskelapseditem", _TASK)
    if _seen(call, task_id) is None:
        raise RestError("ERROR_CORE", "ACTION_NOT_ALLOWED")
    order, conditions = (each if isinstance(each, Mapping) else {} for each in (*rest, {}, {})[:2])
    matches = compile_filter(conditions, _COLUMNS, zone=call.portal.zone)
    mine = [row for row in call.portal.part(ChatBook).elapsed.values() if row.task_id == task_id]
    rows = sort_rows(filter(matches, mine), order or {"ID": "asc"}, _COLUMNS)
    return Page([_written(call, row) for row in rows], total=len(rows))


def _written(call: Call, row: Elapsed) -> dict[str, str]:
    at = call.portal.write_time(row.at, call.user_id)
    return {
        "ID": str(row.id),
        "TASK_ID": str(row.task_id),
        "USER_ID": str(row.user_id),
        "COMMENT_TEXT": row.text,
        "SECONDS": str(row.seconds),
        "MINUTES": str(row.seconds // 60),
        "SOURCE": "2",
        "CREATED_DATE": at,
        "DATE_START": at,
        "DATE_STOP": at,
    }
