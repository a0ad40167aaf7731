"""A definition made ready for the engine: what leads to what, looked up instead of searched for.

A plan is worked out once for each definition object and kept while that is in use.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.actions import FollowOnAction
from pipelines.elements import elements_in
from pipelines.expressions import Expression
from pipelines.steps import ApproveStep, AskStep, FormStep, Outcome, TaskStep, WaitStep
from pipelines.waiting import ExternalSignal

if TYPE_CHECKING:
    from pipelines.definition import Definition, FollowOn, Stage, Transition
    from pipelines.engine.sheets import KnownSheet
    from pipelines.moments import Moment
    from pipelines.steps import Step
    from pipelines.texts import Text

#: Every step that has a task can be found needless or be put off, whatever its kind.
CANCELLED = Outcome(id="cancelled", end=True)
POSTPONED = Outcome(id="postponed")
#: What a rep may say of a step of a kind besides the results that it names.
_OF_REP = {"task": ("done", "cancelled"), "form": ("filled", "cancelled"), "ask": ("cancelled",)}
_KEPT = 128
_plans: OrderedDict[int, Plan] = OrderedDict()


@dataclass(frozen=True, slots=True)
class OutcomePlan:
    """An outcome of a step, with all that it comes to."""

    outcome: Outcome
    #: go, again, end, move, follow_on; "" goes on.
    directive: str
    #: What must be filled; that a form is filled means that its required fields are.
    require: tuple[str, ...]
    #: The answer to a question, which goes into the question's field.
    is_answer: bool
    #: A result that is the rep's to give; others come from a task's status or from the engine.
    is_of_rep: bool
    #: What the outcome is called in journal and reasons.
    rule: str
    line: int


@dataclass(frozen=True, slots=True)
class StepPlan:
    """A step where it stands."""

    step: Step
    kind: str
    stage: str
    index: int
    #: What must be finished first.
    before: tuple[str, ...]
    #: True when `before` is only the order of the file.
    is_in_file_order: bool
    #: Everything that follows from it, near and far.
    followers: frozenset[str]
    outcomes: Mapping[str, Outcome]
    ends: Mapping[str, OutcomePlan]
    id: str
    line: int
    is_process_wide: bool
    #: What the step is called in journal and reasons.
    rule: str
    #: The title that the file gives it, in whatever words it has.
    title: Text | None
    #: By when its tasks are to be done.
    due: Moment | None
    #: Its due date or limit is a value of the item and moves with it.
    follows_field: bool
    #: The fields of a form that may stay empty.
    optional: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage with its steps in the order of the file."""

    stage: Stage
    steps: Mapping[str, StepPlan]

    def ancestors(self, step: str) -> frozenset[str]:
        """Everything that leads to a step."""
        return frozenset(each.id for each in self.steps.values() if step in each.followers)


class Plan:
    """The lookups of one definition."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.version = definition.hash
        self.file = definition.file
        self.stages: Mapping[str, StagePlan] = {
            stage.id: StagePlan(stage, _plan_steps(stage)) for stage in definition.stages
        }
        self.steps: Mapping[str, StepPlan] = {
            step.id: step for stage in self.stages.values() for step in stage.steps.values()
        }
        #: Names from outside that some step waits for.
        self.signals = frozenset(filter(None, map(_signal_name, self.steps.values())))
        #: Follow-ons that no stage, outcome or action starts: people do.
        self.offered = tuple(_offered(definition))
        #: Steps that have a date that moves with a field.
        self.follows_field = frozenset(step.id for step in self.steps.values() if step.follows_field)
        self._order = {step: place for place, step in enumerate(self.steps)}
        #: What the tasks of steps say, by step and language; see `sheets`.
        self.sheets: dict[tuple[str, str], KnownSheet] = {}
        self._transitions: dict[tuple[str, str], tuple[Transition, ...]] = {}

    def transitions(self, source: str, target: str) -> tuple[Transition, ...]:
        """The transitions that cover a move, in file order."""
        pair = (source, target)
        if pair not in self._transitions:
            self._transitions[pair] = self.definition.transitions_between(source, target)
        return self._transitions[pair]

    def order_of(self, step: str) -> int:
        """Where a step stands in the whole file; steps that are not there come last."""
        return self._order.get(step, len(self._order))


def plan_of(definition: Definition) -> Plan:
    """The plan of a definition; the same object gives the same plan."""
    plan = _plans.get(id(definition))
    if plan is None or plan.definition is not definition:
        plan = _plans[id(definition)] = Plan(definition)
        while len(_plans) > _KEPT:
            _plans.popitem(last=False)
    return plan


def _offered(definition: Definition) -> Iterator[FollowOn]:
    named = {each.follow_on for each in elements_in(definition) if isinstance(each, Outcome | FollowOnAction)}
    return (each for each in definition.follow_ons if not each.on and each.id not in named)


def _signal_name(place: StepPlan) -> str | None:
    step = place.step
    if isinstance(step, WaitStep) and isinstance(step.wait.signal, ExternalSignal):
        return step.wait.signal.name
    return None


def is_of_item(moment: Moment | None) -> bool:
    """True for an expression of the item's values; one that names `now` is worked out once."""
    return isinstance(moment, Expression) and not any(path[0] == "now" for path in moment.paths)


def _title(step: Step) -> Text | None:
    if step.title is not None:
        return step.title
    match step:
        case TaskStep():
            return step.task.title
        case AskStep():
            return step.ask.question
        case ApproveStep():
            return step.approve.question
    return None


def _due(step: Step) -> Moment | None:
    match step:
        case TaskStep():
            return step.task.due
        case ApproveStep():
            return step.approve.due
    return None


def _plan_steps(stage: Stage) -> dict[str, StepPlan]:
    before = _before(stage)
    return {step.id: _plan_step(stage, step, index, before) for index, step in enumerate(stage.steps)}


def _plan_step(stage: Stage, step: Step, index: int, before: Mapping[str, tuple[str, ...]]) -> StepPlan:
    outcomes = _outcomes(step)
    return StepPlan(
        step=step,
        kind=step.kind,
        stage=stage.id,
        index=index,
        before=before[step.id],
        is_in_file_order=step.after is None,
        followers=_followers(step.id, before),
        outcomes=outcomes,
        ends={outcome.id: _plan_outcome(step, outcome) for outcome in outcomes.values()},
        id=step.id,
        line=step.line,
        is_process_wide=step.scope == "process",
        rule=f"step {step.id}",
        title=_title(step),
        due=_due(step),
        follows_field=is_of_item(_due(step)) or is_of_item(step.limit),
        optional=_optional(step),
    )


def _plan_outcome(step: Step, outcome: Outcome) -> OutcomePlan:
    is_choice = any(each.id == outcome.id for each in step.choices)
    require = outcome.require
    if isinstance(step, FormStep) and outcome.id == "filled":
        require = (*step.form.require, *require)
    return OutcomePlan(
        outcome=outcome,
        directive=outcome.directive,
        require=require,
        is_answer=isinstance(step, AskStep) and step.ask.field is not None and is_choice,
        is_of_rep=outcome.id in _OF_REP.get(step.kind, ()) or (step.kind != "wait" and is_choice),
        rule=f"outcome {step.id}.{outcome.id}",
        line=outcome.line or step.line,
    )


def _optional(step: Step) -> tuple[str, ...]:
    if not isinstance(step, FormStep):
        return ()
    return tuple(name for name in step.form.fields if name not in step.form.require)


def _before(stage: Stage) -> dict[str, tuple[str, ...]]:
    known = {step.id for step in stage.steps}
    before: dict[str, tuple[str, ...]] = {}
    previous: tuple[str, ...] = ()
    for step in stage.steps:
        named = previous if step.after is None else step.after
        before[step.id] = tuple(each for each in named if each in known)
        previous = (step.id,)
    return before


def _followers(step: str, before: Mapping[str, Iterable[str]]) -> frozenset[str]:
    found: set[str] = set()
    edge = {step}
    while edge:
        edge = {each for each, named in before.items() if edge & set(named)} - found - {step}
        found |= edge
    return frozenset(found)


def _outcomes(step: Step) -> dict[str, Outcome]:
    outcomes = {outcome.id: outcome for outcome in step.all_outcomes}
    rejected = outcomes.get("rejected")
    is_named = any(outcome.id == "rejected" for outcome in step.outcomes)
    if step.kind == "approve" and rejected is not None and not is_named and not rejected.directive:
        # With no step before it to go back to, what was rejected is asked again; it is never passed.
        outcomes["rejected"] = rejected.model_copy(update={"go": step.id})
    if step.kind in ("task", "form", "ask", "approve"):
        outcomes.setdefault("cancelled", CANCELLED)
        outcomes.setdefault("postponed", POSTPONED)
    return outcomes
