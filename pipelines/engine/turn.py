"""One turn of the engine: the draft of the process, what is known, and what has been asked for so far.

The parts of the engine get a turn and change it. It knows nothing of stages or steps: it answers questions
(does this hold, what is this called), and gathers commands and journal lines, each with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from math import isfinite
from typing import Any

from pipelines.durations import Duration
from pipelines.engine.draft import Draft
from pipelines.engine.model import Command, Decision, Entry, Facts, Signal, Why
from pipelines.engine.phrases import JOURNAL, PHRASES, phrase
from pipelines.engine.plan import Plan, StepPlan
from pipelines.engine.process import Run
from pipelines.engine.scope import scope_of, value_of
from pipelines.engine.values import is_empty
from pipelines.engine.wording import show
from pipelines.expressions import HOLDS, Expression, ExpressionError, Verdict, look_up
from pipelines.texts import Placeholder, Text, split


class Turn:
    """What one signal makes of a process, in the making."""

    def __init__(
        self, plan: Plan, newest: Plan, draft: Draft, signal: Signal, facts: Facts, now: datetime
    ) -> None:
        self.plan = plan
        #: The plan that a new visit takes.
        self.newest = newest
        self.draft = draft
        self.signal = signal
        self.facts = facts
        self.now = now
        self.scope = scope_of(draft, facts, now)
        self.commands: list[Command] = []
        self.journal: list[Entry] = []
        #: Steps that ended in this turn: a long list means that they go round.
        self.ended: list[str] = []
        #: By rule and line of the present plan.
        self._reasons: dict[tuple[str, int], Why] = {}
        self._step_reasons: dict[str, Why] = {}

    def take_newest(self) -> None:
        """From now on the newest version counts."""
        if self.plan is not self.newest:
            self.plan = self.newest
            self._reasons.clear()
            self._step_reasons.clear()

    def decision(self) -> Decision:
        return Decision(self.draft.freeze(), tuple(self.commands), tuple(self.journal))

    # --- reasons

    def why(self, rule: str, line: int = 0) -> Why:
        """The reason for what is done by a rule of the definition."""
        known = self._reasons.get((rule, line))
        if known is None:
            plan = self.plan
            known = Why(rule, plan.file, line or None, self.signal.key, plan.version)
            self._reasons[rule, line] = known
        return known

    def step_rule(self, step: str) -> Why:
        """The reason for what a step does."""
        known = self._step_reasons.get(step)
        if known is None:
            place = self.plan.steps.get(step)
            known = self.why(place.rule, place.line) if place else self.why(f"step {step}")
            self._step_reasons[step] = known
        return known

    def ask(self, command: Command) -> None:
        """Ask the connector for something."""
        self.commands.append(command)

    def note(
        self, kind: str, why: Why, /, of: str | None = None, run: Run | None = None, **values: Any
    ) -> None:
        """Write a line of the journal, `of` a step or about a run."""
        text = JOURNAL[kind][self.facts.language].format_map(values)
        step = run.step if run is not None and of is None else of
        key = None if run is None else run.key
        self.journal.append(Entry(kind, text, self.signal.at, why, step or None, key))

    # --- expressions

    def holds(self, condition: Expression | None) -> Verdict:
        """Whether a condition holds; none always does."""
        if condition is None:
            return HOLDS
        return condition.holds(self.scope, self.facts.calendar.zone)

    def note_verdict(self, verdict: Verdict, why: Why) -> None:
        """Say in the journal that a condition could not be told."""
        if verdict.null_path:
            self.note("null", why, path=verdict.null_path)
        elif verdict.mistake:
            self.note("mistake", why, reason=verdict.mistake)

    def evaluate(self, expression: Expression, why: Why) -> Any:
        """The value of an expression; null, with a line in the journal, when it has none."""
        try:
            value = expression.evaluate(self.scope, self.facts.calendar.zone)
        except ExpressionError as mistake:
            self.note("mistake", why, reason=mistake)
            return None
        if isinstance(value, float) and not isfinite(value):
            self.note("mistake", why, reason=f"{expression}: {value}")
            return None
        return value

    def moment(self, moment: Duration | Expression | None, start: datetime, why: Why) -> datetime | None:
        """A duration from `start`, or the date that an expression gives; None when there is none."""
        if moment is None:
            return None
        if isinstance(moment, Duration):
            return self.after(start, moment, why)
        value = self.evaluate(moment, why)
        return value if isinstance(value, datetime) else None

    def after(self, start: datetime, duration: Duration, why: Why) -> datetime:
        """The instant that lies `duration` after `start`; by the plain clock, if the calendar has none."""
        try:
            return self.facts.calendar.add(start, duration)
        except ValueError as mistake:
            self.note("mistake", why, reason=mistake)
            return start + duration.at_least

    # --- fields

    def value(self, name: str) -> Any:
        """The value of a field, as written by the process or as the CRM shows it."""
        return value_of(self.draft, self.facts, name)

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the fields that are empty."""
        return tuple(name for name in dict.fromkeys(names) if is_empty(self.value(name)))

    def field_title(self, name: str) -> str:
        """What the field is called on the card."""
        if name in self.facts.field_titles:
            return self.facts.field_titles[name]
        spec = self.plan.definition.fields.get(name)
        if spec is not None and spec.title is not None:
            return spec.title.in_language(self.facts.language)
        return phrase(f"field_{name}", self.facts.language) if f"field_{name}" in PHRASES else name

    def field_list(self, names: Iterable[str]) -> str:
        """Titles of fields, for a sentence."""
        return ", ".join(self.field_title(name) for name in names)

    # --- texts

    def say(self, name: str, /, **values: object) -> str:
        """A built-in phrase in the portal's language."""
        return phrase(name, self.facts.language, **values)

    def text(self, text: Text | None) -> str:
        """A text of the definition with its placeholders filled; plain, not escaped."""
        if text is None:
            return ""
        plain = text.in_language(self.facts.language)
        return self.fill(plain) if "{" in plain or "}" in plain else plain

    def fill(self, template: str) -> str:
        """A text with its placeholders filled; plain, not escaped."""
        return "".join([part if isinstance(part, str) else self._shown(part) for part in split(template)])

    def _shown(self, part: Placeholder) -> str:
        value = look_up(self.scope, part.names)
        return value if isinstance(value, str) else self.show(value)

    def show(self, value: Any) -> str:
        """A value as people read it."""
        return show(value, self.facts.language, self.facts.calendar.zone)

    def stage_title(self, stage: str) -> str:
        plan = self.plan.stages.get(stage) or self.newest.stages.get(stage)
        return (plan and self.text(plan.stage.title)) or stage

    def step_title(self, step: str) -> str:
        """What a step is called: its title, that of its task, its question, or its id."""
        place = self.plan.steps.get(step)
        return (self.own_title(place) if place else "") or step

    def own_title(self, place: StepPlan) -> str:
        """The title that a file gives a step, in whatever words it has; "" when in none."""
        return self.text(place.title)

    def outcome_title(self, step: str, outcome: str) -> str:
        place = self.plan.steps.get(step)
        named = place.outcomes.get(outcome) if place else None
        return (self.text(named.title) if named else "") or outcome

    def person(self, user: int | None) -> str:
        """A person's name, or their id."""
        person = self.facts.people.get(user) if user is not None else None
        return (person.name if person else "") or ("" if user is None else str(user))

    # --- places

    def place(self, run: Run) -> StepPlan | None:
        """Where the step of a run stands; None when this version of the definition has no such step."""
        place = self.plan.steps.get(run.step)
        return place if place is not None and place.kind == run.kind else None
