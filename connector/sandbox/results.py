"""Results of tasks: what came out of them, in words. v2 lists them, v3 writes them.

A result is closed when its task is completed, and stays so
(api-reference/tasks/result/tasks-task-result-list.md). Nothing here raises an event.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connector.sandbox.kernel import Call, RestError, method
from connector.sandbox.tasks_rules import may_read
from connector.sandbox.tasks_state import TaskBook

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal


@dataclass(slots=True)
class Result:
    id: int
    task_id: int
    text: str
    author_id: int
    created_at: datetime
    updated_at: datetime | None = None
    is_closed: bool = False
    #: The chat message that it was made of.
    message_id: int | None = None


@dataclass(slots=True)
class ResultBook:
    results: dict[int, Result] = field(default_factory=dict)

    def of_task(self, task_id: int) -> list[Result]:
        return [result for result in self.results.values() if result.task_id == task_id]


def close_results(portal: SandboxPortal, task_id: int) -> None:
    """The task is completed: its results are final."""
    for result in portal.part(ResultBook).of_task(task_id):
        result.is_closed = True


def add_result(
    portal: SandboxPortal, task_id: int, text: str, by: int, message_id: int | None = None
) -> Result:
    number = portal.next_id("result")
    result = Result(number, task_id, text, by, portal.now(), message_id=message_id)
    portal.part(ResultBook).results[number] = result
    return result


_TAGS = re.compile(r"\[(/?[BIUS])\]", re.IGNORECASE)


@method("tasks.task.result.list", scope="task", cost="list")
def list_results(call: Call) -> Any:
    """Newest first; on the new task card the comment id is always 0."""
    task_id = call.require_int("taskId")
    task = call.portal.part(TaskBook).find(task_id)
    if task is None or not may_read(call.portal, task, call.user_id):
        raise RestError("0", "Access denied.")
    rows = sorted(call.portal.part(ResultBook).of_task(task_id), key=lambda row: row.id, reverse=True)
    return [_written(call, row) for row in rows]


def _written(call: Call, row: Result) -> dict[str, Any]:
    def time(at: datetime) -> str:
        return call.portal.write_time(at, call.user_id)

    return {
        "id": row.id,
        "taskId": row.task_id,
        "commentId": 0,
        "createdBy": row.author_id,
        "createdAt": time(row.created_at),
        "updatedAt": time(row.updated_at or row.created_at),
        "status": 1 if row.is_closed else 0,
        "text": row.text,
        "formattedText": _TAGS.sub(lambda tag: f"<{tag[1].lower()}>", row.text),
        "files": [],
    }
