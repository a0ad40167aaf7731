"""Tasks as the portal keeps them: the records, and how they are found; the rules are in `tasks_rules`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any


class Status(IntEnum):
    """The stored status of a task (api-reference/tasks/fields.md)."""

    PENDING = 2
    IN_PROGRESS = 3
    AWAITING_CONTROL = 4
    COMPLETED = 5
    DEFERRED = 6


CLOSED = frozenset({Status.AWAITING_CONTROL, Status.COMPLETED})


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """Who changed what of a task; the only place that tells it (tasks.task.history.list)."""

    id: int
    field: str
    before: str | None
    after: str | None
    user_id: int
    at: datetime


@dataclass(slots=True)
class Task:
    id: int
    title: str
    created_by: int
    responsible_id: int
    created_at: datetime
    guid: str
    chat_id: int
    description: str = ""
    mark: str | None = None
    priority: int = 1
    status: Status = Status.PENDING
    deadline: datetime | None = None
    start_plan: datetime | None = None
    end_plan: datetime | None = None
    parent_id: int | None = None
    group_id: int = 0
    stage_id: int = 0
    flow_id: int | None = None
    auditors: tuple[int, ...] = ()
    accomplices: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    #: What the task is about, in short codes: D_10, Tb1_29.
    crm: tuple[str, ...] = ()
    xml_id: str | None = None
    allow_change_deadline: bool = False
    allow_time_tracking: bool = False
    task_control: bool = False
    match_work_time: bool = False
    add_in_report: bool = False
    time_estimate: int = 0
    requires_result: bool = False
    dates_from_subtasks: bool = False
    completes_with_subtasks: bool = False
    files: tuple[str, ...] = ()
    user_fields: dict[str, Any] = field(default_factory=dict)
    changed_by: int | None = None
    changed_at: datetime | None = None
    status_changed_by: int | None = None
    status_changed_at: datetime | None = None
    closed_by: int | None = None
    closed_at: datetime | None = None
    started_at: datetime | None = None
    activity_at: datetime | None = None
    version: int = 1
    favourite_of: set[int] = field(default_factory=set)
    pinned_by: set[int] = field(default_factory=set)
    muted_by: set[int] = field(default_factory=set)
    history: list[HistoryRow] = field(default_factory=list)

    @property
    def is_closed(self) -> bool:
        """Done, or done and waiting for the creator's word."""
        return self.status in CLOSED

    @property
    def people(self) -> frozenset[int]:
        return frozenset((self.created_by, self.responsible_id, *self.accomplices, *self.auditors))


@dataclass(slots=True)
class TaskBook:
    """All tasks of the portal."""

    tasks: dict[int, Task] = field(default_factory=dict)
    #: Task ids by what they are looked up with, so that a lookup does not read every task.
    _by_xml_id: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _by_code: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    #: Ids of tags by name: the portal shows tags as {"35": {"id": 35, "title": "…"}}.
    tag_ids: dict[str, int] = field(default_factory=dict)
    #: Whether the portal still has the task card of before tasks 25.700, with its forum comments.
    has_old_card: bool = False

    def find(self, task_id: int) -> Task | None:
        return self.tasks.get(task_id)

    def put(self, task: Task) -> None:
        """Keep a new task, or one whose XML_ID or bindings have changed."""
        self.tasks[task.id] = task
        if task.xml_id:
            self._by_xml_id[task.xml_id].add(task.id)
        for code in task.crm:
            self._by_code[code].add(task.id)
        for tag in task.tags:
            self.tag_ids.setdefault(tag, len(self.tag_ids) + 1)

    def remove(self, task: Task) -> None:
        del self.tasks[task.id]

    def bound_to(self, code: str) -> list[Task]:
        """The tasks bound to a CRM item, oldest first."""
        found = (self.tasks.get(task_id) for task_id in sorted(self._by_code.get(code, ())))
        return [task for task in found if task is not None and code in task.crm]

    def candidates(self, conditions: Mapping[str, Any]) -> Iterator[Task]:
        """Tasks that may match a filter, oldest first: few when it names ids, a marker or a CRM item.

        The filter must still be asked of each: old entries of the lookup tables are never taken out.
        """
        for key, table in (("ID", None), ("XML_ID", self._by_xml_id), ("UF_CRM_TASK", self._by_code)):
            if (wanted := conditions.get(key, conditions.get(f"={key}"))) not in (None, "", [], {}):
                values = _values(wanted)
                if table is None:
                    ids = {int(value) for value in values if value.isdecimal()}
                else:
                    ids = {task_id for value in values for task_id in table.get(value, ())}
                yield from (self.tasks[task_id] for task_id in sorted(ids) if task_id in self.tasks)
                return
        yield from self.tasks.values()


def _values(wanted: Any) -> Iterable[str]:
    if isinstance(wanted, Mapping):
        wanted = wanted.values()
    elif not isinstance(wanted, list):
        wanted = (wanted,)
    return [str(value) for value in wanted]
