"""A very small CRM for tests of the engine: one item, its tasks, an outbox that is worked off when told to.

`tell` gives the engine one signal and checks what every decision must keep to: see `check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.calendar import CalendarSpec
from pipelines.definition import Definition
from pipelines.engine import (
    Assign,
    CloseTask,
    Command,
    CreateTask,
    Decision,
    Entry,
    Facts,
    ItemChanged,
    Moved,
    MoveStage,
    Person,
    Process,
    Restored,
    SetFields,
    Signal,
    Started,
    TaskCancelled,
    TaskCompleted,
    TaskPostponed,
    TimerFired,
    UpdateTask,
    decide,
    due_timers,
)
from pipelines.loader import load_text

MONDAY = datetime(2026, 1, 12, 9, tzinfo=ZoneInfo("Europe/Moscow"))
PEOPLE = {
    1: Person(1, "Admin", is_admin=True),
    3: Person(3, "Boris"),
    7: Person(7, "Anna", head=3),
    8: Person(8, "Vera", head=3),
    9: Person(9, "Gone", is_active=False, head=3),
}
CALENDAR = CalendarSpec().build()
#: A pipeline whose stages move on round and round by themselves is stopped by the connector's brake.
MOST_VISITS = 100


class CRM:
    """One item of one pipeline. Commands are done at once unless `is_slow`."""

    def __init__(self, definition: Definition | str, *, stage: str | None = None, **item: Any) -> None:
        self.definition = load_text(definition, "test.toml") if isinstance(definition, str) else definition
        self.newest = self.definition
        self.now = MONDAY
        self.item: dict[str, Any] = {"title": "Acme", "owner": 7, "amount": None, **item}
        self.item["stage"] = stage or self.definition.stages[0].id
        self.fields: dict[str, Any] = {}
        self.facts: dict[str, Any] = {"people": PEOPLE, "admin": 1, "creator": 7}
        self.process: Process | None = None
        self.visit = 1
        self.is_slow = False
        self.outbox: list[Command] = []
        #: run → the open task.
        self.tasks: dict[str, CreateTask] = {}
        self.commands: list[Command] = []
        self.journal: list[Entry] = []
        self._keys: set[str] = set()
        self._signals = 0
        self._is_working = False

    # --- the engine

    def start(self, how: str = "create", stage: str | None = None, step: str | None = None) -> Decision:
        return self.tell(Started, visit="v1", stage=stage, how=how, step=step)

    def tell(self, kind: type[Signal], *, by: int | None = None, **values: Any) -> Decision:
        """Tell the engine one signal, check the decision, and do what it asks for."""
        self._signals += 1
        signal = kind(key=f"s{self._signals}", at=self.now, by=by, **values)
        facts = self.known()
        decision = decide(
            self.definition, self.process, signal, facts, self.now, item="deal:1", newest=self.newest
        )
        self._take(decision)
        self.check(signal, facts, decision)
        if not self.is_slow and not self._is_working:
            self.work_off()
        return decision

    def known(self) -> Facts:
        return Facts(calendar=CALENDAR, item=dict(self.item), fields=dict(self.fields), **self.facts)

    def _take(self, decision: Decision) -> None:
        self.process = decision.process
        if self.process is not None and self.process.version == self.newest.hash:
            self.definition = self.newest
        self.journal += decision.journal
        for command in decision.commands:
            self.commands.append(command)
            is_new = command.key not in self._keys
            assert is_new or "/press/" in command.key, f"{command.key} was asked for before"
            self._keys.add(command.key)
            self._keep_task(command)
            if is_new:
                self.outbox.append(command)

    def _keep_task(self, command: Command) -> None:
        if isinstance(command, CreateTask) and command.kind != "action":
            assert command.run not in self.tasks
            self.tasks[command.run] = command
        elif isinstance(command, CloseTask):
            del self.tasks[command.run]
        elif isinstance(command, UpdateTask):
            task = self.tasks[command.run]
            changes = {"to": command.to, "due": command.due, "description": command.description}
            self.tasks[command.run] = task.but(**{k: v for k, v in changes.items() if v is not None})

    def work_off(self, number: int | None = None) -> None:
        """Do the oldest commands of the outbox (all of them, and what follows, without a number)."""
        self._is_working = True
        while self.outbox and number != 0:
            self._do(self.outbox.pop(0))
            number = None if number is None else number - 1
        self._is_working = False

    def _do(self, command: Command) -> None:
        if isinstance(command, SetFields):
            for name, value in command.values.items():
                (self.fields if name in self.definition.fields else self.item)[name] = value
            self.tell(ItemChanged)
        elif isinstance(command, Assign):
            self.item["owner"] = command.user
            self.tell(ItemChanged)
        elif (
            isinstance(command, MoveStage) and command.visit == f"v{self.visit}" and self.visit < MOST_VISITS
        ):
            self._put(command.stage, by=None, by_connector=True)

    # --- what people do

    def move(self, stage: str | None, by: int | None = 7) -> None:
        self._put(stage, by=by, by_connector=False)

    def _put(self, stage: str | None, by: int | None, by_connector: bool) -> None:
        self.visit += 1
        self.item["stage"] = stage
        self.tell(Moved, visit=f"v{self.visit}", stage=stage, by_connector=by_connector, by=by)

    def fill(self, by: int | None = 7, **values: Any) -> Decision:
        for name, value in values.items():
            (self.fields if name in self.definition.fields else self.item)[name] = value
        return self.tell(ItemChanged, by=by)

    def complete(self, step: str, outcome: str | None = None, by: int | None = 7, note: str = "") -> Decision:
        run = self.run(step)
        self.tasks.pop(run)
        return self.tell(TaskCompleted, run=run, outcome=outcome, by=by, note=note)

    def cancel(self, step: str, by: int | None = 7) -> Decision:
        run = self.run(step)
        self.tasks.pop(run)
        return self.tell(TaskCancelled, run=run, by=by)

    def postpone(self, step: str, until: datetime | None = None, by: int | None = 7) -> Decision:
        return self.tell(TaskPostponed, run=self.run(step), until=until, by=by)

    def advance(self, span: timedelta) -> None:
        """Let time pass; timers fire one by one, each at its time."""
        end = self.now + span
        while self.process is not None and self.process.timers:
            due = min(self.process.timers.values())
            if due > end:
                break
            self.now = max(self.now, due)
            self.fire()
        self.now = end

    def fire(self) -> None:
        """Tell the first timer that is due."""
        assert self.process is not None
        due = due_timers(self.definition, self.process, self.now)
        if due:
            self.tell(TimerFired, name=due[0])

    def restore(self) -> None:
        self.tell(Restored)

    # --- looking

    @property
    def told(self) -> int:
        """How many signals the engine was told."""
        return self._signals

    def run(self, step: str) -> str:
        """The run of the one open task of a step (or of the choice, or a list of missing fields)."""
        assert self.process is not None
        name = step if step.startswith(":") else f"/{step}/"
        found = [run for run in self.tasks if name in run]
        assert len(found) == 1, f"{step}: open are {list(self.tasks)}"
        return found[0]

    def task(self, step: str) -> CreateTask:
        return self.tasks[self.run(step)]

    @property
    def state(self) -> Process:
        assert self.process is not None
        return self.process

    @property
    def open(self) -> list[str]:
        """The steps that are live now."""
        return sorted(run.step for run in self.state.runs if run.step and run.state != "later")

    @property
    def stage(self) -> str:
        return self.state.stage

    def asked(self, kind: type[Command]) -> list[Any]:
        """Every command of a kind so far."""
        return [command for command in self.commands if isinstance(command, kind)]

    def said(self, kind: str) -> list[Entry]:
        """The journal lines of a kind so far."""
        return [entry for entry in self.journal if entry.kind == kind]

    # --- what every decision keeps to

    def check(self, signal: Signal, facts: Facts, decision: Decision) -> None:
        process = decision.process
        if process is None:
            return
        self._check_repeat(signal, facts, decision, process)
        self._check_explained(signal, decision)
        assert Process.from_json(process.to_json()) == process
        steps = [run.step for run in process.runs if run.step]
        assert len(steps) == len(set(steps)), "a step runs twice"
        if process.phase != "gone":
            self._check_tasks(process)
        owners = {process.visit, *(run.key for run in process.runs)}
        assert {name.rpartition("#")[0] for name in process.timers} <= owners, "a timer of nothing"
        self._check_nothing_is_lost(process)
        for command in decision.commands:
            if isinstance(command, CreateTask):
                assert facts.people[command.to].is_active if command.to in facts.people else True

    def _check_repeat(self, signal: Signal, facts: Facts, decision: Decision, process: Process) -> None:
        """The same signal, or news without news, does nothing more."""
        definition = self.definition
        again = decide(definition, process, signal, facts, self.now)
        assert again == Decision(process)
        news = ItemChanged(key=f"{signal.key}-again", at=self.now)
        settled = decide(definition, process, news, facts, self.now)
        assert (settled.commands, settled.journal) == ((), ())

    def _check_explained(self, signal: Signal, decision: Decision) -> None:
        for said in (*decision.commands, *decision.journal):
            assert said.why.rule
            assert said.why.signal == signal.key
            assert said.why.version

    def _check_tasks(self, process: Process) -> None:
        """The open tasks of the CRM are those that the process knows."""
        known = {run.key for run in process.runs if run.to is not None}
        for run in process.runs:
            asked = [vote for vote in run.votes if vote.state == "asked"]
            known |= {run.key_of(vote) for vote in asked}
        assert set(self.tasks) == known

    def _check_nothing_is_lost(self, process: Process) -> None:
        """While a stage is worked on, something of it is live, or the process is about to move."""
        if process.phase != "running" or not process.stage or process.is_ended or process.intent:
            return
        here = {step.id for step in self.definition.stage(process.stage).steps}
        live = [run for run in process.runs if run.step in here or (run.step and not run.is_process_wide)]
        assert live, "the stage stands still"


def texts(definition: Mapping[str, Any]) -> Definition:
    """A definition from plain values, as a TOML file would give them."""
    return Definition.model_validate(definition)
