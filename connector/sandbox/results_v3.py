"""tasks.task.result.* of REST v3, where results are written (api-reference/tasks/result/*.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.sandbox.kernel import Call, RestError, method, v3_error
from connector.sandbox.results import Result, ResultBook, add_result
from connector.sandbox.tasks_chat import ChatBook
from connector.sandbox.tasks_rules import may_read
from connector.sandbox.tasks_state import TaskBook
from connector.sandbox.tasks_v3_lists import (
    Field,
    compile_conditions,
    invalid,
    ordered,
    paged,
    unknown_field,
    wrong_type,
)
from connector.sandbox.tasks_v3_methods import denied, fields_of, readable, select_of, view_of

_DTO = "ResultDto"
_FIELDS = (
    "id",
    "taskId",
    "text",
    "authorId",
    "createdAt",
    "updatedAt",
    "status",
    "fileIds",
    "rights",
    "messageId",
)
_BASIC = ("id", "taskId", "text", "authorId", "createdAt", "status", "messageId")
_COLUMNS = {
    "id": Field(lambda row: row.id, int, True, True),
    "taskId": Field(lambda row: row.task_id, int, True),
    "text": Field(lambda row: row.text, str),
    "authorId": Field(lambda row: row.author_id, int, True, True),
    "createdAt": Field(lambda row: row.created_at, str, False, True),
    "updatedAt": Field(lambda row: row.updated_at, str, False, True),
    "status": Field(lambda row: "closed" if row.is_closed else "open", str, True, True),
    "messageId": Field(lambda row: row.message_id, int, True, True),
}


def _written(call: Call, row: Result, select: Sequence[str] = _FIELDS) -> dict[str, Any]:
    time, is_author = view_of(call).time, row.author_id == call.user_id
    whole = {
        "id": row.id,
        "taskId": row.task_id,
        "text": row.text,
        "authorId": row.author_id,
        "createdAt": time(row.created_at),
        "updatedAt": time(row.updated_at),
        "status": "closed" if row.is_closed else "open",
        "fileIds": [],
        "rights": {"edit": is_author, "remove": is_author},
        "messageId": row.message_id,
    }
    for name in select:
        if name not in whole:
            raise unknown_field(name, _DTO)
    return {name: whole[name] for name in select}


def _unfilled(*names: str) -> RestError:
    texts = [(name, f'The required field "{name}" is not filled') for name in names]
    return v3_error("VALIDATION_DTOVALIDATIONEXCEPTION", "Validation error", validation=texts)


def _known(fields: Mapping[str, Any], *names: str) -> None:
    """Refuse what ResultDto has not, and what is missing of the names."""
    for name in fields:
        if name not in _FIELDS:
            raise unknown_field(name, _DTO)
    missing = [name for name in names if not fields.get(name)]
    if missing:
        raise _unfilled(*missing)


@method("tasks.task.result.add", scope="tasks", cost="write", api="v3")
def add(call: Call) -> Any:
    fields = fields_of(call)
    _known(fields, "taskId", "text")
    task_id = fields["taskId"]
    if type(task_id) is not int:
        raise invalid(wrong_type("taskId", "int"))
    if call.portal.part(TaskBook).find(task_id) is None:
        raise invalid(("taskId", "Task not found"))
    task = readable(call, task_id)
    return {"item": _written(call, add_result(call.portal, task.id, str(fields["text"]), call.user_id))}


@method("tasks.task.result.addfromchatmessage", scope="tasks", cost="write", api="v3")
def add_from_chat_message(call: Call) -> Any:
    fields = fields_of(call)
    _known(fields, "messageId")
    if type(fields["messageId"]) is not int:
        raise invalid(wrong_type("messageId", "int"))
    message = call.portal.part(ChatBook).messages.get(fields["messageId"])
    tasks = call.portal.part(TaskBook).tasks.values()
    task = next((each for each in tasks if message and each.chat_id == message.chat_id), None)
    if message is None or task is None:
        raise invalid(("messageId", "Message is not from task chat"))
    readable(call, task.id)
    return {"item": _written(call, add_result(call.portal, task.id, message.text, call.user_id, message.id))}


def _own(call: Call) -> Result:
    """The result that a call names, if it is the caller's own."""
    if (call.get("id") is None) == (call.get("filter") is None):
        both = (
            ("", "At least one required field must be filled: id, filter"),
            ("", "Only one of the values must be provided: id, filter"),
        )
        message = "Error validating the request object"
        raise v3_error("VALIDATION_REQUESTVALIDATIONEXCEPTION", message, validation=both)
    if type(call.get("id")) is not int:
        raise invalid(wrong_type("id", "int"))
    row = call.portal.part(ResultBook).results.get(call.get("id"))
    if row is None or row.author_id != call.user_id:
        raise denied()
    return row


@method("tasks.task.result.update", scope="tasks", cost="write", api="v3")
def update(call: Call) -> Any:
    row = _own(call)
    fields = fields_of(call)
    _known(fields, "text")
    row.text, row.updated_at = str(fields["text"]), call.portal.now()
    return {"item": _written(call, row)}


@method("tasks.task.result.delete", scope="tasks", cost="write", api="v3")
def delete(call: Call) -> Any:
    del call.portal.part(ResultBook).results[_own(call).id]
    return {"result": True}


@method("tasks.task.result.list", scope="tasks", cost="list", api="v3")
def list_results(call: Call) -> Any:
    """The filter must name the task."""
    conditions, select = call.get("filter"), select_of(call) or list(_BASIC)
    if not conditions:
        message = "Error validating the request object"
        texts = [("filter", "The field value cannot be empty")]
        raise v3_error("VALIDATION_REQUESTVALIDATIONEXCEPTION", message, validation=texts)
    matches = compile_conditions(conditions, _DTO, _COLUMNS)
    if not any(isinstance(each, list) and each[0] == "taskId" for each in conditions):
        texts = [("filter.taskId", "A filter for the required field `taskId` must be specified")]
        raise v3_error(
            "VALIDATION_REQUESTFILTERVALIDATIONEXCEPTION", "Error validating the filter", validation=texts
        )
    found = [row for row in call.portal.part(ResultBook).results.values() if matches(row)]
    if any(not _is_readable(call, row) for row in found):
        raise denied()
    rows = paged(ordered(found, call.get("order"), _DTO, _COLUMNS), call.get("pagination"))
    return {"items": [_written(call, row, select) for row in rows]}


def _is_readable(call: Call, row: Result) -> bool:
    task = call.portal.part(TaskBook).find(row.task_id)
    return task is not None and may_read(call.portal, task, call.user_id)
