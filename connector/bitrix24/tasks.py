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


def get_task(task_id: int) -> Call:
    """Read one task; `result` is [] when it is not there or not ours to see (`task_of` refuses that)."""
    raise NotImplementedError


# The integrator's flow (connector/flow/effects/tasks.py) relies on the following signatures.


def add_task_with_checklist(
    add: Call, title: str, lines: Mapping[str, str], *, name: str = "do"
) -> dict[str, Call]:
    """Calls of one batch: `add` under `name`, a checklist named `title`, a line per (key, text), in order."""
    raise NotImplementedError


def add_checklist(
    task_id: int, title: str, lines: Mapping[str, str], *, root_id: int | None = None, name: str = "do"
) -> dict[str, Call]:
    """The same for a task that exists: the list's root (unless `root_id` is there) and lines; first call `name`."""
    raise NotImplementedError


def checklist_ids(answers: Mapping[str, Answer], *, name: str = "do") -> dict[str, int]:
    """Key of `lines` -> id of its line, for those lines that are DONE in the answers to either batch."""
    raise NotImplementedError
