"""Names in scenarios: a scenario that names a step which is not there would test nothing."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.checks.report import Report
from pipelines.elements import Element
from pipelines.findings import nearest
from pipelines.kinds import STANDARD, STATUSES
from pipelines.script import (
    Answer,
    Approve,
    Cancel,
    Complete,
    Delete,
    Expect,
    Fill,
    GiveOutcome,
    Look,
    Move,
    PlayLine,
    Postpone,
    Reject,
    Scenario,
)


def check_scripts(report: Report) -> None:
    """Every scenario of the file."""
    for scenario in report.definition.scenarios:
        _check_item(report, scenario)
        for line in scenario.play:
            _check_line(report, line)


def _check_item(report: Report, scenario: Scenario) -> None:
    for name in set(scenario.item) - {"fields", *STANDARD}:
        report.warn(scenario, f"item.{name}", f'no item has "{name}" by itself', nearest(name, STANDARD))
    fields = scenario.item.get("fields", {})
    if not isinstance(fields, dict):
        report.error(scenario, "item", "`fields` of an item is a table")
    else:
        _need_all(report, scenario, "item.fields", fields, list(report.definition.fields), "field")
    stage = scenario.item.get("stage")
    if isinstance(stage, str):
        report.need(scenario, "item.stage", stage, report.stage_ids, "stage")


def _check_line(report: Report, line: PlayLine) -> None:
    match line:
        case GiveOutcome(outcome=outcome, of=of):
            _check_outcome(report, line, outcome, of)
        case Complete(complete=step):
            report.need(line, "complete", step, report.step_ids, "step")
        case Cancel(cancel=step):
            report.need(line, "cancel", step, report.step_ids, "step")
        case Postpone(postpone=step):
            report.need(line, "postpone", step, report.step_ids, "step")
        case Approve(approve=step):
            report.need(line, "approve", step, report.step_ids, "step")
        case Reject(reject=step):
            report.need(line, "reject", step, report.step_ids, "step")
        case Answer(of=str(step)):
            report.need(line, "of", step, report.step_ids, "step")
        case Move(move=stage):
            report.need(line, "move", stage, report.stage_ids, "stage")
        case Delete(delete=thing):
            report.need(line, "delete", thing, ["item", *report.step_ids], "step")
        case Fill(fill=values):
            _need_all(report, line, "fill", values, report.vocabulary.targets, "field")
        case Look(expect=expect):
            _check_expect(report, expect)


def _check_outcome(report: Report, line: GiveOutcome, outcome: str, of: str | None) -> None:
    if of is not None:
        if not report.need(line, "of", of, report.step_ids, "step"):
            return
        step = report.definition.step(None, of)
        if step is not None and of not in report.gaps.lost:
            known = {each.id for each in step.all_outcomes}
            report.need(line, "outcome", outcome, known, f'outcome of "{of}"')
        return
    steps = [step for stage in report.definition.stages for step in stage.steps]
    report.need(
        line, "outcome", outcome, {each.id for step in steps for each in step.all_outcomes}, "outcome"
    )


def _check_expect(report: Report, expect: Expect) -> None:
    if expect.stage is not None:
        report.need(expect, "stage", expect.stage, report.stage_ids, "stage")
    if expect.status is not None:
        report.need(expect, "status", expect.status, STATUSES, "status")
    for key in ("tasks", "open", "done", "cancelled"):
        _need_all(report, expect, key, getattr(expect, key) or (), report.step_ids, "step")
    _need_all(report, expect, "fields", expect.fields or (), report.vocabulary.targets, "field")
    if expect.refused_by is not None:
        report.need(expect, "refused_by", expect.refused_by, _refusers(report), "transition")
    _need_all(report, expect, "refused", expect.refused or (), report.vocabulary.targets, "field")


def _refusers(report: Report) -> list[str]:
    """What may refuse a move: a transition (without a name: its pair), a lock, strictness, a stage's gate."""
    pairs = [
        f"{source} → {target}"
        for transition in report.definition.transitions
        for source in (report.stage_ids if "*" in transition.sources else transition.sources)
        for target in (report.stage_ids if "*" in transition.to else transition.to)
        if not transition.known_as
    ]
    named = [each.known_as for each in report.definition.transitions if each.known_as]
    return ["", "lock", "strict", *named, *pairs, *report.stage_ids]


def _need_all(
    report: Report, element: Element, key: str, names: Iterable[str], known: Iterable[str], noun: str
) -> None:
    for name in names:
        report.need(element, key, name, list(known), noun)
