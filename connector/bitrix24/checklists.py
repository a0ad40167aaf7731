"""A checklist inside a task, one line per outcome: how a rep says with one tick what came of it.

Ticking raises no event, several lines may be ticked, and titles can be edited: so lines are remembered by id,
and read when the task is completed. The old `task.*` methods read their arguments by position: the order of
keys in the calls is the documented one.

Pages: api-reference/tasks/checklist-item/{task-checklist-item-add,task-checklist-item-get-list}.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connector.bitrix24.call import Call, Ref
from connector.bitrix24.outcome import Answer
from connector.bitrix24.reading import readable, rows_in
from connector.bitrix24.wire import as_bool, as_id, as_instant, as_text, need_id, read
from connector.records import ChecklistItem, Task

ADD = "task.checklistitem.add"
GET = "task.checklistitem.getlist"
_TASK, _ROOT = "add", "root"


def add_task_with_checklist(add: Call, title: str, lines: Mapping[str, str]) -> dict[str, Call]:
    """One batch, for `send_many(..., halt=True)`: the REST 2 task, and its checklist through references.

    `lines`: outcome id → text of its line. The answer under "add" is the task's; the ids of the lines come
    from `checklist_ids`. If only the checklist failed, `add_checklist` adds it to the task that is there.
    """
    return {_TASK: add, **add_checklist(Ref(_TASK, ("task", "id")), title, lines)}


def add_checklist(
    task_id: int | Ref, title: str, lines: Mapping[str, str], *, root_id: int | None = None
) -> dict[str, Call]:
    """The checklist of a task as one batch: a list is an item without a parent; `root_id`: it is there."""
    commands = {} if root_id else {_ROOT: _add(task_id, title, 0, 0)}
    for number, text in enumerate(lines.values()):
        commands[f"line_{number}"] = _add(task_id, text, root_id or Ref(_ROOT), number)
    return commands


def checklist_ids(answers: Mapping[str, Answer], lines: Mapping[str, str]) -> dict[str, int]:
    """Outcome id → id of its line, as far as the batch has made them."""
    found: dict[str, int] = {}
    for number, outcome in enumerate(lines):
        answer = answers.get(f"line_{number}")
        if answer is not None and answer.is_done:
            with readable("a checklist line", ADD):
                found[outcome] = need_id(answer.result)
    return found


def checklist_call(task_id: int) -> Call:
    """Read the checklists of a task; the answer is read with `checklist_of`."""
    return Call(GET, {"TASKID": task_id, "ORDER": {"ID": "asc"}})


def checklist_of(answer: Answer) -> tuple[ChecklistItem, ...]:
    """The lines in the answer to `checklist_call`, lists and lines alike, by id."""
    lines = [_line_from(row) for row in rows_in(answer, GET)]
    return tuple(sorted(lines, key=lambda line: line.id))


def ticked(task: Task, line_ids: Mapping[str, int]) -> list[str]:
    """Outcome ids whose line is ticked, in the order of ticking; empty if the checklist was not read."""
    lines = {line.id: line for line in task.checklist or () if line.is_complete}
    found = [(lines[line_id], outcome) for outcome, line_id in line_ids.items() if line_id in lines]
    earliest = datetime.min.replace(tzinfo=UTC)
    return [
        outcome for line, outcome in sorted(found, key=lambda one: (one[0].toggled_at or earliest, one[0].id))
    ]


def lines_by_text(checklist: Sequence[ChecklistItem], title: str, lines: Mapping[str, str]) -> dict[str, int]:
    """Outcome id → id of its line in the list of that name: for a task whose answer was lost."""
    roots = {item.id for item in checklist if not item.parent_id and item.title == title}
    by_text = {item.title: item.id for item in reversed(checklist) if item.parent_id in roots}
    return {outcome: by_text[text] for outcome, text in lines.items() if text in by_text}


def _add(task_id: int | Ref, title: str, parent: int | Ref, sort: int) -> Call:
    return Call(ADD, {"TASKID": task_id, "FIELDS": {"TITLE": title, "PARENT_ID": parent, "SORT_INDEX": sort}})


def _line_from(row: Mapping[str, Any]) -> ChecklistItem:
    with readable(f"checklist line {row.get('ID')}", GET):
        return ChecklistItem(
            id=read(row, "ID", need_id),
            parent_id=read(row, "PARENT_ID", as_id),
            title=read(row, "TITLE", as_text) or "",
            is_complete=read(row, "IS_COMPLETE", as_bool),
            toggled_by=read(row, "TOGGLED_BY", as_id),
            toggled_at=read(row, "TOGGLED_DATE", as_instant),
        )
