"""Outcome coverage: which ways through a pipeline its own scenarios take, and which none of them does.

A way is what a rule of the file can come to: an outcome, a refused move, a route, a case of `next`, an
escalation. Ways are read off the definition; which of them are taken is read off what the engine decides, not
off what a scenario says it expects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from pipelines.engine.model import MoveStage, Started, StartPipeline, TimerFired
from pipelines.engine.timers import ESCALATION, split_name
from pipelines.rehearsal import Rehearsal
from pipelines.scenarios import run_scenarios

if TYPE_CHECKING:
    from pipelines.definition import Definition, Stage, Transition
    from pipelines.engine.model import Decision, Facts, Signal
    from pipelines.engine.process import Process
    from pipelines.script import Scenario
    from pipelines.steps import Step

OUTCOME, ENTRY, ROUTE, NEXT, MOVE = "outcome", "entry", "route", "next", "move"
REFUSAL, ESCALATED, FOLLOW_ON = "refusal", "escalation", "follow-on"
#: In the order in which a table shows them.
KINDS = (ENTRY, ROUTE, OUTCOME, NEXT, MOVE, REFUSAL, ESCALATED, FOLLOW_ON)

#: What the engine gives to any task: a way of the file only where the file redefines it.
_EVERYWHERE = frozenset({"cancelled", "postponed", "unspecified"})
_REFUSING = frozenset({"refused", "held", "flagged"})


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that a rule can come to; `name` is unique among those of its kind."""

    kind: str
    name: str
    line: int

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The ways of one pipeline in the order of the file, and those that some scenario takes."""

    pipeline: str
    file: str
    ways: tuple[Way, ...]
    taken: frozenset[Way]

    @property
    def missed(self) -> tuple[Way, ...]:
        """The ways that no scenario takes."""
        return tuple(way for way in self.ways if way not in self.taken)

    @property
    def percent(self) -> float:
        """The share of ways that are taken; a pipeline without any is covered."""
        return 100.0 if not self.ways else 100.0 * (len(self.ways) - len(self.missed)) / len(self.ways)

    def counts(self) -> dict[str, tuple[int, int]]:
        """For each kind that the pipeline has: how many are taken, of how many."""
        found = {kind: [way for way in self.ways if way.kind == kind] for kind in KINDS}
        return {
            kind: (sum(way in self.taken for way in ways), len(ways)) for kind, ways in found.items() if ways
        }


def measure(definition: Definition, others: Mapping[str, Definition] | None = None) -> Coverage:
    """Play every scenario offline and see what is taken; `others` are the pipelines that it names.

    A scenario that fails counts as far as it comes.
    """
    ways = ways_of(definition)
    witness = _Witness(definition)

    def make(each: Definition, scenario: Scenario) -> Rehearsal:
        return Rehearsal(each, scenario, others or {}, watch=witness.see)

    run_scenarios(definition, make_world=make)
    return Coverage(definition.id, definition.file, ways, frozenset(ways) & witness.taken)


# --- what there is ------------------------------------------------------------------------------------------


def ways_of(definition: Definition) -> tuple[Way, ...]:
    """Every way through a pipeline, in the order of the file."""
    parts = (
        (Way(ENTRY, str(number), each.line) for number, each in enumerate(definition.entries, 1)),
        (Way(ROUTE, str(number), each.line) for number, each in enumerate(definition.routes, 1)),
        chain.from_iterable(
            _ways_of_stage(stage, is_strict=definition.strict) for stage in definition.stages
        ),
        chain.from_iterable(_ways_of_transition(each) for each in definition.transitions),
        _strict(definition),
        (Way(FOLLOW_ON, each.id, each.line) for each in definition.follow_ons),
    )
    return tuple(sorted(dict.fromkeys(chain.from_iterable(parts)), key=lambda way: way.line))


def _ways_of_stage(stage: Stage, *, is_strict: bool) -> Iterator[Way]:
    if stage.require_on_enter:
        yield _entering(stage)
    if stage.lock:
        yield _lock(stage)
    yield from _ways_on(stage)
    yield from _escalations(stage)
    for step in stage.steps:
        yield from _ways_of_step(step)


def _ways_on(stage: Stage) -> Iterator[Way]:
    if stage.next is None:
        return
    if isinstance(stage.next, tuple):
        yield from (_next(stage, case.to) for case in stage.next)
    else:
        yield from (_next(stage, target) for target in stage.next.choose)


def _ways_of_step(step: Step) -> Iterator[Way]:
    named = {outcome.id for outcome in step.outcomes}
    # A task whose results are named is never just done.
    own = _EVERYWHERE | ({"done"} if step.kind == "task" and named else set())
    for outcome in step.all_outcomes:
        if outcome.id in named or outcome.id not in own:
            yield Way(OUTCOME, f"{outcome.id} of {step.id}", outcome.line or step.line)
    yield from _escalations(step)


def _ways_of_transition(transition: Transition) -> Iterator[Way]:
    """A condition must be seen to refuse; what is done, and a bare permission, must be seen to happen."""
    has_condition = transition.when is not None or bool(transition.require)
    if has_condition:
        yield _refusal(transition)
    if transition.do or not has_condition:
        yield _passage(transition)


def _strict(definition: Definition) -> Iterator[Way]:
    if definition.strict:
        yield Way(REFUSAL, "strict", definition.line_of("strict"))


def _escalations(what: Stage | Step) -> Iterator[Way]:
    for number, escalation in enumerate(what.escalations):
        yield _escalation(what, number, escalation.line)


def _escalation(what: Stage | Step, number: int, line: int) -> Way:
    return Way(ESCALATED, f"{number + 1} of {what.noun} {what.id}", line)


def _next(stage: Stage, target: str) -> Way:
    return Way(NEXT, f"{stage.id} → {target}", stage.line_of("next"))


def _lock(stage: Stage) -> Way:
    return Way(REFUSAL, f"lock of {stage.id}", stage.line_of("lock"))


def _entering(stage: Stage) -> Way:
    return Way(REFUSAL, f"require_on_enter of {stage.id}", stage.line_of("require_on_enter"))


def _refusal(transition: Transition) -> Way:
    return Way(REFUSAL, f"transition {_name(transition)}", transition.line)


def _passage(transition: Transition) -> Way:
    return Way(MOVE, f"transition {_name(transition)}", transition.line)


def _name(transition: Transition) -> str:
    return transition.known_as or f"{', '.join(transition.sources)} → {', '.join(transition.to)}"


# --- what is taken ------------------------------------------------------------------------------------------


class _Witness:
    """Notes the ways that decisions take."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self.taken: set[Way] = set()
        self._at = {(way.kind, way.line): way for way in ways_of(definition)}

    def see(self, before: Process | None, signal: Signal, facts: Facts, decision: Decision) -> None:
        """One decision of a scenario; `before` is the process as it was."""
        self.taken.update(
            chain(
                self._outcomes(decision),
                self._joining(signal, decision),
                self._routes(decision),
                self._moves(before, decision),
                self._refusals(decision),
                self._escalation(before, signal, decision),
                self._follow_ons(decision),
            )
        )

    def _outcomes(self, decision: Decision) -> Iterator[Way]:
        process = decision.process
        named = list(process.outcomes.items()) if process else []
        named += [
            (entry.step, "postponed")
            for entry in decision.journal
            if entry.kind == "postponed" and entry.step
        ]
        for step_id, outcome_id in named:
            step = self._definition.step(None, step_id)
            outcome = step.outcome(outcome_id) if step else None
            if step is not None and outcome is not None:
                yield Way(OUTCOME, f"{outcome_id} of {step_id}", outcome.line or step.line)

    def _joining(self, signal: Signal, decision: Decision) -> Iterator[Way]:
        """The entry that an item came in by: the rule of the first move, or of the first visit."""
        if not isinstance(signal, Started) or signal.stage is not None:
            return
        lines = self._lines_of("entry ", chain(decision.journal, decision.commands))
        for number, entry in enumerate(self._definition.entries, 1):
            if entry.line in lines:
                yield Way(ENTRY, str(number), entry.line)

    def _lines_of(self, rule: str, told: Iterable[object]) -> set[int | None]:
        """Lines of the rules of that kind by which something was decided, not only looked at."""
        decided = (each for each in told if getattr(each, "kind", "") not in ("null", "mistake"))
        whys = (each.why for each in decided)  # type: ignore[attr-defined]
        return {why.line for why in whys if why.rule.startswith(rule)}

    def _routes(self, decision: Decision) -> Iterator[Way]:
        for entry in decision.journal:
            word, _, number = entry.why.rule.partition(" ")
            if entry.kind == "assigned" and word == "route":
                yield Way(ROUTE, number, entry.why.line or 0)

    def _moves(self, before: Process | None, decision: Decision) -> Iterator[Way]:
        after = decision.process
        here = self._definition.stage(after.stage) if after else None
        for command in decision.commands:
            if here is not None and isinstance(command, MoveStage) and command.because in ("next", "choice"):
                yield _next(here, command.stage)
        if before is not None and after is not None and before.stage != after.stage:
            for transition in self._definition.transitions_between(before.stage, after.stage):
                yield _passage(transition)

    def _refusals(self, decision: Decision) -> Iterator[Way]:
        """What is written down as refusing, and every other rule that misses one of the same fields."""
        for entry in decision.journal:
            way = self._at.get((REFUSAL, entry.why.line or 0))
            if entry.kind in _REFUSING and way is not None:
                yield way
        process = decision.process
        if process is None:
            return
        refusal, intent = process.refusal, process.intent
        if refusal is not None:
            yield from self._requiring(process.stage, refusal.stage, refusal.missing)
        if intent is not None and intent.held_by:
            yield from self._holding(intent.held_by, process.stage, intent.stage)
            yield from self._requiring(process.stage, intent.stage, intent.missing)

    def _requiring(self, source: str, target: str, missing: Iterable[str]) -> Iterator[Way]:
        """The rules of a move that is not made, by the fields that are missing for it."""
        stage, fields = self._definition.stage(target), set(missing)
        if stage is not None and fields.intersection(stage.require_on_enter):
            yield _entering(stage)
        for transition in self._definition.transitions_between(source, target):
            if fields.intersection(transition.require):
                yield _refusal(transition)

    def _holding(self, by: str, source: str, target: str) -> Iterator[Way]:
        """The transition that holds a move which the process itself wants to make."""
        for transition in self._definition.transitions_between(source, target):
            if by in (transition.known_as, f"{source} → {target}"):
                yield _refusal(transition)

    def _escalation(self, before: Process | None, signal: Signal, decision: Decision) -> Iterator[Way]:
        if before is None or not isinstance(signal, TimerFired):
            return
        owner, kind, number = split_name(signal.name)
        run = before.run(owner)
        what = self._definition.step(None, run.step) if run else self._definition.stage(before.stage)
        is_told = any(entry.kind == "escalated" for entry in decision.journal)
        if kind == ESCALATION and is_told and what is not None and number < len(what.escalations):
            yield _escalation(what, number, what.escalations[number].line)

    def _follow_ons(self, decision: Decision) -> Iterator[Way]:
        for command in decision.commands:
            found = (
                self._definition.follow_on(command.follow_on or "")
                if isinstance(command, StartPipeline)
                else None
            )
            if found is not None:
                yield Way(FOLLOW_ON, found.id, found.line)
