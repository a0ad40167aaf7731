"""Advance: waiting signals are told to the engine; what it decides is kept, many items in one commit.

An item whose decision fails is parked with the reason, inside its own savepoint; the others go on.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from connector.flow.bindings import Binding
from connector.flow.commands import CREATE_TASK, Sender, to_outbox
from connector.flow.facts import Surroundings, facts_of, read_surroundings
from connector.flow.portal import Portal
from connector.flow.signals import GONE, START, VISIT, Hearing, started, to_engine
from connector.flow.starting import bound_at
from connector.records import Item, ItemRef
from connector.store import Connection, journal, mirror, outbox, processes, rotation, signals, timers
from connector.store.journal import NewLine
from connector.store.processes import NewProcess, StoredProcess
from connector.store.signals import WaitingItem
from pipelines.engine import decide
from pipelines.engine.model import Assign, CloseTask, Command, Decision, Entry, Signal, Started
from pipelines.engine.process import Process

logger = logging.getLogger(__name__)

#: Items of one transaction: many share a commit, none waits long for it.
BUNDLE = 50
#: TYPE_ID of rows by which an item comes into a category: api-reference/crm/crm-stage-history-list.md.
CREATED, CATEGORY_CHANGED = 1, 5


def advance(portal: Portal) -> int:
    """Decide on waiting signals; returns how many items were looked at (0: nothing waits)."""
    now = portal.clock.now()
    with portal.database.read() as conn:
        waiting = signals.waiting(conn, portal.name, BUNDLE)
    if not waiting:
        return 0
    with portal.database.write() as conn:
        around = read_surroundings(conn, portal, now)
        for item in waiting:
            _advance_item(conn, around, item, now)
    return len(waiting)


def _advance_item(conn: Connection, around: Surroundings, waiting: WaitingItem, now: datetime) -> None:
    told = waiting.signals[0]
    try:
        with conn.begin_nested():
            for told in waiting.signals:
                for binding in around.portal.bindings_of(waiting.ref.entity_type_id):
                    _tell(conn, around, Hearing(told, binding), now)
            signals.handled(conn, waiting.signals, now)
    except Exception as error:  # whatever it is, it concerns this item only; the reason is kept for a person
        signals.park(conn, told, f"{type(error).__name__}: {error}", now)
        logger.exception("action=advance status=parked portal=%s item=%s", around.portal.name, waiting.ref)


def _tell(conn: Connection, around: Surroundings, hearing: Hearing, now: datetime) -> None:
    """Tell one signal to one pipeline, if it concerns it, and keep what is decided."""
    portal, binding, ref = around.portal, hearing.binding, hearing.signal.ref
    if not _concerns(hearing):
        return
    stored = _process_of(conn, portal.name, ref, binding.pipeline)
    item = mirror.get_item(conn, portal.name, ref)
    signal = _joining(conn, portal, hearing, item) if stored is None else _heard(hearing, stored)
    if signal is None:
        return
    if item is None:
        # The tombstone is set: what it looked like does not matter to what is to be wound up.
        item = _blank(ref)
    process = Process.from_json(stored.state) if stored else None
    # A visit keeps the version it began with; only a new visit takes the newest.
    running = portal.versions.get(conn, process.version) if process else binding.definition
    facts = facts_of(conn, around, binding, item)
    decision = decide(running, process, signal, facts, now, item=str(ref), newest=binding.definition)
    if hearing.signal.kind == GONE and stored is not None:
        outbox.supersede(conn, portal.name, now, "the item was deleted in the CRM", process_id=stored.id)
    Keeper(conn, around, binding, ref, hearing.signal.key, now).keep(stored, decision)


def _concerns(hearing: Hearing) -> bool:
    """Signals that name a pipeline are for that one alone."""
    named = hearing.payload.get("pipeline")
    return named is None or named == hearing.binding.pipeline


def _process_of(conn: Connection, portal: str, ref: ItemRef, pipeline: str) -> StoredProcess | None:
    return next((each for each in processes.of_item(conn, portal, ref) if each.pipeline == pipeline), None)


def _heard(hearing: Hearing, stored: StoredProcess) -> Signal | None:
    """What an item's process hears; a task speaks to the process that made it."""
    owner = hearing.payload.get("process_id")
    if hearing.signal.kind == START or (owner is not None and owner != stored.id):
        return None
    return to_engine(hearing)


def _joining(conn: Connection, portal: Portal, hearing: Hearing, item: Item | None) -> Started | None:
    """The signal by which an item without a process joins the pipeline; None if this one does not do that."""
    binding = hearing.binding
    if item is None or not binding.covers(item.category_id):
        return None
    if hearing.signal.kind == START:
        stage = binding.stage_of(item.category_id, item.stage_id)
        return started(hearing, stage, hearing.payload["how"])
    is_new = hearing.signal.kind == VISIT and hearing.payload["type_id"] in (CREATED, CATEGORY_CHANGED)
    if not is_new or hearing.signal.at < bound_at(conn, portal, binding):
        return None
    if binding.definition.start.on_create and hearing.stage is not None:
        return started(hearing, None, "create")
    return None


def _blank(ref: ItemRef) -> Item:
    return Item(
        ref, "", None, None, None, None, None, None, None, (), None, None, None, None, None, None, None
    )


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
    ) -> None:
        self._conn, self._portal, self._binding = conn, around.portal, binding
        self._ref, self._cause, self._now = ref, cause, now

    def keep(self, stored: StoredProcess | None, decision: Decision) -> None:
        """Write down what was decided; a decision without a process leaves only its journal."""
        process_id = self._keep_process(stored, decision.process)
        is_live = self._mode(stored) == "live"
        if is_live and decision.process is not None:
            self._queue(decision.commands, process_id, decision.process.last_visit)
        self._turn_rotation(decision.commands)
        lines = [self._line(entry) for entry in decision.journal]
        lines += [self._command_line(command, is_live) for command in decision.commands]
        journal.add_many(self._conn, self._portal.name, lines, self._now)

    def _mode(self, stored: StoredProcess | None) -> str:
        return stored.mode if stored else ("shadow" if self._binding.mode == "shadow" else "live")

    def _keep_process(self, stored: StoredProcess | None, process: Process | None) -> int | None:
        if process is None:
            return stored.id if stored else None
        if stored is None:
            return self._insert(process).id
        saved = replace(
            stored,
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
        self._portal.versions.keep(self._conn, self._binding.definition, self._now)
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
            mode="shadow" if self._binding.mode == "shadow" else "live",
            state=process.to_json(),
        )
        made = processes.insert(self._conn, new, self._now)
        timers.replace(self._conn, self._portal.name, made.id, process.timers)
        return made

    def _queue(self, commands: tuple[Command, ...], process_id: int | None, visit: str) -> None:
        sender = Sender(self._portal, self._binding, self._ref, process_id, visit, self._cause)
        for command in commands:
            if isinstance(command, CloseTask):
                self._supersede_unsent(command.run)
        rows = [to_outbox(sender, command) for command in commands]
        outbox.add_many(self._conn, self._portal.name, rows, self._now)

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
            kind="command" if is_live else "would",
            text=describe(command),
            ref=self._ref,
            pipeline=self._binding.pipeline,
            version=why.version,
            rule=f"{why.file}:{why.line or 0} {why.rule}",
            signal_key=why.signal,
            command_key=command.key,
        )


def describe(command: Command) -> str:
    """A command in a few words, for the journal and for rehearsals."""
    name = type(command).__name__
    for attribute in ("title", "stage", "text", "user", "values", "run", "pipeline"):
        if hasattr(command, attribute):
            return f"{name} {getattr(command, attribute)}"
    return name
