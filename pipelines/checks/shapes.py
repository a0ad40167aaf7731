"""What is wrong by itself, wherever names lead: ids used twice, options that miss, odd pairs of keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipelines.checks.report import Report
from pipelines.definition import FieldSpec, Stage
from pipelines.elements import Element
from pipelines.kinds import STANDARD
from pipelines.steps import ApproveStep, AskStep, Step, TaskStep, WaitStep


def check_shapes(report: Report) -> None:
    """Ids, fields, stages and steps, each by itself."""
    definition = report.definition
    _once(report, definition.stages, "stage")
    _once(report, [step for stage in definition.stages for step in stage.steps], "step")
    _once(report, definition.follow_ons, "follow-on")
    for name, spec in definition.fields.items():
        _check_field(report, name, spec)
    for stage in definition.stages:
        _check_stage(report, stage)
        for step in stage.steps:
            _check_step(report, step)


def _once(report: Report, elements: Iterable[Element], noun: str) -> None:
    elements = list(elements)
    counts = Counter(_id(element) for element in elements)
    seen: set[str] = set()
    for element in elements:
        if _id(element) in seen:
            report.error(element, "id", f'{counts[_id(element)]} {noun}s are called "{_id(element)}"')
        seen.add(_id(element))


def _id(element: Element) -> str:
    return str(getattr(element, "id", ""))


def _check_field(report: Report, name: str, spec: FieldSpec) -> None:
    if not report.is_whole(spec):
        return
    if name in STANDARD:
        report.error(spec, "", f'"{name}" is a standard name of every item; call the field otherwise')
    has_choice = spec.type in ("choice", "choices")
    if has_choice and not spec.options:
        report.error(spec, "options", f"a {spec.type} field needs options")
    if spec.options and not has_choice:
        report.error(spec, "options", f"a {spec.type} field has no options; choice and choices do")


def _check_stage(report: Report, stage: Stage) -> None:
    if not report.is_whole(stage):
        return
    if stage.lock and not stage.is_final:
        report.warn(stage, "lock", f'"{stage.id}" is open: locked, nobody can move a card out of it')
    if stage.unless is not None and not stage.lock:
        report.error(
            stage, "unless", "`unless` says who may leave a locked stage, and this one is not locked"
        )
    if stage.is_final and stage.next is not None:
        report.warn(stage, "next", f'"{stage.id}" is {stage.status}: the item would leave it by itself')
    if stage.is_final and stage.limit is not None:
        report.warn(stage, "limit", f'"{stage.id}" is {stage.status}: time in it is not limited')
    if stage.group is not None and stage.is_final:
        report.warn(stage, "group", "only open stages are in the funnel, so only they have a group")


def _check_step(report: Report, step: Step) -> None:
    _once(report, step.outcomes, "outcome")
    _check_outcome_ids(report, step)
    if not report.is_whole(step):
        return
    if isinstance(step, WaitStep) and step.limit is None and not step.wait.text.startswith("time:"):
        report.warn(step, "wait", f'"{step.id}" may wait for ever: give it a `limit`')
    if isinstance(step, ApproveStep):
        _check_approval(report, step)
    if isinstance(step, AskStep) and step.ask.field is None and not step.choices:
        report.error(step, "ask", "a question needs a field of type bool or choice, or its own outcomes")
    if step.after and step.id in step.after:
        report.error(step, "after", f'"{step.id}" waits for itself')


def _check_outcome_ids(report: Report, step: Step) -> None:
    """An outcome that a step of this kind never has is one that nobody handles."""
    if isinstance(step, TaskStep) or (isinstance(step, AskStep) and step.ask.field is None):
        return
    known = {outcome.id for outcome in step.built_in()}
    for outcome in step.outcomes:
        if outcome.id == "timeout" and isinstance(step, WaitStep):
            if step.limit is None:
                report.error(outcome, "id", "a wait has no timeout without a `limit`")
        else:
            report.need(outcome, "id", outcome.id, known, f"outcome of {step.kind}")


def _check_approval(report: Report, step: ApproveStep) -> None:
    rejected = step.outcome("rejected")
    is_named = any(outcome.id == "rejected" for outcome in step.outcomes)
    if rejected is not None and not rejected.directive and is_named:
        report.warn(rejected, "id", "a rejection that leads nowhere goes on as if it were approved")
    elif rejected is not None and not rejected.directive:
        report.error(
            step, "approve", "no step stands before it to go back to: say what `rejected` does in `outcomes`"
        )
    if all(approver.when is not None for approver in step.approve.by):
        report.warn(step.approve, "by", "every approver has a `when`: if none holds, nobody is asked")
