"""What an item waits for now: on whom, for what and until when, in sentences, the most pressing first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from connector.flow.commands import CREATE_TASK
from connector.records import Task
from connector.reports.story.story import Story
from connector.reports.story.words import reason
from connector.store.commands import State
from connector.store.processes import StoredProcess
from connector.store.tasks import MadeTask
from connector.store.views import Parked
from pipelines.definition import Definition
from pipelines.diagram.sayings import Sayings
from pipelines.diagram.titles import field_title
from pipelines.engine.process import Process, Run
from pipelines.engine.timers import LIMIT, START, TIME, timer_name
from pipelines.steps import WaitStep

Kind = Literal[
    "gone",
    "parked",
    "overdue",
    "late",
    "held",
    "waits",
    "later",
    "sending",
    "undecided",
    "nothing",
    "free",
    "limit",
    "outside",
    "over",
]
#: The most pressing first.
_ORDER: tuple[Kind, ...] = get_args(Kind)
_NEVER = datetime.max.replace(tzinfo=UTC)
#: What says that somebody or something will go on with the card.
_PLANNED = frozenset({"parked", "overdue", "held", "waits", "later", "sending", "undecided"})


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that is waited for."""

    kind: Kind
    text: str
    #: When it is due, or begins.
    at: datetime | None = None


def what_waits(story: Story) -> list[Notice]:
    """What is waited for now; never empty for an item that is known."""
    if story.is_gone:
        return [Notice("gone", story.speaker.word("now_gone"))]
    found = [_parked(story, each) for each in story.parked]
    for process in story.processes:
        found += _of_process(story, process)
    found += [_own_task(story, task) for task in story.other_tasks if task.status != "completed"]
    found += _on_the_way(story)
    if not any(notice.kind in _PLANNED for notice in found):
        found += _nothing(story)
    return sorted(found, key=lambda notice: (_ORDER.index(notice.kind), notice.at or _NEVER))


def _nothing(story: Story) -> Iterator[Notice]:
    if any(each.phase == "running" and each.status == "open" for each in story.processes):
        yield Notice("nothing", story.speaker.word("now_nothing"))
    elif not story.processes:
        yield Notice("free", story.speaker.word("now_free"))


def _parked(story: Story, parked: Parked) -> Notice:
    speaker = story.speaker
    because = reason(parked.reason, speaker.language)
    command = next((each for each in story.commands if each.key == parked.key), None)
    if parked.what == "command" and command is not None:
        because = f"{speaker.deed(command)} — {because}"
    return Notice("parked", speaker.word("now_parked", reason=because), parked.since_at)


def _on_the_way(story: Story) -> Iterator[Notice]:
    speaker = story.speaker
    for command in story.commands:
        if command.state in (State.PENDING, State.SENDING, State.UNKNOWN):
            yield Notice("sending", speaker.word("now_sending", what=speaker.deed(command)), command.due_at)
    for happening in story.chain:
        if happening.signal is not None and happening.signal.handled_at is None:
            said = speaker.word("now_undecided", what=speaker.happening(happening))
            yield Notice("undecided", said, happening.at)


def _own_task(story: Story, task: Task) -> Notice:
    person = story.speaker.person(task.responsible_id)
    said = story.speaker.word("now_own_task", person=person, task=task.title)
    return _with_due(story, said, task.deadline)


def _with_due(story: Story, said: str, due: datetime | None) -> Notice:
    if due is None:
        return Notice("waits", said)
    is_over = due < story.now
    name = "now_overdue" if is_over else "now_due"
    shown = story.speaker.word(name, when=story.speaker.when(due))
    return Notice("overdue" if is_over else "waits", f"{said}, {shown}", due)


# --- of a process -------------------------------------------------------------------------------------------


def _of_process(story: Story, stored: StoredProcess) -> Iterator[Notice]:
    speaker = story.speaker
    if stored.phase in ("finished", "outside"):
        name = "now_over" if stored.phase == "finished" else "now_outside"
        stage_id = story.item.stage_id if story.item else None
        yield Notice(
            "over" if name == "now_over" else "outside", speaker.word(name, stage=speaker.stage(stage_id))
        )
        return
    definition = story.versions.get(stored.version)
    if definition is None or stored.phase == "gone":
        return
    waits = _Waits(story, definition, Process.from_json(stored.state))
    for notice in waits.all():
        if stored.mode == "shadow":
            notice = Notice(notice.kind, speaker.word("now_shadow", what=notice.text), notice.at)
        yield notice


class _Waits:
    """What one running process waits for."""

    def __init__(self, story: Story, definition: Definition, process: Process) -> None:
        self._story, self._speaker = story, story.speaker
        self._definition, self._process = definition, process
        self._sayings = Sayings(definition, story.speaker.language)
        self._made = {
            each.run: each
            for each in story.made_tasks
            if not each.is_gone and each.task.status != "completed"
        }

        self._unsent = {
            str(each.payload.get("run"))
            for each in story.commands
            if each.kind == CREATE_TASK and each.finished_at is None
        }

    def all(self) -> Iterator[Notice]:
        for run in self._process.runs:
            yield from self._of_run(run)
        yield from self._of_moves()
        yield from self._of_limit()

    def _of_limit(self) -> Iterator[Notice]:
        stage = self._definition.stage(self._process.stage)
        if stage is None or stage.limit is None:
            return
        limit = self._story.config.working_calendar().add(self._process.entered_at, stage.limit)
        when = self._speaker.when(limit)
        if limit < self._story.now:
            yield Notice(
                "late", self._speaker.word("now_late", stage=self._stage(stage.id), when=when), limit
            )
        else:
            yield Notice("limit", self._speaker.word("now_limit", when=when), limit)

    def _of_run(self, run: Run) -> Iterator[Notice]:
        if run.state == "later":
            yield self._later(run)
        elif run.kind == "wait" and run.state == "open":
            yield self._signal(run)
        elif run.kind == "approve" and run.state == "open":
            yield self._approval(run)
        elif run.key in self._unsent:
            return  # nobody has the task yet: that it is on its way, or parked, is said elsewhere
        elif run.to is None:
            yield Notice("waits", self._speaker.word("now_nobody", task=self._title(run)))
        else:
            yield self._task(run, run.to)

    def _later(self, run: Run) -> Notice:
        at = run.due or self._process.timers.get(timer_name(run.key, START))
        when = self._speaker.when(at) if at else "…"
        return Notice("later", self._speaker.word("now_later", step=self._title(run), when=when), at)

    def _signal(self, run: Run) -> Notice:
        step = self._definition.step(None, run.step)
        what = self._sayings.wait(step.wait.signal) if isinstance(step, WaitStep) else ""
        said = self._speaker.word("now_wait", step=self._title(run), what=what)
        timers = self._process.timers
        at = timers.get(timer_name(run.key, TIME)) or timers.get(timer_name(run.key, LIMIT))
        return _with_due(self._story, said, at)

    def _approval(self, run: Run) -> Notice:
        people = [self._speaker.person(vote.user) for vote in run.votes if vote.state == "asked"]
        keys = [run.key_of(vote) for vote in run.votes if vote.state == "asked"]
        made = next((self._made[key] for key in keys if key in self._made), None)
        said = self._speaker.word("now_approval", people=", ".join(people) or "…", task=self._title(run))
        return _with_due(self._story, said, made.task.deadline if made else run.due)

    def _task(self, run: Run, to: int) -> Notice:
        """A task as it stands in the CRM: somebody may have put it off, or given it to another."""
        made = self._made.get(run.key)
        person = self._speaker.person(made.task.responsible_id if made else to)
        title = made.task.title if made else self._title(run)
        if run.postponed_until is not None and run.postponed_until > self._story.now:
            when = self._speaker.when(run.postponed_until)
            said = self._speaker.word("now_put_off", person=person, when=when, task=title)
            return Notice("later", said, run.postponed_until)
        if run.state == "missing" or run.kind == "missing":
            fields = self._fields(run.missing)
            return self._due(
                run, made, self._speaker.word("now_missing", person=person, task=title, fields=fields)
            )
        return self._due(run, made, self._speaker.word("now_task", person=person, task=title))

    def _due(self, run: Run, made: MadeTask | None, said: str) -> Notice:
        return _with_due(self._story, said, made.task.deadline if made else run.due)

    def _of_moves(self) -> Iterator[Notice]:
        process, speaker = self._process, self._speaker
        refusal, intent = process.refusal, process.intent
        if refusal is not None and not refusal.is_returned:
            because = self._because(refusal.missing)
            name = "now_move" if refusal.mode == "hold" else "now_refused"
            yield Notice("held", speaker.word(name, stage=self._stage(refusal.stage), reason=because))
        elif intent is not None and intent.is_sent:
            yield Notice("sending", speaker.word("now_moving", stage=self._stage(intent.stage)))
        elif intent is not None and intent.held_by:
            because = self._because(intent.missing)
            yield Notice("held", speaker.word("now_move", stage=self._stage(intent.stage), reason=because))

    def _because(self, missing: Sequence[str]) -> str:
        if missing:
            return self._speaker.word("now_fields", fields=self._fields(missing))
        return self._speaker.word("now_condition")

    def _fields(self, names: Sequence[str]) -> str:
        return ", ".join(field_title(self._definition, name, self._speaker.language) for name in names)

    def _stage(self, stage: str) -> str:
        return self._speaker.pipeline_stage(self._definition.hash, stage)

    def _title(self, run: Run) -> str:
        made = self._made.get(run.key)
        if made is not None:
            return made.task.title
        if run.step:
            return self._speaker.step(self._definition.hash, run.step)
        return self._speaker.word(f"run_{run.kind}")
