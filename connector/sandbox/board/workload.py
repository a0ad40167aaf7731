"""What a person has to do: the open tasks by when they are due, and what was done last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.sandbox.board.tasks import TaskView, by_deadline, task_view
from connector.sandbox.board.words import Words
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.tasks_rules import may_read
from connector.sandbox.tasks_state import Status, Task, TaskBook

_CLOSED_SHOWN = 10
_GROUPS = ("Overdue tasks", "Today", "In the next seven days", "Later", "Without a deadline", "Put off")


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks that are due about the same time; `name` is an English word of the board."""

    name: str
    tasks: tuple[TaskView, ...]


def tasks_of_person(portal: SandboxPortal, owner_id: int, reader_id: int, words: Words) -> list[Group]:
    """What a person has to do, as that reader may see it, and what was done last; empty groups left out."""
    mine = [
        each
        for each in portal.part(TaskBook).tasks.values()
        if each.responsible_id == owner_id and may_read(portal, each, reader_id)
    ]
    open_views = [task_view(portal, each, reader_id) for each in mine if not each.is_closed]
    now = portal.now().astimezone(words.zone)
    tonight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    groups: dict[str, list[TaskView]] = {name: [] for name in _GROUPS}
    for view in sorted(open_views, key=by_deadline):
        groups[_group(view, tonight)].append(view)
    last = sorted((each for each in mine if each.closed_at and each.is_closed), key=_closed_at)[
        -_CLOSED_SHOWN:
    ]
    groups["Done lately"] = [task_view(portal, each, reader_id) for each in reversed(last)]
    return [Group(name, tuple(views)) for name, views in groups.items() if views]


def _closed_at(task: Task) -> float:
    return task.closed_at.timestamp() if task.closed_at else 0.0


def _group(view: TaskView, tonight: datetime) -> str:
    if view.status == Status.DEFERRED:
        return "Put off"
    if view.deadline is None:
        return "Without a deadline"
    if view.is_overdue:
        return "Overdue tasks"
    if view.deadline < tonight:
        return "Today"
    return "In the next seven days" if view.deadline < tonight + timedelta(days=7) else "Later"


@dataclass(frozen=True, slots=True)
class Load:
    """How many open tasks a person has."""

    open: int
    overdue: int


def load_of(portal: SandboxPortal, user_id: int) -> Load:
    now = portal.now()
    mine = [
        each
        for each in portal.part(TaskBook).tasks.values()
        if each.responsible_id == user_id and not each.is_closed
    ]
    return Load(len(mine), sum(each.deadline is not None and each.deadline < now for each in mine))
