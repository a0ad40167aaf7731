"""Names that must lead somewhere: stages, steps, fields, links, follow-ons, pipelines, names of config."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from pipelines.actions import Assign, CallOut, Create, Document, Email, FollowOnAction, SetFields, Sms
from pipelines.checks.report import Report
from pipelines.definition import Choose, Entry, FollowOn, Stage, Start, Transition
from pipelines.elements import Element
from pipelines.recipients import ToField, ToRole, ToTeam
from pipelines.steps import AskStep, FormStep, Outcome, Step, WaitStep
from pipelines.waiting import ChildSignal, FieldSignal, StageSignal, StepSignal


def check_names(report: Report) -> None:
    """Every name of the file that is not inside an expression or a text."""
    for stage in report.definition.stages:
        _check_stage(report, stage)
        for step in stage.steps:
            _check_step(report, stage, step)
    for element in report.definition.parts:
        for kind, check in _CHECKS.items():
            if isinstance(element, kind):
                check(report, element)


def _check_stage(report: Report, stage: Stage) -> None:
    _need_targets(report, stage, "require_on_enter", stage.require_on_enter)
    if isinstance(stage.next, tuple):
        for case in stage.next:
            _need_stage(
                report, case if case.is_written else stage, "to" if case.is_written else "next", case.to
            )
    elif isinstance(stage.next, Choose):
        for target in stage.next.choose:
            _need_stage(report, stage.next, "choose", target)


def _check_step(report: Report, stage: Stage, step: Step) -> None:
    steps = [each.id for each in stage.steps]
    for name in step.after or ():
        report.need(step, "after", name, steps, "step of this stage")
    for outcome in step.outcomes:
        if outcome.go is not None:
            report.need(outcome, "go", outcome.go, steps, "step of this stage")
    if isinstance(step, FormStep):
        _check_form(report, step)
    if isinstance(step, AskStep) and step.ask.field is not None:
        _need_field(report, step.ask, "field", step.ask.field, ("bool", "choice", "choices"))
    if isinstance(step, WaitStep):
        _check_wait(report, step)


def _check_form(report: Report, step: FormStep) -> None:
    _need_targets(report, step.form if step.form.is_written else step, "fields", step.form.fields)
    for name in step.form.require:
        if name not in step.form.fields:
            report.error(step.form, "require", f'"{name}" is required, but is none of the form\'s fields')


def _check_wait(report: Report, step: WaitStep) -> None:
    wait = step.wait
    match wait.signal:
        case StepSignal(step=name):
            report.need(wait, "for", name, report.step_ids, "step")
        case FieldSignal(field=name):
            _need_targets(report, wait, "for", (name,))
        case ChildSignal(link=name) | StageSignal(link=name):
            report.need(wait, "for", name, report.vocabulary.links, "linked item (`as`)")


def _check_outcome(report: Report, outcome: Outcome) -> None:
    if outcome.move is not None:
        _need_stage(report, outcome, "move", outcome.move)
    if outcome.follow_on is not None:
        _need_follow_on(report, outcome, outcome.follow_on)
    _need_set(report, outcome, outcome.set)
    _need_targets(report, outcome, "require", outcome.require)


def _check_transition(report: Report, transition: Transition) -> None:
    for key, names in (("from", transition.sources), ("to", transition.to)):
        for name in names:
            if name != "*":
                _need_stage(report, transition, key, name)
    _need_targets(report, transition, "require", transition.require)


def _check_entry(report: Report, entry: Entry) -> None:
    if _need_stage(report, entry, "stage", entry.stage) and entry.step is not None:
        stage = report.definition.stage(entry.stage)
        if stage is not None:
            steps = [step.id for step in stage.steps]
            report.need(entry, "step", entry.step, steps, f'step of "{entry.stage}"')


def _check_follow_on(report: Report, follow_on: FollowOn) -> None:
    for name in follow_on.on:
        _need_stage(report, follow_on, "on", name)
    _need_targets(report, follow_on, "copy", follow_on.copied)
    _need_pipeline(report, follow_on, follow_on.pipeline, follow_on.stage, makes=True)


def _check_start(report: Report, start: Start) -> None:
    for point in start.points:
        _need_pipeline(report, start, point.pipeline, point.stage, key="on_stage", entity=point.entity)


def _check_create(report: Report, create: Create) -> None:
    if create.create == "item" and create.pipeline is None and create.type is None:
        report.error(create, "create", "an item needs a `pipeline` or a `type` of config")
    if create.pipeline is not None:
        _need_pipeline(report, create, create.pipeline, None, makes=True)
    if create.type is not None:
        report.need(create, "type", create.type, report.surroundings.types, "record type of config")


def _check_assign(report: Report, assign: Assign) -> None:
    if assign.assign == "routes" and not report.definition.routes:
        report.error(assign, "assign", "there are no [[routes]] to assign by")


def _check_email(report: Report, email: Email) -> None:
    if isinstance(email.email, str):
        report.need(email, "email", email.email, report.surroundings.templates, "template of config")


def _check_document(report: Report, document: Document) -> None:
    if isinstance(document.template, str):
        report.need(
            document, "document", document.template, report.surroundings.templates, "template of config"
        )


def _need_stage(report: Report, element: Element, key: str, name: str) -> bool:
    return report.need(element, key, name, report.stage_ids, "stage")


def _need_follow_on(report: Report, element: Element, name: str) -> None:
    known = [follow_on.id for follow_on in report.definition.follow_ons]
    report.need(element, "follow_on", name, known, "follow-on")


def _need_targets(report: Report, element: Element, key: str, names: Iterable[str]) -> None:
    for name in names:
        report.need(element, key, name, report.vocabulary.targets, "field")


def _need_set(report: Report, element: Element, names: Iterable[str]) -> None:
    for name in names:
        report.need(element, f"set.{name}", name, report.vocabulary.targets, "field")


def _need_field(report: Report, element: Element, key: str, name: str, types: Collection[str]) -> None:
    if report.need(element, key, name, list(report.definition.fields), "field"):
        spec = report.definition.fields.get(name)
        if spec is not None and spec.type not in types and report.is_whole(spec):
            report.error(element, key, f'"{name}" is of type {spec.type}, expected {" or ".join(types)}')


def _need_pipeline(
    report: Report,
    element: Element,
    name: str,
    stage: str | None,
    *,
    key: str = "pipeline",
    entity: str | None = None,
    makes: bool = False,
) -> None:
    """A pipeline, a stage of it and its entity; only the own one is sure to be known.

    `makes`: items of it are made here.
    """
    own = report.definition
    if report.others is None and name != own.id:
        return
    known = {**(report.others or {}), own.id: own}
    if not report.need(element, key, name, known, "pipeline") or name not in known:
        return
    if makes and report.surroundings.pipelines is not None and name not in report.surroundings.pipelines:
        report.warn(element, key, f'"{name}" is not bound in the configuration: no item of it can be made')
    if stage is not None:
        stages = [each.id for each in known[name].stages]
        report.need(element, "stage" if key == "pipeline" else key, stage, stages, f'stage of "{name}"')
    if entity is not None and known[name].entity != entity:
        report.error(element, key, f'"{name}" is a pipeline of {known[name].entity}, not of {entity}')


_CHECKS: dict[type[Element], Callable[[Report, Any], object]] = {
    Outcome: _check_outcome,
    Transition: _check_transition,
    Entry: _check_entry,
    FollowOn: _check_follow_on,
    Start: _check_start,
    Create: _check_create,
    Assign: _check_assign,
    Email: _check_email,
    Document: _check_document,
    SetFields: lambda report, action: _need_set(report, action, action.set),
    FollowOnAction: lambda report, action: _need_follow_on(report, action, action.follow_on),
    Sms: lambda report, action: report.need(
        action, "sms", action.workflow, report.surroundings.workflows, "workflow of config"
    ),
    CallOut: lambda report, action: report.need(
        action, "call", action.call, report.surroundings.calls, "address of config"
    ),
    ToRole: lambda report, to: report.need(to, "role", to.role, report.surroundings.roles, "role of config"),
    ToTeam: lambda report, to: report.need(to, "team", to.team, report.surroundings.teams, "team of config"),
    ToField: lambda report, to: _need_field(report, to, "field", to.field, ("user", "users")),
}
