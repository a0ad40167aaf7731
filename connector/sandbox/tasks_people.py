"""What people do with tasks, as sentences for tests: each acts as that user, through the same rules as REST.

A sentence that the rules refuse fails with `Refused`, for a test that meant it to work should not go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from connector.sandbox import activities, checklists, results, tasks_changes, tasks_chat
from connector.sandbox.activities import ActivityBook
from connector.sandbox.checklists import ChecklistBook, ChecklistItem
from connector.sandbox.crm_people import Ref
from connector.sandbox.results import ResultBook
from connector.sandbox.tasks_changes import NotAllowed
from connector.sandbox.tasks_chat import ChatBook
from connector.sandbox.tasks_fields import BadTask
from connector.sandbox.tasks_rules import may_read
from connector.sandbox.tasks_state import Status, Task, TaskBook

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal


class Refused(Exception):
    """The portal does not let that person do that."""


class TaskPeople:
    """The sentences about tasks; part of `SandboxPortal`."""

    def task(self, task_id: int) -> Task:
        """A task that must exist."""
        found = _portal(self).part(TaskBook).find(task_id)
        if found is None:
            raise Refused(f"there is no task {task_id}")
        return found

    def tasks_of(self, ref: Ref) -> list[Task]:
        """The tasks bound to a CRM item, oldest first."""
        portal = _portal(self)
        with portal.lock:
            return portal.part(TaskBook).bound_to(portal.crm.write_code(*item_of(ref)))

    def add_task(
        self, title: str, *, to: int, by: int | None = None, on: Ref | None = None, **fields: Any
    ) -> Task:
        """Somebody makes a task by hand, on a CRM item or on none; `fields` are attributes of `Task`."""
        portal = _portal(self)
        with portal.lock:
            values = {"title": title, "responsible_id": to, **fields}
            if on is not None:
                values["crm"] = (portal.crm.write_code(*item_of(on)),)
            try:
                return tasks_changes.create(portal, values, by or to)
            except BadTask as bad:
                raise Refused(bad.message) from None

    def start_task(self, task_id: int, by: int | None = None) -> None:
        self._act(task_id, "start", by)

    def complete_task(self, task_id: int, by: int | None = None) -> None:
        """`by` is the responsible unless named; under control the task then awaits its creator."""
        self._act(task_id, "complete", by)

    def approve_task(self, task_id: int, by: int | None = None) -> None:
        self._act(task_id, "approve", by or self.task(task_id).created_by)

    def renew_task(self, task_id: int, by: int | None = None) -> None:
        """Take a finished or deferred task up again."""
        self._act(task_id, "renew", by)

    def defer_task(self, task_id: int, by: int | None = None) -> None:
        """Put the task aside, without a date: the portal knows none for that."""
        self._act(task_id, "defer", by)

    def postpone_task(self, task_id: int, until: datetime, by: int | None = None) -> None:
        """Move the deadline, as a rep who wants to call later does; the creator's word may forbid it."""
        self._write(task_id, {"deadline": until}, by)

    def rename_task(self, task_id: int, title: str, by: int | None = None) -> None:
        self._write(task_id, {"title": title}, by or self.task(task_id).created_by)

    def delegate_task(self, task_id: int, to: int, by: int | None = None) -> None:
        portal, task = _portal(self), self.task(task_id)
        with portal.lock:
            _allow(lambda: tasks_changes.delegate(portal, task, to, by or task.responsible_id))

    def delete_task(self, task_id: int, by: int | None = None) -> None:
        """`by` is the creator unless somebody else is named: a responsible may not."""
        portal, task = _portal(self), self.task(task_id)
        with portal.lock:
            _allow(lambda: tasks_changes.delete(portal, task, by or task.created_by))

    def checklist_of(self, task_id: int) -> list[ChecklistItem]:
        return _portal(self).part(ChecklistBook).of_task(task_id)

    def tick(self, task_id: int, title: str, by: int | None = None) -> None:
        """Tick the line of the checklist with that text."""
        self._toggle(task_id, title, True, by)

    def untick(self, task_id: int, title: str, by: int | None = None) -> None:
        self._toggle(task_id, title, False, by)

    def report(self, task_id: int, text: str, by: int | None = None) -> None:
        """Write down a result of the task."""
        portal, task = _portal(self), self.task(task_id)
        with portal.lock:
            results.add_result(portal, task.id, text, by or task.responsible_id)

    def results_of(self, task_id: int) -> list[str]:
        return [result.text for result in _portal(self).part(ResultBook).of_task(task_id)]

    def say(self, task_id: int, text: str, by: int | None = None) -> None:
        """Say something in the task's chat."""
        portal, task = _portal(self), self.task(task_id)
        speaker = by or task.responsible_id
        if not may_read(portal, task, speaker):
            raise Refused(f"user {speaker} does not see task {task_id}")
        with portal.lock:
            tasks_chat.say(portal, task, text, speaker)

    def said_in(self, task_id: int) -> list[str]:
        """The messages of the task's chat, oldest first."""
        return [message.text for message in _portal(self).part(ChatBook).of_task(self.task(task_id))]

    def delete_mirror(self, task_id: int, by: int | None = None) -> None:
        """Delete the task's entry in the CRM item's timeline: the task lives on, bound to nothing."""
        portal, task = _portal(self), self.task(task_id)
        with portal.lock:
            mirror = portal.part(ActivityBook).mirror_of(task_id)
            if mirror is None:
                raise Refused(f"task {task_id} has no mirror in the CRM")
            activities.remove(portal, mirror, by or task.responsible_id)
            tasks_changes.unbind(portal, task, by or task.responsible_id)

    def open_tasks(self) -> Sequence[Task]:
        """Every task that is not completed."""
        tasks = _portal(self).part(TaskBook).tasks.values()
        return [task for task in tasks if task.status != Status.COMPLETED]

    def _act(self, task_id: int, action: str, by: int | None) -> None:
        portal, task = _portal(self), self.task(task_id)
        with portal.lock:
            _allow(lambda: tasks_changes.act(portal, task, action, by or task.responsible_id))

    def _write(self, task_id: int, values: dict[str, Any], by: int | None) -> None:
        portal, task = _portal(self), self.task(task_id)
        with portal.lock:
            _allow(lambda: tasks_changes.update(portal, task, values, by or task.responsible_id))

    def _toggle(self, task_id: int, title: str, is_complete: bool, by: int | None) -> None:
        portal, task = _portal(self), self.task(task_id)
        with portal.lock:
            rows = [row for row in self.checklist_of(task_id) if row.title == title]
            if not rows:
                raise Refused(f"task {task_id} has no line {title!r} in its checklist")
            if not checklists.toggle(portal, task, rows[0], is_complete, by or task.responsible_id):
                raise Refused(f"user {by} may not tick in task {task_id}")


def item_of(ref: Ref) -> tuple[int, int]:
    """The type and the id in whatever names a CRM item."""
    return ref if isinstance(ref, tuple) else (ref.entity_type_id, ref.id)


def _portal(people: TaskPeople) -> SandboxPortal:
    return cast("SandboxPortal", people)


def _allow(do: Any) -> None:
    try:
        do()
    except NotAllowed:
        raise Refused("the task's rules do not let that person do that") from None
    except BadTask as bad:
        raise Refused(bad.message) from None
