"""What the portal refuses in a task, and which bindings it keeps, whichever API the values came by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector.sandbox.crm.types import COMPANY, CONTACT, DEAL, LEAD
from connector.sandbox.tasks_fields import BadTask
from connector.sandbox.tasks_state import Task, TaskBook

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

_LINK = "TASKS_TASK|UF_CRM_TASK"


def check(portal: SandboxPortal, values: dict[str, Any], task: Task | None) -> None:
    """What the portal refuses in a task, new (None) or changed."""
    if not values.get("title", "" if task is None else "kept"):
        raise BadTask("TITLE", "Task title is not specified")
    if not values.get("responsible_id", 0 if task is None else task.responsible_id):
        raise BadTask("RESPONSIBLE_ID", "Responsible person is not specified")
    for name, field, title in (
        ("responsible_id", "RESPONSIBLE_ID", "Responsible"),
        ("created_by", "CREATED_BY", "Creator"),
    ):
        if name in values and portal.people.get(values[name]) is None:
            raise BadTask(field, f'The user specified in the "{title}" field was not found')
    _check_parent(portal, values.get("parent_id"), task)
    start = values.get("start_plan", task.start_plan if task else None)
    end = values.get("end_plan", task.end_plan if task else None)
    if start and end and end < start:
        message = "The end date specified in the scheduling is earlier than the start date"
        raise BadTask("END_DATE_PLAN", message)


def _check_parent(portal: SandboxPortal, parent_id: int | None, task: Task | None) -> None:
    if parent_id is None:
        return
    book = portal.part(TaskBook)
    if book.find(parent_id) is None:
        raise BadTask("PARENT_ID", 'The task specified in the "Parent Task" field was not found')
    if task is None:
        return
    if parent_id == task.id:
        raise BadTask("PARENT_ID", "Cannot bind the node to itself")
    above = book.find(parent_id)
    while above is not None and above.parent_id is not None:
        if above.parent_id == task.id:
            raise BadTask("PARENT_ID", "Creating cyclic links in tasks is prohibited")
        above = book.find(above.parent_id)


def kept_codes(portal: SandboxPortal, codes: tuple[str, ...]) -> tuple[str, ...]:
    """The bindings that the field takes; the others fall out without a word."""
    read = ((code, portal.crm.read_code(code)) for code in codes)
    return tuple(code for code, item in read if item is not None and _takes_tasks(portal, item[0]))


def _takes_tasks(portal: SandboxPortal, entity_type_id: int) -> bool:
    """Leads, deals and clients do; a smart process only with both of its switches on.

    (tutorials/tasks/how-to-connect-task-to-spa.md)
    """
    entity_type = portal.crm.types.get(entity_type_id)
    smart = entity_type.smart if entity_type else None
    if smart is None:
        return entity_type_id in (LEAD, DEAL, CONTACT, COMPANY)
    return smart.flags["isUseInUserfieldEnabled"] and smart.linked_user_fields.get(_LINK, False)
