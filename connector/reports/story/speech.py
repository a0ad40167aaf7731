"""Speech: what is known of an item, said in one language, with names for ids of people, stages and steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.records import Person
from connector.reports.story import times
from connector.reports.story.chain import Consequence, Happening
from connector.reports.story.deeds import as_deed, say_deed
from connector.reports.story.words import WORDS, reason, word
from connector.store.commands import QueuedCommand, State
from connector.store.journal import Line
from connector.store.views import RecentSignal
from pipelines.definition import Definition
from pipelines.diagram.titles import plain, stage_title, step_title
from pipelines.diagram.words import span
from pipelines.durations import Duration
from pipelines.engine.model import Language
from pipelines.engine.timers import split_name
from pipelines.retelling import Retelling

#: Lines about one command, written as "kind of command: reason".
_ABOUT_COMMANDS = frozenset({"parked", "conflict", "given_up"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Says things about one item."""

    language: Language
    zone: ZoneInfo
    now: datetime
    people: Mapping[int, Person]
    #: Titles of the CRM's stages by their ids.
    stages: Mapping[str, str]
    #: The versions of pipelines that anything was decided by, as far as they are kept.
    definitions: Mapping[str, Definition]
    #: Titles of the pipelines by their names in config.toml.
    pipelines: Mapping[str, str]
    #: Titles of the connector's tasks by their step runs.
    tasks: Mapping[str, str]
    #: Titles of the card's fields by their REST names.
    fields: Mapping[str, str]
    #: Ids stand beside names.
    has_ids: bool = False
    _retellings: dict[str | None, Retelling] = field(default_factory=dict)

    def word(self, name: str, /, **values: object) -> str:
        return word(name, self.language, **values)

    # --- names ----------------------------------------------------------------------------------------------

    def person(self, user: int | None) -> str:
        """Somebody by name; by id where the portal knows no name."""
        if user is None:
            return self.word("nobody")
        name = self.people[user].name if user in self.people else ""
        return f"{name or self.word('user')} ({user})" if self.has_ids or not name else name

    def stage(self, stage_id: str | None) -> str:
        """A stage of the CRM by its title."""
        title = self.stages.get(stage_id or "")
        if title is None:
            return stage_id or "—"
        quoted = f"«{title}»" if self.language == "ru" else f'"{title}"'
        return f"{quoted} ({stage_id})" if self.has_ids else quoted

    def pipeline_stage(self, version: str | None, stage: str) -> str:
        """A stage as the pipeline's file calls it."""
        definition = self.definitions.get(version or "")
        return stage_title(definition, stage, self.language) if definition else stage

    def step(self, version: str | None, step: str) -> str:
        """A step as the pipeline's file calls it."""
        definition = self.definitions.get(version or "")
        found = definition.step(None, step) if definition else None
        return step_title(found, self.language) if found else step

    def pipeline(self, name: str) -> str:
        return self.pipelines.get(name, name)

    def when(self, at: datetime) -> str:
        """An instant beside the present one."""
        return times.when(at, self.now, self.zone, self.language)

    def span(self, length: Duration) -> str:
        """A length of time as a file sets it."""
        return span(length, self.language)

    def date(self, text: str | None) -> str:
        """An instant that was kept as text."""
        return self.when(datetime.fromisoformat(text)) if text else self.word("no_date")

    # --- what happened --------------------------------------------------------------------------------------

    def happening(self, happening: Happening) -> str:
        """A signal in words, and who did it, where that is known."""
        signal = happening.signal
        if signal is None:
            return happening.key or self.word("of_itself")
        tell = _SIGNALS.get(signal.kind)
        said = tell(self, signal, happening) if tell else signal.kind
        by = signal.payload.get("by")
        return said + (self.word("by", person=self.person(by)) if by is not None else "")

    def line(self, consequence: Consequence) -> str:
        """A line of the journal in words; of a command, what it does."""
        line, command = consequence.line, consequence.command
        if consequence.is_command:
            deed = (command.kind, command.payload) if command else as_deed(line)
            return say_deed(self, line.version, *deed) if deed else line.text
        if line.kind in _ABOUT_COMMANDS:
            return self._about_command(line)
        return self.retelling(line.version).line(line.kind, line.text)

    def _about_command(self, line: Line) -> str:
        kind, _, because = line.text.partition(": ")
        what = self.word(f"noun_{kind}") if f"noun_{kind}" in WORDS else kind
        return self.word(line.kind, what=what, reason=reason(because, self.language))

    def deed(self, command: QueuedCommand) -> str:
        """A command of the outbox in words."""
        return say_deed(self, None, command.kind, command.payload)

    def fate(self, consequence: Consequence) -> str:
        """What became of a command, in a few words; "" for other lines."""
        if not consequence.is_command:
            return ""
        if consequence.line.kind == "would":
            return self.word("fate_shadow")
        return self.fate_of(consequence.command)

    def fate_of(self, command: QueuedCommand | None) -> str:
        """What became of a command of the outbox; None: its row is not kept any more."""
        if command is None:
            return self.word("fate_lost")
        said = self.word(f"fate_{command.state}")
        if command.state is State.DONE:
            return said + (self.word("fate_id", id=command.remote_id) if command.remote_id else "")
        return f"{said}: {reason(command.reason, self.language)}" if command.reason else said

    def retelling(self, version: str | None) -> Retelling:
        """What says lines that were decided by a version."""
        if version not in self._retellings:
            definition = self.definitions.get(version or "")
            self._retellings[version] = Retelling(self.language, definition)
        return self._retellings[version]


# --- signals ------------------------------------------------------------------------------------------------


def _visit(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    payload = signal.payload
    said = speaker.word("visit", stage=speaker.stage(payload.get("stage_id")))
    number = speaker.word("visit_number", visit=payload.get("visit")) if speaker.has_ids else ""
    return said + number + (speaker.word("own_move") if payload.get("command") else "")


def _start(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    how = speaker.retelling(None).value(str(signal.payload["how"]))
    return speaker.word("start", pipeline=speaker.pipeline(signal.payload["pipeline"]), how=how)


def _completed(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    outcome = signal.payload.get("outcome")
    said = _outcome(speaker, signal, happening, outcome) if outcome else speaker.word("no_result")
    return speaker.word("task_completed", task=_task(speaker, signal), outcome=said)


def _outcome(speaker: Speaker, signal: RecentSignal, happening: Happening, outcome: str) -> str:
    """The title of a result; where ids are shown, the id."""
    if speaker.has_ids:
        return outcome
    step = str(signal.payload.get("run", "")).split("/")[1:2]
    for each in happening.consequences:
        definition = speaker.definitions.get(each.line.version or "")
        found = definition.step(None, step[0]) if definition and step else None
        named = found.outcome(outcome) if found else None
        if named is not None and named.title is not None:
            return named.title.in_language(speaker.language)
    return speaker.retelling(None).value(outcome)


def _postponed(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    until = speaker.date(signal.payload.get("until"))
    return speaker.word("task_postponed", task=_task(speaker, signal), until=until)


def _task(speaker: Speaker, signal: RecentSignal) -> str:
    """A task by its title; where ids are shown, by its id."""
    title = speaker.tasks.get(str(signal.payload.get("run")))
    if speaker.has_ids or title is None:
        return str(signal.payload["task_id"])
    return f"«{title}»" if speaker.language == "ru" else f'"{title}"'


def _timer(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    name = str(signal.payload["name"])
    owner, kind, _ = split_name(name)
    parts = owner.split("/")
    version = next((each.line.version for each in happening.consequences), None)
    if speaker.has_ids or f"timer_{kind}" not in WORDS or version is None:
        return speaker.word("timer", name=name)
    step = parts[1] if len(parts) > 1 else None
    what = speaker.step(version, step) if step else _stage_of(speaker, happening)
    return speaker.word(f"timer_{kind}", what=what) if what else speaker.word("timer", name=name)


def _stage_of(speaker: Speaker, happening: Happening) -> str:
    """The stage whose clock it was, by the rule that was followed."""
    rules = (str(each.line.rule or "").rpartition(" ") for each in happening.consequences)
    versions = (each.line.version for each in happening.consequences)
    return next(
        (
            speaker.pipeline_stage(version, name)
            for (rule, _, name), version in zip(rules, versions, strict=True)
            if rule.endswith("stage")
        ),
        "",
    )


def _answered(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    run = str(signal.payload["run"])
    shown = run if speaker.has_ids else speaker.tasks.get(run, run)
    return speaker.word("answered", run=shown, value=signal.payload["value"])


def _pressed(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    """The title of the follow-on that was asked for; where ids are shown, the id."""
    button = str(signal.payload["button"])
    if speaker.has_ids:
        return speaker.word("pressed_id", button=button)
    offered = (each.follow_on(button) for each in speaker.definitions.values())
    found = next((each for each in offered if each is not None), None)
    button = (plain(found.title, speaker.language) if found is not None else "") or button
    return speaker.word("pressed", button=button)


def _child(speaker: Speaker, signal: RecentSignal, happening: Happening) -> str:
    status = str(signal.payload["status"])
    name = f"status_{status}"
    said = speaker.word(name) if name in WORDS else status
    return speaker.word("child", link=signal.payload["link"], status=said)


_SIGNALS: Mapping[str, Callable[[Speaker, RecentSignal, Happening], str]] = {
    "visit": _visit,
    "changed": lambda speaker, signal, happening: speaker.word("changed"),
    "gone": lambda speaker, signal, happening: speaker.word("gone"),
    "restored": lambda speaker, signal, happening: speaker.word("restored"),
    "start": _start,
    "task_completed": _completed,
    "task_postponed": _postponed,
    "task_cancelled": lambda speaker, signal, happening: speaker.word(
        "task_cancelled", task=_task(speaker, signal)
    ),
    "timer": _timer,
    "external": lambda speaker, signal, happening: speaker.word("external", name=signal.payload["name"]),
    "pressed": _pressed,
    "answered": _answered,
    "child": _child,
}
