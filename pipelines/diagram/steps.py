"""The steps of a stage, as boxes: who does what by when, which results there are and where they lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pipelines.diagram.model import Result, StepBox, StepState
from pipelines.diagram.titles import plain
from pipelines.durations import Duration
from pipelines.steps import (
    ApproveStep,
    AskStep,
    DoStep,
    Escalation,
    FormStep,
    Outcome,
    Step,
    TaskStep,
    WaitStep,
)

if TYPE_CHECKING:
    from pipelines.diagram.sayings import Sayings
    from pipelines.engine.plan import StepPlan
    from pipelines.expressions import Expression


def step_box(sayings: Sayings, place: StepPlan, state: StepState = "") -> StepBox:
    """One step of the definition, as a box."""
    step = place.step
    return StepBox(
        id=step.id,
        title=sayings.step(step),
        kind=step.kind,
        lines=(*_what(sayings, step), *time_lines(sayings, step.limit, step.escalations)),
        condition=sayings.condition(step.when),
        before=place.before,
        results=tuple(_result(sayings, place, place.outcomes[each]) for each in _shown(step)),
        hint=plain(step.hint, sayings.language),
        is_process_wide=place.is_process_wide,
        state=state,
    )


def time_lines(
    sayings: Sayings, limit: Duration | Expression | None, escalations: Sequence[Escalation]
) -> Iterator[str]:
    """How long it may take, and what happens when it takes longer."""
    if limit is not None and limit not in [each.after for each in escalations]:
        yield sayings.word("limit", span=sayings.moment(limit))
    for each in escalations:
        said = ", ".join(sayings.each_action(each.do))
        yield sayings.word("escalation", span=sayings.moment(each.after, is_object=True), actions=said)


def _shown(step: Step) -> Iterator[str]:
    """The outcomes of the file, and the built-in ones that a reader of the flow would miss."""
    named = [outcome.id for outcome in step.outcomes]
    if isinstance(step, AskStep):
        yield from (choice.id for choice in step.choices)
    elif isinstance(step, ApproveStep) or (isinstance(step, WaitStep) and step.limit is not None):
        named += [outcome.id for outcome in step.built_in() if outcome.id not in named]
    answers = [choice.id for choice in step.choices] if isinstance(step, AskStep) else []
    yield from (each for each in named if each not in answers)


def _what(sayings: Sayings, step: Step) -> Iterator[str]:
    match step:
        case TaskStep(task=task):
            yield ", ".join(filter(None, (sayings.person(task.to), sayings.due(task.due))))
        case FormStep(form=form):
            optional = [name for name in form.fields if name not in form.require]
            if form.require:
                yield sayings.word("fields", fields=", ".join(sayings.fields(form.require)))
            if optional:
                yield sayings.word("optional", fields=", ".join(sayings.fields(optional)))
        case AskStep(ask=ask):
            if step.title is not None:
                yield plain(ask.question, sayings.language)
            yield sayings.person(ask.to)
        case WaitStep(wait=wait):
            yield sayings.wait(wait.signal)
        case ApproveStep(approve=approve):
            yield _approvers(sayings, step)
            yield from filter(None, [sayings.due(approve.due)])
        case DoStep(do=actions):
            yield from sayings.each_action(actions)
    if step.scope == "process":
        yield sayings.word("process_wide")


def _approvers(sayings: Sayings, step: ApproveStep) -> str:
    people = []
    for approver in step.approve.by:
        condition = sayings.condition(approver.when)
        who = sayings.person(approver.who)
        people.append(f"{who} ({sayings.word('when', condition=condition)})" if condition else who)
    if len(people) == 1:
        return people[0]
    return sayings.word(step.approve.mode, who=", ".join(people))


def _result(sayings: Sayings, place: StepPlan, outcome: Outcome) -> Result:
    """A result, and where it leads; gates are told by the stage, which knows both ends of the way."""
    effects = list(sayings.each_action(outcome.do))
    if outcome.set:
        effects.insert(0, sayings.sets(outcome.set))
    target = outcome.go or outcome.move or outcome.follow_on or ""
    named = next((each for each in place.step.all_outcomes if each.id == outcome.id), outcome)
    return Result(
        id=outcome.id,
        title=plain(named.title, sayings.language) or _untitled(sayings, place, outcome),
        lead=outcome.directive or "on",  # type: ignore[arg-type]
        target=target,
        whither=_whither(sayings, outcome),
        needs=sayings.fields(outcome.require),
        effects=tuple(effects),
    )


def _whither(sayings: Sayings, outcome: Outcome) -> str:
    if outcome.again is not None:
        name = "again" if isinstance(outcome.again, Duration) else "again_at"
        return sayings.word(name, span=sayings.moment(outcome.again, is_object=True))
    if outcome.end:
        return sayings.word("end")
    return sayings.follow_on(outcome.follow_on) if outcome.follow_on is not None else ""


def _untitled(sayings: Sayings, place: StepPlan, outcome: Outcome) -> str:
    """Actions have no results that people name: when they are done, they are done."""
    return sayings.word("then") if isinstance(place.step, DoStep) else outcome.id
