"""tasks.task.* of REST v3: typed ids, words for statuses (api-reference/tasks/*-rest-v3.md).

Every method with cost "write" honours the Idempotency-Key header; the door of the portal sees to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox import tasks_changes
from connector.sandbox.kernel import Call, RestError, method, v3_error
from connector.sandbox.tasks_changes import NotAllowed
from connector.sandbox.tasks_chat import say
from connector.sandbox.tasks_fields import BadTask
from connector.sandbox.tasks_rules import may_read, roles
from connector.sandbox.tasks_state import Task, TaskBook
from connector.sandbox.tasks_v3_fields import DTO, FIELDS, read_fields, refused
from connector.sandbox.tasks_v3_lists import (
    Field,
    compile_conditions,
    invalid,
    missing_field,
    ordered,
    paged,
    unknown_field,
    wrong_type,
)
from connector.sandbox.tasks_v3_written import OWN, item, rights
from connector.sandbox.tasks_written import View


def denied() -> RestError:
    return v3_error("ACCESSDENIEDEXCEPTION", "Access denied", 403)


def id_of(call: Call) -> int:
    """The `id` of a call: a JSON number and nothing else."""
    value = call.get("id")
    if value is None:
        raise invalid(missing_field("id"))
    if type(value) is not int:
        raise invalid(wrong_type("id", "int"))
    return value


def fields_of(call: Call) -> Mapping[str, Any]:
    fields = call.get("fields")
    if fields is None:
        raise invalid(missing_field("fields"))
    if not isinstance(fields, Mapping):
        raise invalid(wrong_type("fields", "array"))
    return fields


def select_of(call: Call) -> list[str]:
    select = call.get("select", [])
    if not isinstance(select, list) or not all(isinstance(name, str) for name in select):
        raise v3_error("INVALIDSELECTEXCEPTION", f"Unable to recognize select expression `{select}`")
    return select


def readable(call: Call, task_id: int) -> Task:
    """A task that the caller may see; 403 for all others, there or not."""
    task = call.portal.part(TaskBook).find(task_id)
    if task is None or not may_read(call.portal, task, call.user_id):
        raise denied()
    return task


def view_of(call: Call) -> View:
    return View(call.portal, call.user_id)


@method("tasks.task.add", scope="tasks", cost="write", api="v3")
def add_task(call: Call) -> Any:
    values = read_fields(call.portal, fields_of(call), is_new=True)
    try:
        task = tasks_changes.create(call.portal, values, call.user_id)
    except BadTask as bad:
        raise refused(bad) from None
    return {"item": item(task, view_of(call))}


@method("tasks.task.get", scope="tasks", api="v3")
def get_task(call: Call) -> Any:
    task_id, select = id_of(call), select_of(call)
    if call.portal.part(TaskBook).find(task_id) is None:
        raise v3_error("ENTITYNOTFOUNDEXCEPTION", f"Record with ID = `{task_id}` not found")
    return {"item": item(readable(call, task_id), view_of(call), select)}


@method("tasks.task.update", scope="tasks", cost="write", api="v3")
def update_task(call: Call) -> Any:
    task_id = id_of(call)
    values = read_fields(call.portal, fields_of(call), is_new=False)
    try:
        tasks_changes.update(call.portal, readable(call, task_id), values, call.user_id)
    except BadTask as bad:
        raise refused(bad) from None
    except NotAllowed:
        raise denied() from None
    return {"result": True}


@method("tasks.task.delete", scope="tasks", cost="write", api="v3")
def delete_task(call: Call) -> Any:
    try:
        tasks_changes.delete(call.portal, readable(call, id_of(call)), call.user_id)
    except NotAllowed:
        raise denied() from None
    return {"result": True}


def _columns(call: Call) -> dict[str, Field]:
    """Only `id` is filterable; the sortable fields are those of the documentation."""
    view = view_of(call)

    def read(name: str) -> Any:
        write = OWN.get(name)
        return (lambda task: write(task, view)) if write else (lambda task: None)

    return {
        field.name: Field(read(field.name), int, field.name == "id", field.is_sortable)
        for field in FIELDS.values()
    }


@method("tasks.task.list", scope="tasks", cost="list", api="v3")
def list_tasks(call: Call) -> Any:
    """Without `select` a row is its id; there is no total."""
    columns, select = _columns(call), select_of(call) or ["id"]
    matches = compile_conditions(call.get("filter"), DTO, columns)
    tasks = call.portal.part(TaskBook).tasks.values()
    found = [task for task in tasks if matches(task) and may_read(call.portal, task, call.user_id)]
    rows = paged(ordered(found, call.get("order"), DTO, columns), call.get("pagination"))
    return {"items": [item(task, view_of(call), select) for task in rows]}


@method("tasks.task.access.get", scope="tasks", api="v3")
def get_access(call: Call) -> Any:
    task = readable(call, id_of(call))
    return rights(task, roles(call.portal, task, call.user_id), call.user_id)


@method("tasks.task.chat.message.send", scope="tasks", cost="write", api="v3")
def send_message(call: Call) -> Any:
    """Say something in the task's chat; the id of the message is not told."""
    fields = fields_of(call)
    unfilled = [name for name in ("taskId", "text") if not fields.get(name)]
    if unfilled:
        texts = [(name, f'The required field "{name}" is not filled') for name in unfilled]
        raise v3_error(
            "VALIDATION_DTOVALIDATIONEXCEPTION", "Error during object validation", validation=texts
        )
    for name, kind, word in (("taskId", int, "int"), ("text", str, "string")):
        if type(fields[name]) is not kind:
            raise invalid(wrong_type(name, word))
    say(call.portal, readable(call, fields["taskId"]), fields["text"], call.user_id)
    return {"result": True}


_ABOUT = (
    "name",
    "type",
    "title",
    "description",
    "validationRules",
    "requiredGroups",
    "filterable",
    "sortable",
    "editable",
    "multiple",
    "elementType",
)


def _about(name: str) -> dict[str, Any]:
    field = FIELDS[name]
    return {
        "name": name,
        "type": "object" if field.type == "DateTime" else field.type,
        "title": name,
        "description": None,
        "validationRules": [],
        "requiredGroups": None,
        "filterable": name == "id",
        "sortable": field.is_sortable,
        "editable": bool(field.attribute) and not field.only_new,
        "multiple": field.type == "array",
        "elementType": None,
    }


@method("tasks.task.field.list", scope="tasks", api="v3")
def list_fields(call: Call) -> Any:
    select = select_of(call) or ["name", "type", "title", "description", "filterable", "sortable", "multiple"]
    return {"items": [_selected(name, select) for name in FIELDS]}


@method("tasks.task.field.get", scope="tasks", api="v3")
def get_field(call: Call) -> Any:
    name = call.get("name")
    if name is None:
        raise invalid(missing_field("name"))
    if name not in FIELDS:
        raise v3_error("ENTITYNOTFOUNDEXCEPTION", f"Record with ID = `{name}` not found")
    return {"item": _selected(name, select_of(call) or _ABOUT)}


def _selected(name: str, select: Any) -> dict[str, Any]:
    about = _about(name)
    for wanted in select:
        if wanted not in about:
            raise unknown_field(wanted, "DtoFieldDto")
    return {wanted: about[wanted] for wanted in select}
