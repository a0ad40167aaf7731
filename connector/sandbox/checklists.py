"""Checklists of tasks: a list is a row without a parent, its lines are the rows below it.

Ticking a line raises no event and leaves no trace but a row of history
(api-reference/tasks/checklist-item/*.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connector.sandbox import tasks_changes
from connector.sandbox.kernel import as_int
from connector.sandbox.tasks_fields import is_yes
from connector.sandbox.tasks_rules import DOERS, EDITORS, roles
from connector.sandbox.tasks_state import Task

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal


@dataclass(slots=True)
class ChecklistItem:
    id: int
    task_id: int
    #: 0: this row is the name of a list.
    parent_id: int
    title: str
    created_by: int
    sort_index: int = 0
    is_complete: bool = False
    is_important: bool = False
    toggled_by: int | None = None
    toggled_at: datetime | None = None
    #: By user: A takes part, U watches.
    members: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class ChecklistBook:
    items: dict[int, ChecklistItem] = field(default_factory=dict)
    _by_task: dict[int, list[int]] = field(default_factory=dict)

    def of_task(self, task_id: int) -> list[ChecklistItem]:
        ids = self._by_task.get(task_id, ())
        return [self.items[item_id] for item_id in ids if item_id in self.items]

    def below(self, item: ChecklistItem) -> list[ChecklistItem]:
        """The rows under a row, in their order."""
        rows = [each for each in self.of_task(item.task_id) if each.parent_id == item.id]
        return sorted(rows, key=lambda row: (row.sort_index, row.id))

    def whole(self, item: ChecklistItem) -> list[ChecklistItem]:
        """A row and everything under it."""
        return [item, *(row for below in self.below(item) for row in self.whole(below))]

    def put(self, item: ChecklistItem) -> ChecklistItem:
        self.items[item.id] = item
        self._by_task.setdefault(item.task_id, []).append(item.id)
        return item


def add_item(portal: SandboxPortal, task: Task, fields: Mapping[str, Any], by: int) -> ChecklistItem | None:
    """A new line, or a new list where PARENT_ID is 0; None when the user may not."""
    if not roles(portal, task, by) & DOERS:
        return None
    parent_id = _parent_for(portal, task, fields, by)
    siblings = [row for row in portal.part(ChecklistBook).of_task(task.id) if row.parent_id == parent_id]
    item = ChecklistItem(
        portal.next_id("checklist item"), task.id, parent_id, "", by, sort_index=len(siblings)
    )
    portal.part(ChecklistBook).put(item)
    _write(portal, task, item, {key: value for key, value in fields.items() if key != "PARENT_ID"}, by)
    if parent_id:
        tasks_changes.record(portal, task, "CHECKLIST_ITEM_CREATE", "", item.title, by)
    return item


def _parent_for(portal: SandboxPortal, task: Task, fields: Mapping[str, Any], by: int) -> int:
    """Where a new line goes: under the named row, else into the first list, else into a list made for it."""
    rows = portal.part(ChecklistBook).of_task(task.id)
    wanted = as_int(fields.get("PARENT_ID"))
    if wanted == 0 or any(row.id == wanted for row in rows):
        return wanted or 0
    roots = [row for row in rows if row.parent_id == 0]
    if wanted is None and roots:
        return roots[0].id
    title = f"BX_CHECKLIST_{len(roots) + 1}"
    root = ChecklistItem(portal.next_id("checklist item"), task.id, 0, title, by, sort_index=len(roots))
    return portal.part(ChecklistBook).put(root).id


def edit_item(
    portal: SandboxPortal, task: Task, item: ChecklistItem, fields: Mapping[str, Any], by: int
) -> bool:
    """False when the user may not edit the task (a line's own author may edit the line)."""
    if not (roles(portal, task, by) & EDITORS or by == item.created_by):
        return False
    before = item.title
    _write(portal, task, item, fields, by)
    if item.title != before:
        tasks_changes.record(portal, task, "CHECKLIST_ITEM_RENAME", before, item.title, by)
    return True


def remove_item(portal: SandboxPortal, task: Task, item: ChecklistItem, by: int) -> bool:
    if not (roles(portal, task, by) & EDITORS or by == item.created_by):
        return False
    book = portal.part(ChecklistBook)
    for row in book.whole(item):
        tasks_changes.record(portal, task, "CHECKLIST_ITEM_REMOVE", row.title, "", by)
        del book.items[row.id]
    return True


def toggle(portal: SandboxPortal, task: Task, item: ChecklistItem, is_complete: bool, by: int) -> bool:
    """Tick a row, or take the tick away, with everything under it; False when the user may not."""
    if not roles(portal, task, by) & DOERS:
        return False
    what = "CHECKLIST_ITEM_CHECK" if is_complete else "CHECKLIST_ITEM_UNCHECK"
    for row in portal.part(ChecklistBook).whole(item):
        if row.is_complete != is_complete:
            row.is_complete, row.toggled_by, row.toggled_at = is_complete, by, portal.now()
            tasks_changes.record(portal, task, what, "", row.title, by)
    return True


def _write(
    portal: SandboxPortal, task: Task, item: ChecklistItem, fields: Mapping[str, Any], by: int
) -> None:
    if "TITLE" in fields:
        item.title = str(fields["TITLE"])
    if "PARENT_ID" in fields:
        item.parent_id = _parent_for(portal, task, fields, by)
    if (sort_index := as_int(fields.get("SORT_INDEX"))) is not None:
        item.sort_index = sort_index
    if "IS_IMPORTANT" in fields:
        item.is_important = is_yes(fields["IS_IMPORTANT"])
    if "IS_COMPLETE" in fields and is_yes(fields["IS_COMPLETE"]) != item.is_complete:
        item.is_complete = not item.is_complete
        item.toggled_by, item.toggled_at = by, portal.now()
    if isinstance(fields.get("MEMBERS"), Mapping):
        item.members = {
            user_id: str(member.get("TYPE", "U"))
            for key, member in fields["MEMBERS"].items()
            if (user_id := as_int(key)) and isinstance(member, Mapping)
        }
        _join(portal, task, item, by)


def _join(portal: SandboxPortal, task: Task, item: ChecklistItem, by: int) -> None:
    """Whom a line names takes part in the task, or watches it."""
    doing = [user_id for user_id, kind in item.members.items() if kind == "A"]
    watching = [user_id for user_id, kind in item.members.items() if kind != "A"]
    tasks_changes.join(portal, task, doing, watching, by)
