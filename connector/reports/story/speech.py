"""Speech: what is known of an item, said in one language, with names for ids of people, stages and steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.records import Person
from connector.reports.story import signals, times
from connector.reports.story.chain import Consequence, Happening
from connector.reports.story.deeds import as_deed, say_deed
from connector.reports.story.words import WORDS, reason, word
from connector.store.commands import QueuedCommand, State
from connector.store.journal import Line
from pipelines.definition import Definition
from pipelines.diagram.titles import stage_title, step_title
from pipelines.diagram.words import span
from pipelines.durations import Duration
from pipelines.engine.model import Language
from pipelines.retelling import Retelling

#: Lines about one command, written as "kind of command: reason".
_ABOUT_COMMANDS = frozenset({"parked", "conflict", "given_up"})
#: What people decided about what was parked; `connector.flow.deciding`.
_OF_PEOPLE = frozenset({"retried", "dropped"})


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
        tell = signals.SAID.get(signal.kind)
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
        if line.kind in _OF_PEOPLE and line.actor:
            return self._of_person(line, line.actor)
        return self.retelling(line.version).line(line.kind, line.text)

    def _about_command(self, line: Line) -> str:
        kind, _, because = line.text.partition(": ")
        what = self.word(f"noun_{kind}") if f"noun_{kind}" in WORDS else kind
        return self.word(line.kind, what=what, reason=reason(because, self.language))

    def _of_person(self, line: Line, actor: str) -> str:
        """What somebody decided about what was parked: "create_task: is dropped: too late, by admin:olga"."""
        kind, _, rest = line.text.partition(": ")
        because = rest.removesuffix(f", by {actor}").partition(": ")[2]
        what = self.word(f"noun_{kind}") if f"noun_{kind}" in WORDS else kind
        return self.word(line.kind, by=actor.partition(":")[2] or actor, what=what, reason=because)

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
