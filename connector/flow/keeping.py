"""Keeping: what the engine decided about one item, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from connector.flow.bindings import Binding
from connector.flow.commands import (
    ADD_RESULTS,
    CREATE_TASK,
    MOVE_STAGE,
    UPDATE_TASK,
    Sender,
    outbox_key,
    to_outbox,
)
from connector.flow.facts import Surroundings
from connector.flow.field_values import as_json
from connector.records import ItemRef
from connector.store import Connection, journal, outbox, processes, rotation, timers
from connector.store.journal import NewLine
from connector.store.processes import Mode, NewProcess, StoredProcess
from pipelines.engine.draft import Draft
from pipelines.engine.model import (
    Assign,
    CloseTask,
    Command,
    CreateTask,
    Decision,
    Entry,
    Facts,
    MoveStage,
    SetFields,
)
from pipelines.engine.process import Process
from pipelines.engine.scope import scope_of
from pipelines.engine.wording import show
from pipelines.texts import Text

#: Kind of the journal's lines that say what a pipeline in shadow would have done.
WOULD = "would"
#: What is done to the task of a step while the step lasts.
TASK_WORK = (CREATE_TASK, UPDATE_TASK, ADD_RESULTS)


class Keeper:
    """Keeps one decision: process, timers, outbox, rotation and journal, in the caller's transaction."""

    def __init__(
        self,
        conn: Connection,
        around: Surroundings,
        binding: Binding,
        ref: ItemRef,
        cause: str,
        now: datetime,
        *,
        facts: Facts,
        is_joining: bool,
    ) -> None:
        self._conn, self._portal, self._binding = conn, around.portal, binding
        self._ref, self._cause, self._now = ref, cause, now
        self._facts, self._is_joining = facts, is_joining

    def keep(self, stored: StoredProcess | None, decision: Decision) -> None:
        """Write down what was decided; a decision without a process leaves only its journal."""
        process_id = self._keep_process(stored, decision.process)
        is_live = self._mode(stored) == "live"
        if is_live and decision.process is not None:
            self._queue(decision.commands, process_id, decision.process)
        self._turn_rotation(decision.commands)
        lines = [self._line(entry) for entry in decision.journal]
        lines += [self._command_line(command, is_live) for command in decision.commands]
        journal.add_many(self._conn, self._portal.name, lines, self._now)

    def _mode(self, stored: StoredProcess | None) -> Mode:
        """In shadow nothing is written for anybody; what began in it stays there until it is adopted anew."""
        if self._binding.mode == "shadow":
            return "shadow"
        return "live" if stored is None or self._is_joining else stored.mode

    def _keep_process(self, stored: StoredProcess | None, process: Process | None) -> int | None:
        if process is None:
            return stored.id if stored else None
        if stored is None:
            return self._insert(process).id
        saved = replace(
            stored,
            mode=self._mode(stored),
            version=process.version,
            visit=process.visit,
            stage=process.stage,
            status=process.status,
            phase=process.phase,
            owner_id=process.owner,
            state=process.to_json(),
        )
        if saved != stored:
            processes.save(self._conn, saved, self._now)
        timers.replace(self._conn, self._portal.name, stored.id, process.timers)
        return stored.id

    def _insert(self, process: Process) -> StoredProcess:
        new = NewProcess(
            portal=self._portal.name,
            pipeline=self._binding.pipeline,
            ref=self._ref,
            version=process.version,
            visit=process.visit,
            stage=process.stage,
            status=process.status,
            phase=process.phase,
            owner_id=process.owner,
            mode=self._mode(None),
            state=process.to_json(),
        )
        made = processes.insert(self._conn, new, self._now)
        timers.replace(self._conn, self._portal.name, made.id, process.timers)
        return made

    def _queue(self, commands: tuple[Command, ...], process_id: int | None, process: Process) -> None:
        sender = Sender(
            self._portal,
            self._binding,
            self._ref,
            process_id,
            process.last_visit,
            self._cause,
            known_values(self._facts, process),
            partial(self._render, process),
        )
        self._supersede_outdated(process)
        rows = [to_outbox(sender, command) for command in commands]
        outbox.add_many(self._conn, self._portal.name, rows, self._now)
        # Last: a step may begin and end in one decision.
        for command in commands:
            if isinstance(command, CloseTask):
                self._supersede_unsent(command.run)

    def _render(self, process: Process, text: Text) -> str:
        """A text of config as the engine would write it: plain, each value put in once."""
        facts = self._facts
        scope = scope_of(Draft.of(process), facts, self._now)

        def shown(path: str) -> str:
            value: Any = scope
            for name in path.split("."):
                value = value.get(name) if isinstance(value, Mapping) else None
            return show(value, facts.language, facts.calendar.zone)

        return text.render(facts.language, shown)

    def _supersede_unsent(self, run: str) -> None:
        """A task that is to be closed before it was made is not made."""
        keys = [
            row.key
            for row in outbox.of_item(self._conn, self._portal.name, self._ref)
            if row.kind == CREATE_TASK
            and row.payload.get("run") == run
            and row.state in (outbox.State.PENDING, outbox.State.PARKED)
        ]
        if keys:
            reason = "the step ended before its task was made"
            outbox.supersede(self._conn, self._portal.name, self._now, reason, keys=keys)

    def _supersede_outdated(self, process: Process) -> None:
        """What is parked for an ended step, or a stage that was left, holds the card back no more."""
        keys = [
            row.key
            for row in outbox.parked_of(self._conn, self._portal.name, self._ref)
            if row.pipeline == self._binding.pipeline
            if (row.kind in TASK_WORK and process.run(str(row.payload.get("run"))) is None)
            or (row.kind == MOVE_STAGE and row.visit != process.last_visit)
        ]
        if keys:
            reason = "the card went on without it"
            outbox.supersede(self._conn, self._portal.name, self._now, reason, keys=keys)

    def _turn_rotation(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            if isinstance(command, Assign) and command.team is not None:
                rotation.turn(self._conn, self._portal.name, command.team, command.user, self._now)

    def _line(self, entry: Entry) -> NewLine:
        return NewLine(
            kind=entry.kind,
            text=entry.text,
            ref=self._ref,
            pipeline=self._binding.pipeline,
            version=entry.why.version,
            rule=f"{entry.why.file}:{entry.why.line or 0} {entry.why.rule}",
            signal_key=entry.why.signal,
            details={"step": entry.step, "run": entry.run},
        )

    def _command_line(self, command: Command, is_live: bool) -> NewLine:
        why = command.why
        return NewLine(
            kind="command" if is_live else WOULD,
            text=describe(command),
            ref=self._ref,
            pipeline=self._binding.pipeline,
            version=why.version,
            rule=f"{why.file}:{why.line or 0} {why.rule}",
            signal_key=why.signal,
            command_key=outbox_key(self._portal, self._binding.pipeline, self._ref, command.key),
            details={} if is_live else _details(command),
        )


def known_values(facts: Facts, process: Process | None) -> dict[str, Any]:
    """Standard values and fields of an item, with what its process asked to be written a moment ago."""
    written = {name: each.typed_value for name, each in process.written.items()} if process else {}
    owner = {"owner": process.owner} if process and process.is_assigning else {}
    return {**facts.item, **facts.fields, **written, **owner}


def _details(command: Command) -> dict[str, Any]:
    """What can be held against what people did (`reports.shadow`)."""
    name = type(command).__name__
    match command:
        case MoveStage(stage=stage, visit=visit, because=because):
            return {"command": name, "stage": stage, "visit": visit, "because": because}
        case Assign(user=user):
            return {"command": name, "user": user}
        case SetFields(values=values):
            return {"command": name, "values": as_json(values)}
        case CreateTask(to=to, due=due):
            return {"command": name, "to": to, "due": due.isoformat() if due else None}
    return {"command": name}


#: What tells commands of one kind apart, the most telling first.
_TELLING = (
    *("title", "stage", "text", "user", "values", "run"),
    *("pipeline", "type", "kind", "template", "subject", "workflow", "name"),
)


def describe(command: Command) -> str:
    """A command in a few words, for the journal and for rehearsals."""
    name = type(command).__name__
    values = (getattr(command, attribute, None) for attribute in _TELLING)
    return next((f"{name} {value}" for value in values if value is not None), name)
