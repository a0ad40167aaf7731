"""Tasks: read and created through REST 2, marked as ours by XML_ID.

`tasks.task.get` of REST 2 answers `[]` to a deleted task, to one that never was and to one that may not be
seen, so a task counts as deleted only on proof: REST 3.0 says it does not exist, or, where there is no
REST 3.0, an administrator cannot see it either. XML_ID is not unique and not checked; a list that does not
know a filter key returns everything, so a probe believes only rows whose own marker equals ours.

Checklists are `checklists`. Texts are BBCode: values of the CRM inside them go through `escape_bbcode` first.

Pages: api-reference/tasks/{fields,tasks-task-add,tasks-task-get,tasks-task-list}.md.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from connector import log
from connector.bitrix24.call import PAGE_SIZE, Call, Priority
from connector.bitrix24.checklists import checklist_call, checklist_of
from connector.bitrix24.client import Client
from connector.bitrix24.codes import lacks_v3
from connector.bitrix24.list_call import ListCall
from connector.bitrix24.listing import list_all
from connector.bitrix24.outcome import Answer, Outcome, error_of
from connector.bitrix24.reading import object_in, result_in, rows_in
from connector.bitrix24.task_rows import SELECT, task_from
from connector.errors import FatalError
from connector.records import Task

logger = logging.getLogger(__name__)

MARKER_CAP = 50  # older portals cut XML_ID there, and a cut marker is never found again
TITLE_CAP = 250


# -- reads ---------------------------------------------------------------------------------------


def read_tasks(
    client: Client,
    ids: Iterable[int],
    *,
    with_checklists: bool = True,
    priority: Priority = Priority.SWEEP,
) -> dict[int, Task | None]:
    """These tasks: 2,500 a request, with checklists 49. None: proven deleted.

    What is neither found nor proven deleted is left out, and logged. RetriableError if the portal cannot
    answer now. A checklist that may not be read stays None.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[int, Task | None] = {}
    if wanted:
        answers = client.ask_many(by_ids(wanted, with_checklists=with_checklists), priority=priority)
        found |= tasks_by_id(answers, wanted)
    if missing := [one for one in wanted if one not in found]:
        found |= _read_singly(client, missing, with_checklists, priority)
    return found


def by_ids(ids: Sequence[int], *, with_checklists: bool = True) -> dict[str, Call]:
    """Commands that list these tasks, 50 in each, and read the checklist of every single one."""
    commands = {
        f"tasks_{start}": _list_call({"ID": list(ids[start : start + PAGE_SIZE])})
        for start in range(0, len(ids), PAGE_SIZE)
    }
    if with_checklists:
        commands |= {f"checklist_{one}": checklist_call(one) for one in ids}
    return commands


def tasks_by_id(answers: Mapping[str, Answer], ids: Iterable[int]) -> dict[int, Task | None]:
    """The tasks that the commands of `by_ids` found."""
    asked = frozenset(ids)
    lists = (answer for key, answer in answers.items() if key.startswith("tasks_"))
    tasks = [task for answer in lists for task in _readable(rows_in(answer, "tasks.task.list", "tasks"))]
    return {task.id: _with_checklist(task, answers) for task in tasks if task.id in asked}


def list_changed_tasks(
    client: Client, since: datetime, *, priority: Priority = Priority.SWEEP
) -> Iterator[list[Task]]:
    """Pages of tasks, anybody's, that were changed at that instant or later; without checklists."""
    for page in list_all(client, _all_tasks({">=CHANGED_DATE": since}), priority=priority):
        yield _readable(page)


def list_tasks(
    client: Client,
    *,
    after_id: int = 0,
    upto: int | None = None,
    expected: int = 0,
    overlap: int = 1,
    priority: Priority = Priority.SWEEP,
) -> Iterator[list[Task]]:
    """Pages of all tasks that the user may see, by id; without checklists.

    Which are bound to the CRM is seen in the rows: no documented filter says "bound to anything", and what is
    made of one that is not documented, nobody knows. Raises as `list_all`.
    """
    pages = list_all(
        client,
        _all_tasks(),
        after_id=after_id,
        upto=upto,
        expected=expected,
        overlap=overlap,
        priority=priority,
    )
    for page in pages:
        yield _readable(page)


def _all_tasks(filter: Mapping[str, Any] = MappingProxyType({})) -> ListCall:
    return ListCall("tasks.task.list", filter=filter, select=SELECT, rows_at="tasks", id_name="ID")


def _readable(rows: Iterable[Mapping[str, Any]]) -> list[Task]:
    """One odd row, of whomsoever's task, must not hold up the others: it is logged and left out."""
    tasks = []
    for row in rows:
        try:
            tasks.append(task_from(row))
        except FatalError as error:
            log.note(logger, "read_tasks", "unreadable", level=logging.ERROR, error=error)
    return tasks


def _with_checklist(task: Task, answers: Mapping[str, Answer]) -> Task:
    answer = answers.get(f"checklist_{task.id}")
    if answer is None:
        return task
    if answer.outcome is Outcome.REJECTED:
        log.note(logger, "read_tasks", "no_checklist", level=logging.WARNING, task=task.id, code=answer.error)
        return task
    return replace(task, checklist=checklist_of(answer))


def _read_singly(
    client: Client, ids: Sequence[int], with_checklists: bool, priority: Priority
) -> dict[int, Task | None]:
    """The second look at tasks that a list did not show."""
    found: dict[int, Task | None] = {}
    commands = {f"get_{one}": get_task(one) for one in ids}
    if with_checklists:
        commands |= {f"checklist_{one}": checklist_call(one) for one in ids}
    answers = client.ask_many(commands, priority=priority)
    absent = []
    for one in ids:
        if is_shown(answers[f"get_{one}"]):
            shown = _readable([_shown_in(answers[f"get_{one}"])])
            found |= {task.id: _with_checklist(task, answers) for task in shown}
        else:
            absent.append(one)
    for one in absent:
        if is_deleted(client, one, priority=priority):
            found[one] = None
        else:
            log.note(logger, "read_tasks", "unproven", level=logging.WARNING, task=one)
    return found


def is_shown(answer: Answer) -> bool:
    """Whether the answer to `get_task` holds a task; False proves nothing."""
    if answer.outcome is Outcome.REJECTED:
        return False
    return bool(result_in(answer, "tasks.task.get"))


def is_deleted(client: Client, task_id: int, *, priority: Priority = Priority.SWEEP) -> bool:
    """Proof for a task that REST 2 shows neither in a list nor to a get; False: it may only be hidden."""
    call = Call("tasks.task.get", {"id": task_id, "select": ["id"]}, api="v3")
    answer = client.ask_many({"v3": call}, priority=priority)["v3"]
    if answer.is_gone:
        return True
    if lacks_v3(answer):
        return result_in(client.ask(Call("user.admin"), priority=priority), "user.admin") is True
    if (error := error_of(answer, call.method)) and answer.outcome is not Outcome.REJECTED:
        raise error
    return False


def task_of(answer: Answer) -> Task:
    """The task out of the answer to get, add, update or an action; raises what it says if it is not DONE.

    Bindings are missing from answers to writes: read the task to see whether they were kept.
    """
    return task_from(_shown_in(answer))


def _shown_in(answer: Answer) -> Mapping[str, Any]:
    holder = object_in(answer, "tasks.task")
    return object_in(answer, "tasks.task", "item" if "item" in holder else "task")


def find_by_marker(marker: str) -> Call:
    """Look for tasks with this XML_ID; the answer is read with `tasks_with_marker`."""
    return _list_call({"XML_ID": marker})


def tasks_with_marker(answer: Answer, marker: str) -> list[Task]:
    """Those rows whose own marker equals ours, lowest id first: an ignored filter finds everything."""
    tasks = [task_from(row) for row in rows_in(answer, "tasks.task.list", "tasks")]
    return sorted((task for task in tasks if task.marker == marker), key=lambda task: task.id)


def _list_call(filter: Mapping[str, Any]) -> Call:
    params = {"filter": filter, "select": list(SELECT), "order": {"ID": "asc"}, "start": -1}
    return Call("tasks.task.list", params)


# -- writes --------------------------------------------------------------------------------------


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
    files: Sequence[int] = (),
) -> Call:
    """Create a task that carries `marker` (XML_ID, at most 50 ASCII characters: ValueError).

    The rep may move its deadline and completes it without control. `files` are ids on a drive
    (tutorials/tasks/how-to-create-task-with-file.md). In REST 2 alone: only there can one batch make the task
    and its checklist (docs/reliability.md#why-markers-and-no-idempotency-key).
    """
    if not marker.isascii() or not 0 < len(marker) <= MARKER_CAP:
        raise ValueError(f"a task marker is 1 to {MARKER_CAP} ASCII characters, not {marker!r}")
    fields = {
        "TITLE": title[:TITLE_CAP],
        "DESCRIPTION": description,
        "RESPONSIBLE_ID": responsible_id,
        "XML_ID": marker,
        "PRIORITY": priority,
        "ALLOW_CHANGE_DEADLINE": "Y",
        "TASK_CONTROL": "N",
    }
    given = _given(
        fields,
        CREATED_BY=created_by,
        DEADLINE=deadline,
        UF_CRM_TASK=list(bindings) or None,
        TAGS=list(tags) or None,
        UF_TASK_WEBDAV_FILES=[f"n{file_id}" for file_id in files] or None,
    )
    return Call("tasks.task.add", {"fields": given})


def update_task(
    task_id: int,
    *,
    title: str | None = None,
    description: str | None = None,
    responsible_id: int | None = None,
    deadline: datetime | None = None,
    bindings: Sequence[str] | None = None,
    tags: Sequence[str] | None = None,
) -> Call:
    """Change what is given; lists replace what was there.

    A new responsible person resets the status to pending and leaves the former one as auditor.
    """
    fields = _given(
        {},
        TITLE=None if title is None else title[:TITLE_CAP],
        DESCRIPTION=description,
        RESPONSIBLE_ID=responsible_id,
        DEADLINE=deadline,
        UF_CRM_TASK=None if bindings is None else list(bindings),
        TAGS=None if tags is None else list(tags),
    )
    return Call("tasks.task.update", {"taskId": task_id, "fields": fields})


def get_task(task_id: int) -> Call:
    """Read one task; the answer is read with `task_of`, unless its result is `[]`."""
    return Call("tasks.task.get", {"taskId": task_id, "select": list(SELECT)})


def complete_task(task_id: int) -> Call:
    """Complete it; done already: nothing happens."""
    return Call("tasks.task.complete", {"taskId": task_id})


def renew_task(task_id: int) -> Call:
    """Open it again, from completed or deferred."""
    return Call("tasks.task.renew", {"taskId": task_id})


def delete_task(task_id: int) -> Call:
    """Delete it; creator or administrator only."""
    return Call("tasks.task.delete", {"taskId": task_id})


def _given(fields: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    return {**fields, **{name: value for name, value in optional.items() if value is not None}}
