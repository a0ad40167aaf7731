"""How a row of a task becomes a `Task`, in the spelling of REST 2 and in that of REST 3.0.

Pages: api-reference/tasks/{fields,fields-rest-v3}.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.bitrix24.reading import readable
from connector.bitrix24.wire import Unreadable, as_id, as_instant, as_text, need_id, read
from connector.records import Task, TaskStatus

SELECT = (
    *("ID", "TITLE", "STATUS", "RESPONSIBLE_ID", "CREATED_BY", "DEADLINE", "CREATED_DATE", "CHANGED_DATE"),
    *("CHANGED_BY", "STATUS_CHANGED_BY", "CLOSED_DATE", "XML_ID", "UF_CRM_TASK", "PRIORITY", "GROUP_ID"),
)
_STATUS: Mapping[str, TaskStatus] = {
    "1": "pending",
    "2": "pending",
    "3": "in_progress",
    "4": "awaiting_control",
    "5": "completed",
    "6": "deferred",
    "7": "declined",
    # REST 3.0
    "pending": "pending",
    "in_progress": "in_progress",
    "supposedly_completed": "awaiting_control",
    "completed": "completed",
    "deferred": "deferred",
    "declined": "declined",
}
_PRIORITY: Mapping[str, int] = {"0": 0, "1": 1, "2": 2, "low": 0, "average": 1, "high": 2}


def task_from(row: Mapping[str, Any]) -> Task:
    """A row of REST 2 or REST 3.0 as a `Task`; FatalError naming the field that cannot be read."""
    with readable(f"task {row.get('id')}", "tasks.task"):
        return Task(
            id=read(row, "id", need_id),
            title=read(row, "title", as_text) or "",
            status=read(row, "status", _as_status),
            responsible_id=read(row, "responsibleId", as_id),
            created_by=read(row, _spelling(row, "createdBy", "creatorId"), as_id),
            deadline=read(row, "deadline", as_instant),
            created_at=read(row, _spelling(row, "createdDate", "created"), as_instant),
            changed_at=read(row, _spelling(row, "changedDate", "changed"), as_instant),
            changed_by=read(row, _spelling(row, "changedBy", "changedById"), as_id),
            status_changed_by=read(row, _spelling(row, "statusChangedBy", "statusChangedById"), as_id),
            closed_at=read(row, _spelling(row, "closedDate", "closed"), as_instant),
            marker=read(row, "xmlId", as_text),
            bindings=read(row, _spelling(row, "ufCrmTask", "crmItemIds"), _as_bindings),
            priority=read(row, "priority", _as_priority),
            group_id=read(row, "groupId", as_id),
        )


def _spelling(row: Mapping[str, Any], v2: str, v3: str) -> str:
    return v2 if v2 in row else v3


def _as_status(value: Any) -> TaskStatus:
    found = _STATUS.get(str(value))
    if found is None:
        raise Unreadable("a task status, got an unknown one")
    return found


def _as_priority(value: Any) -> int | None:
    """None where the portal says nothing, or a word that is not documented: nothing depends on it."""
    return _PRIORITY.get(str(value))


def _as_bindings(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()
