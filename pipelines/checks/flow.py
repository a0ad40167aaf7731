"""The flow between stages: where an item can begin, where it can go, and whether it can ever end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pipelines.checks.report import Report
from pipelines.definition import Choose, Definition, Stage
from pipelines.elements import Element
from pipelines.expressions import Expression

#: Stage → stages that something in the file leads to from there.
Ways = Mapping[str, frozenset[str]]


def check_flow(report: Report) -> None:
    """Entries, routes, ways in, ways out."""
    _check_last_resort(report, report.definition.entries, "entry")
    _check_last_resort(report, report.definition.routes, "route")
    _check_route_start(report)
    for stage in report.definition.stages:
        _check_next(report, stage)
    if all(not stage.is_final for stage in report.definition.stages):
        report.error(report.definition, "stages", "no stage is won, lost or archived: no item could ever end")
        return
    ways = ways_of(report.definition)
    _check_ways_in(report, ways)
    _check_ways_out(report, ways)
    if report.definition.strict:
        _check_strict(report)


def ways_of(definition: Definition) -> Ways:
    """Where `next`, outcomes and listed transitions lead from each stage."""
    stages = frozenset(stage.id for stage in definition.stages)
    return {
        stage.id: frozenset(_named_by_stage(stage)) | frozenset(_listed(definition, stage.id, stages))
        for stage in definition.stages
    }


def _named_by_stage(stage: Stage) -> Iterator[str]:
    if isinstance(stage.next, Choose):
        yield from stage.next.choose
    else:
        yield from (case.to for case in stage.next or ())
    for step in stage.steps:
        yield from (outcome.move for outcome in step.outcomes if outcome.move is not None)


def _listed(definition: Definition, source: str, stages: frozenset[str]) -> Iterator[str]:
    for transition in definition.transitions:
        for target in stages:
            if target != source and transition.covers(source, target):
                yield target


def _beginnings(definition: Definition) -> Iterator[str]:
    yield from (entry.stage for entry in definition.entries)
    if not definition.entries and definition.stages:
        yield definition.stages[0].id
    for follow_on in definition.follow_ons:
        if follow_on.pipeline == definition.id and follow_on.stage is not None:
            yield follow_on.stage


def _reached(beginnings: Iterable[str], ways: Ways) -> set[str]:
    reached: set[str] = set()
    waiting = [stage for stage in beginnings if stage in ways]
    while waiting:
        stage = waiting.pop()
        if stage not in reached:
            reached.add(stage)
            waiting += [target for target in ways[stage] if target in ways]
    return reached


def _check_last_resort(report: Report, choices: Iterable[Element], noun: str) -> None:
    """The first that holds is taken, so one without a `when` must be there and be the last."""
    choices = list(choices)
    always = [number for number, choice in enumerate(choices) if _condition(choice) is None]
    if choices and not always:
        report.error(choices[-1], "when", f"no {noun} is without a `when`: when none holds, there is none")
    for choice in choices[always[0] + 1 :] if always else ():
        report.error(
            choice,
            "when",
            f"never reached: another {noun} above has no `when`, and the first that holds is taken",
        )


def _condition(element: Element) -> Expression | None:
    condition: Expression | None = getattr(element, "when", None)
    return condition


def _check_route_start(report: Report) -> None:
    start = report.definition.start
    if start.route == "later" and not report.definition.routes:
        report.error(start, "route", "there are no [[routes]] to run later")


def _check_next(report: Report, stage: Stage) -> None:
    if not isinstance(stage.next, tuple):
        return
    cases = [case for case in stage.next if case.is_written]
    always = [number for number, case in enumerate(cases) if case.when is None]
    if cases and not always:
        report.warn(stage, "next", "a choice without an else: when no `when` holds, the item stays here")
    for case in cases[always[0] + 1 :] if always else ():
        report.error(case, "to", "never reached: a case above has no `when`")
    for case in stage.next:
        if case.to == stage.id:
            report.error(stage, "next", f'"{stage.id}" leads to itself')


def _check_ways_in(report: Report, ways: Ways) -> None:
    reached = _reached(_beginnings(report.definition), ways)
    for stage in report.definition.stages:
        if stage.id in reached:
            continue
        if report.definition.strict:
            report.error(stage, "id", f'no item can reach "{stage.id}"')
        elif not stage.is_final:
            report.warn(stage, "id", f'nothing leads to "{stage.id}": only a card that is dragged gets there')


def _check_ways_out(report: Report, ways: Ways) -> None:
    """Stages from which the flow never comes to an end, nor to a stage where a rep moves the card."""
    definition = report.definition
    for stage in definition.stages:
        if stage.is_final:
            continue
        reached = [definition.stage(each) for each in _reached([stage.id], ways)]
        ends = any(each is not None and (each.is_final or _leaves_it_to_people(each)) for each in reached)
        if definition.strict and not any(each is not None and each.is_final for each in reached):
            report.error(stage, "id", f'no way leads from "{stage.id}" to an end (won, lost or archived)')
        elif not definition.strict and not ends:
            report.warn(stage, "id", f'by itself, an item never comes from "{stage.id}" to an end')


def _leaves_it_to_people(stage: Stage) -> bool:
    return stage.next is None


def _check_strict(report: Report) -> None:
    """A move that the file itself makes must be on the list, or it would be refused."""
    definition = report.definition
    for stage in definition.stages:
        for target in sorted(set(_named_by_stage(stage))):
            if definition.stage(target) and not definition.transitions_between(stage.id, target):
                report.error(
                    stage, "id", f'the pipeline is strict, and no transition lists "{stage.id}" → "{target}"'
                )
