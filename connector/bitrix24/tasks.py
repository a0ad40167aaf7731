"""Tasks of the portal (skeleton)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from connector.bitrix24.call import Call, Priority
from connector.bitrix24.client import Client
from connector.bitrix24.outcome import Answer
from connector.records import Task


def read_tasks(
    client: Client, ids: Iterable[int], *, with_checklists: bool = True, priority: Priority = Priority.SWEEP
) -> dict[int, Task | None]:
    """These tasks; one request for up to 25. None: proven deleted. What is neither is left out (and logged)."""
    raise NotImplementedError


def add_task(
    *,
    title: str,
    responsible_id: int,
    marker: str,
    description: str = "",
    created_by: int | None = None,
    deadline: datetime | None = None,
    bindings: Sequence[str] = (),
    tags: Sequence[str] = (),
    priority: int = 1,
    api: str = "v2",
) -> Call:
    """Create a task that carries `marker` (XML_ID, at most 50 characters)."""
    raise NotImplementedError


def update_task(
    task_id: int,
    *,
    title: str | None = None,
    description: str | None = None,
    responsible_id: int | None = None,
    deadline: datetime | None = None,
    tags: Sequence[str] | None = None,
) -> Call:
    """Change what is given."""
    raise NotImplementedError


def complete_task(task_id: int) -> Call:
    raise NotImplementedError


def renew_task(task_id: int) -> Call:
    raise NotImplementedError


def delete_task(task_id: int) -> Call:
    raise NotImplementedError


def find_by_marker(marker: str) -> Call:
    """Look for tasks with this XML_ID; read the answer with `tasks_with_marker`."""
    raise NotImplementedError


def tasks_with_marker(answer: Answer, marker: str) -> list[Task]:
    """Those rows whose own marker equals ours, lowest id first."""
    raise NotImplementedError


def task_of(answer: Answer) -> Task:
    """The task out of the answer to get, add, update or an action (v2 or v3)."""
    raise NotImplementedError


def add_task_with_checklist(add: Call, title: str, lines: Mapping[str, str]) -> Mapping[str, Call]:
    """One batch (send_many with halt): the v2 task, a checklist named `title`, a line per (outcome id, text)."""
    raise NotImplementedError


def checklist_ids(answers: Mapping[str, Answer]) -> dict[str, int]:
    """Outcome id → id of its line, out of the answers to that batch; keep it: titles can be edited, ids not."""
    raise NotImplementedError


def ticked(task: Task, lines: Mapping[str, int]) -> list[str]:
    """Outcome ids whose line is ticked, in the order of ticking."""
    raise NotImplementedError
