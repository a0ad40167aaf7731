"""Tasks: made with a marker and a checklist of results, changed, closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connector.bitrix24 import tasks as wire_tasks
from connector.bitrix24.bbcode import escape_text
from connector.bitrix24.call import BATCH_SIZE, Call
from connector.bitrix24.checklists import (
    add_checklist,
    add_task_with_checklist,
    checklist_ids,
    lines_by_text,
)
from connector.bitrix24.outcome import Answer
from connector.flow import observe
from connector.flow.commands import ADD_RESULTS, CLOSE_TASK, marker
from connector.flow.effects.base import (
    MAIN,
    Effect,
    Ending,
    Found,
    Look,
    Prepared,
    Settled,
    read_task_again,
)
from connector.flow.observe import DEADLINE, STATUS
from connector.flow.portal import Portal
from connector.records import ChecklistItem, Task
from connector.store import Connection, catalogue, outbox, processes, tasks
from connector.store.outbox import NewCommand, QueuedCommand
from connector.store.tasks import MadeTask
from pipelines.engine.phrases import phrase
from pipelines.engine.process import Process

#: All tasks of ours carry it, so that people can filter by it; nothing relies on it.
TAG = "funnelwright"
#: The name that `add_task_with_checklist` gives the task's own call.
ADDED = "add"
#: Lines that fit into a batch beside the task and the checklist's own name; the rest comes after them.
MOST_LINES = BATCH_SIZE - 2


class CreateTask(Effect):
    """A task for a person, bound to the item; the marker is the command's key."""

    is_repeatable = False

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        code = catalogue.get_entity_types(conn, portal.name).get(command.ref.entity_type_id)
        if code is None:
            return Settled(Ending.PARKED, f"unknown entity type {command.ref.entity_type_id}: run sync")
        payload = command.payload
        add = wire_tasks.add_task(
            title=" ".join(payload["title"].split()),
            description=escape_text(payload["description"]),
            responsible_id=payload["responsible_id"],
            deadline=_instant(payload["deadline"]),
            bindings=[f"{code.short_code}_{command.ref.id}"],
            marker=command.key,
            tags=[TAG],
            priority=2 if payload["is_urgent"] else 1,
        )
        lines = result_lines(payload)
        if not lines:
            return Prepared({ADDED: add}, main=ADDED)
        title = phrase("result", portal.config.language)
        first = dict(list(lines.items())[:MOST_LINES])
        return Prepared(add_task_with_checklist(add, title, first), main=ADDED)

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        task = wire_tasks.task_of(answers[ADDED])
        line_ids = checklist_ids(answers, result_lines(command.payload))
        self._keep_task(conn, portal, command, task, line_ids, now)
        return str(task.id)

    def probe(self, portal: Portal, command: QueuedCommand) -> Mapping[str, Call]:
        return {"find": wire_tasks.find_by_marker(command.key)}

    def look(self, portal: Portal, command: QueuedCommand, answers: Mapping[str, Answer]) -> Look:
        found = wire_tasks.tasks_with_marker(answers["find"], command.key)
        return Look(Found.DONE, str(found[0].id)) if found else Look(Found.NOTHING)

    def adopt(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> None:
        found = wire_tasks.tasks_with_marker(answers["find"], command.key)[0]
        # As it was asked for: what a rep has done with it meanwhile is news, and is read again at once.
        task = replace(
            found, status="pending", deadline=_instant(command.payload["deadline"]), checklist=None
        )
        self._keep_task(conn, portal, command, task, {}, now)
        # It may be long since it was made, and what a rep did with it meanwhile was nobody's task to us.
        read_task_again(conn, portal, task.id, now)

    def _keep_task(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        task: Task,
        line_ids: Mapping[str, int],
        now: datetime,
    ) -> None:
        made = MadeTask(
            portal=portal.name,
            ref=command.ref,
            process_id=command.process_id,
            run=command.payload["run"],
            kind=command.payload["task_kind"],
            task=task,
            outcome_lines={line_id: outcome for outcome, line_id in line_ids.items()},
        )
        tasks.add(conn, made, now)
        if set(line_ids) != set(result_lines(command.payload)):
            # It reads the task: what a rep did with it meanwhile is told when the lines' meaning is known.
            outbox.add_many(conn, portal.name, [_add_results(portal, command, task.id)], now)


def result_lines(payload: Mapping[str, Any]) -> dict[str, str]:
    """Lines of the checklist by what ticking one means: an outcome's id, or "line:n" for a plain one."""
    plain = {f"line:{number}": text for number, text in enumerate(payload["checklist"])}
    return plain | {outcome: title for outcome, title in payload["outcomes"]}


def _add_results(portal: Portal, command: QueuedCommand, task_id: int) -> NewCommand:
    """The task is there, its checklist is not, or not all of it."""
    lines = command.payload.get("lines") or result_lines(command.payload)
    return NewCommand(
        key=marker(portal, command.pipeline, f"{command.key}:results"),
        kind=ADD_RESULTS,
        ref=command.ref,
        pipeline=command.pipeline,
        visit=command.visit,
        payload={"task_id": task_id, "lines": lines},
        process_id=command.process_id,
        cause=command.cause,
    )


class AddResults(Effect):
    """The checklist of a task that has none yet, or lacks lines; what is there is read first."""

    def guard(self, portal: Portal, commands: Sequence[QueuedCommand]) -> Mapping[str, Settled]:
        by_task = {command.payload["task_id"]: command for command in commands}
        there = wire_tasks.read_tasks(portal.client, by_task)
        present = [task for task in there.values() if task is not None]
        now, title = portal.clock.now(), phrase("result", portal.config.language)
        with portal.database.write() as conn:
            for task in present:
                here = lines_by_text(task.checklist or (), title, by_task[task.id].payload["lines"])
                by_line = {line: key for key, line in here.items()}
                tasks.set_outcome_lines(conn, portal.name, task.id, by_line)
            observe.tell_of_tasks(conn, portal, tasks.upsert_many(conn, portal.name, present, now), now)
        return {
            command.key: Settled(Ending.WITHDRAWN, "the task is gone")
            for task_id, command in by_task.items()
            if there.get(task_id) is None
        }

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        task_id, lines = command.payload["task_id"], command.payload["lines"]
        title = phrase("result", portal.config.language)
        here = self._lines_here(conn, portal, command)
        missing = {key: text for key, text in lines.items() if key not in here}
        if not missing:
            tasks.set_outcome_lines(conn, portal.name, task_id, {line: key for key, line in here.items()})
            return Settled(Ending.DONE, "the checklist is complete")
        checklist = _checklist(conn, portal, task_id)
        root = next((line.id for line in checklist if not line.parent_id and line.title == title), None)
        first = dict(list(missing.items())[:MOST_LINES])
        calls = add_checklist(task_id, title, first, root_id=root)
        return Prepared(calls, main=next(iter(calls)))

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        here = self._lines_here(conn, portal, command)
        missing = {key: text for key, text in command.payload["lines"].items() if key not in here}
        lines = here | checklist_ids(answers, missing)
        by_line = {line: key for key, line in lines.items()}
        tasks.set_outcome_lines(conn, portal.name, command.payload["task_id"], by_line)
        if set(lines) != set(command.payload["lines"]):
            outbox.add_many(
                conn, portal.name, [_add_results(portal, command, command.payload["task_id"])], now
            )
        return None

    def _lines_here(self, conn: Connection, portal: Portal, command: QueuedCommand) -> dict[str, int]:
        checklist = _checklist(conn, portal, command.payload["task_id"])
        return lines_by_text(checklist, phrase("result", portal.config.language), command.payload["lines"])


def _checklist(conn: Connection, portal: Portal, task_id: int) -> Sequence[ChecklistItem]:
    made = tasks.get(conn, portal.name, task_id)
    return (made.task.checklist or ()) if made else ()


class UpdateTask(Effect):
    """Responsible person, deadline or text of the open task of a run.

    Handing a task over puts it back to pending, whatever it was (api-reference/tasks/tasks-task-update). If a
    person had ended it just then, which the same batch looks at, it is closed again, and their result counts.
    """

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        payload = command.payload
        made = tasks.open_for(conn, portal.name, payload["run"])
        if made is None or _is_over(conn, command):
            # An earlier try may have landed after its end.
            if command.tries > 1 and (ended := _newest(conn, portal, command)) is not None:
                _close_again(conn, portal, command, ended, portal.clock.now())
            return Settled(Ending.WITHDRAWN, "the run has no open task")
        description = payload["description"]
        update = wire_tasks.update_task(
            made.task.id,
            responsible_id=payload["responsible_id"],
            deadline=_instant(payload["deadline"]),
            description=None if description is None else escape_text(description),
        )
        deadline = payload["deadline"]
        echoes = [(f"{DEADLINE}:{made.task.id}", deadline)] if deadline else []
        return Prepared({"before": wire_tasks.get_task(made.task.id), MAIN: update}, echoes)

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        made = _newest(conn, portal, command)
        if made is not None:
            read_task_again(conn, portal, made.task.id, now)
            if _had_ended(answers["before"]):
                _close_again(conn, portal, command, made, now)
        return None


def _newest(conn: Connection, portal: Portal, command: QueuedCommand) -> MadeTask | None:
    there = [made for made in tasks.of_run(conn, portal.name, command.payload["run"]) if not made.is_gone]
    return there[-1] if there else None


def _is_over(conn: Connection, command: QueuedCommand) -> bool:
    """Whether the process waits for that run no more, whatever its task looks like."""
    stored = processes.get(conn, command.process_id) if command.process_id is not None else None
    return stored is not None and Process.from_json(stored.state).run(command.payload["run"]) is None


def _had_ended(before: Answer) -> bool:
    return before.is_done and bool(before.result) and wire_tasks.task_of(before).status == "completed"


def _close_again(
    conn: Connection, portal: Portal, command: QueuedCommand, made: MadeTask, now: datetime
) -> None:
    """Close a task that a person had ended before it was handed over."""
    if command.payload["responsible_id"] is None:
        return
    closing = NewCommand(
        key=marker(portal, command.pipeline, f"{command.key}:close"),
        kind=CLOSE_TASK,
        ref=command.ref,
        pipeline=command.pipeline,
        visit=command.visit,
        payload={
            "run": command.payload["run"],
            "reason": "a person had ended the task before it was handed over",
            "task_id": made.task.id,
            "is_news": not _is_over(conn, command),
        },
        process_id=command.process_id,
        cause=command.cause,
    )
    outbox.add_many(conn, portal.name, [closing], now)


class CloseTask(Effect):
    """The open task of a run is completed; one that a person ended meanwhile is as it should be.

    With a `task_id` it is that task, whatever the mirror knows of it; with `is_news` its end is a person's,
    and the process has not heard of it.
    """

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        task_id = self._task_id(conn, portal, command)
        if task_id is None:
            return Settled(Ending.DONE, "the run has no open task")
        calls = {MAIN: wire_tasks.complete_task(task_id), "see": wire_tasks.get_task(task_id)}
        # What a person had done before us is told when it is read; what we do ourselves is expected back.
        is_news = command.payload.get("is_news", False)
        return Prepared(calls, [] if is_news else [(f"{STATUS}:{task_id}", "completed")])

    def refused(self, command: QueuedCommand, answers: Mapping[str, Answer]) -> Settled | None:
        seen = answers.get("see")
        if seen is None or not seen.is_done:
            return None
        if not seen.result or wire_tasks.task_of(seen).status == "completed":
            return Settled(Ending.DONE, "a person had ended the task")
        return None

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        task_id = self._task_id(conn, portal, command)
        if task_id is not None:
            read_task_again(conn, portal, task_id, now)
        return None

    def _task_id(self, conn: Connection, portal: Portal, command: QueuedCommand) -> int | None:
        if (task_id := command.payload.get("task_id")) is not None:
            return int(task_id)
        made = tasks.open_for(conn, portal.name, command.payload["run"])
        return made.task.id if made else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
