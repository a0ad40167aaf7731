"""Loops that nothing slows down: with no person and no time in them, the engine would run round for ever."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.checks.report import Report
from pipelines.definition import Choose, Stage
from pipelines.elements import Element
from pipelines.steps import DoStep, FormStep, Step, WaitStep
from pipelines.waiting import FieldSignal


def check_loops(report: Report) -> None:
    """Loops of steps inside a stage, loops of stages, and steps that wait for each other."""
    for stage in report.definition.stages:
        _check_steps(report, stage)
        _check_after(report, stage)
    _check_stages(report)


def _slows_down(step: Step) -> bool:
    """True when the step surely needs a person or time; a form that is filled already needs neither."""
    if step.when is not None or isinstance(step, DoStep):
        return False
    if isinstance(step, FormStep):
        return set(step.form.fields) > set(step.form.require)
    if isinstance(step, WaitStep):
        return not isinstance(step.wait.signal, FieldSignal)
    return True


def _check_steps(report: Report, stage: Stage) -> None:
    ids = [step.id for step in stage.steps]
    for number, step in enumerate(stage.steps):
        for outcome in step.outcomes:
            if outcome.go not in ids[: number + 1]:
                continue
            loop = stage.steps[ids.index(outcome.go) : number + 1]
            if not any(map(_slows_down, loop)):
                names = " → ".join([each.id for each in loop] + [loop[0].id])
                report.error(outcome, "go", f"a loop with no person and no time in it: {names}")


def _check_stages(report: Report) -> None:
    """Stages that an item runs through by itself, one after the other, and back to the first."""
    ways = {stage.id: list(_runs_on_to(stage)) for stage in report.definition.stages}
    told: set[frozenset[str]] = set()
    for stage in report.definition.stages:
        loop = _loop_from(stage.id, ways)
        if loop and frozenset(loop) not in told:
            told.add(frozenset(loop))
            names = " → ".join([*loop, loop[0]])
            report.error(stage, "next", f"a loop with no person and no time in it: {names}")


def _runs_on_to(stage: Stage) -> Iterator[str]:
    if any(map(_slows_down, stage.steps)):
        return
    if not isinstance(stage.next, Choose):
        yield from (case.to for case in stage.next or ())
    for step in stage.steps:
        yield from (outcome.move for outcome in step.outcomes if outcome.move is not None)


def _loop_from(start: str, ways: dict[str, list[str]]) -> list[str]:
    """A way from a stage back to itself, or nothing."""
    trails = [[start]]
    seen: set[str] = set()
    while trails:
        trail = trails.pop()
        for target in ways.get(trail[-1], ()):
            if target == start:
                return trail
            if target not in seen:
                seen.add(target)
                trails.append([*trail, target])
    return []


def _check_after(report: Report, stage: Stage) -> None:
    """Steps of which each waits for the other never start."""
    before = {step.id: _comes_after(stage, number) for number, step in enumerate(stage.steps)}
    for step in stage.steps:
        loop = _loop_from(step.id, before)
        if len(loop) > 1 and loop[0] == min(loop, key=lambda each: _number(stage, each)):
            element: Element = step
            report.error(element, "after", f"these steps wait for each other: {' → '.join([*loop, loop[0]])}")


def _comes_after(stage: Stage, number: int) -> list[str]:
    after = stage.steps[number].after
    if after is not None:
        return list(after)
    return [stage.steps[number - 1].id] if number else []


def _number(stage: Stage, step_id: str) -> int:
    return next(number for number, step in enumerate(stage.steps) if step.id == step_id)
