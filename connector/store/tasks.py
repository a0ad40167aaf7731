"""The tasks that the connector made, as they stand in the portal. Other people's tasks are not kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from connector.records import ItemRef, Task


@dataclass(frozen=True, slots=True)
class MadeTask:
    """A task of ours: the step run it stands for, and the task as last read."""

    portal: str
    ref: ItemRef
    process_id: int | None
    run: str
    kind: str
    task: Task
    #: Id of a checklist line -> outcome id that ticking it means.
    outcome_lines: Mapping[int, str] = field(default_factory=dict)
    #: What the process has been told of this task; owned by the step that reports.
    reported: Mapping[str, Any] = field(default_factory=dict)
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A task of ours that is not as we had it. `made` is as it is now; `was_gone`: deleted before, and back."""

    before: Task
    made: MadeTask
    was_gone: bool = False


def add(conn: Connection, made: MadeTask, now: datetime) -> bool:
    """Keep a task that was just made; False if its portal id is known already (nothing is changed then)."""
    raise NotImplementedError


def upsert_many(conn: Connection, portal: str, tasks: Iterable[Task], now: datetime) -> list[TaskChange]:
    """Take over tasks as read; returns ours that changed. A checklist of None leaves the one that is known."""
    raise NotImplementedError


def mark_gone(conn: Connection, portal: str, task_ids: Iterable[int], now: datetime) -> list[MadeTask]:
    """These tasks were deleted in the portal; returns those of ours that were there before."""
    raise NotImplementedError


def get(conn: Connection, portal: str, task_id: int) -> MadeTask | None:
    """The task with this portal id, gone or not."""
    raise NotImplementedError


def known_ids(conn: Connection, portal: str, task_ids: Iterable[int]) -> set[int]:
    """Which of these portal ids are tasks of ours."""
    raise NotImplementedError


def open_for(conn: Connection, portal: str, run: str) -> MadeTask | None:
    """The newest task of the run that is neither completed nor gone."""
    raise NotImplementedError


def of_run(conn: Connection, portal: str, run: str) -> list[MadeTask]:
    """All tasks of the run, oldest first."""
    raise NotImplementedError


def of_item(conn: Connection, portal: str, ref: ItemRef) -> list[MadeTask]:
    """All tasks made for the item, oldest first."""
    raise NotImplementedError


def open_ids(conn: Connection, portal: str) -> list[int]:
    """Portal ids of our tasks that are neither completed nor gone, for reconcile."""
    raise NotImplementedError


def by_marker(conn: Connection, portal: str, marker: str) -> MadeTask | None:
    """The task that carries this marker, the oldest if several do."""
    raise NotImplementedError


def set_outcome_lines(conn: Connection, portal: str, task_id: int, lines: Mapping[int, str]) -> None:
    """Which checklist line means which outcome (known once the checklist is in the portal)."""
    raise NotImplementedError


def set_reported(conn: Connection, portal: str, task_id: int, reported: Mapping[str, Any]) -> None:
    """Remember what the process has been told of the task."""
    raise NotImplementedError
