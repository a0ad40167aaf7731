"""From a definition, and where one item stands in it, to the model of its picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.definition import Choose, Definition, Stage, Transition
from pipelines.diagram.model import Diagram, Exit, Gate, StageBox, StageState, Start, StepBox, Way
from pipelines.diagram.notes import notes_of
from pipelines.diagram.sayings import Sayings
from pipelines.diagram.steps import step_box, time_lines
from pipelines.diagram.titles import plain, stage_title
from pipelines.engine.plan import plan_of

if TYPE_CHECKING:
    from pipelines.diagram.standing import Standing
    from pipelines.engine.model import Language


def diagram_of(
    definition: Definition,
    language: Language,
    standing: Standing | None = None,
    others: Mapping[str, Definition] | None = None,
    names: Mapping[str, str] | None = None,
) -> Diagram:
    """The model of the picture; with a standing, that item's stage, steps and moves are marked in it.

    `others` are pipelines that this one names, by id: without them their ids stand for their titles. `names`
    says who people are: `user:5`, `role:lawyer`, `team:west`.
    """
    sayings = Sayings(definition, language, others, names)
    return Diagram(
        id=definition.id,
        title=plain(definition.title, language),
        language=language,
        stages=tuple(_stage(sayings, stage, standing) for stage in definition.stages),
        starts=tuple(_starts(sayings)),
        gates=tuple(_gate(sayings, number, each) for number, each in _numbered(definition)),
        notes=tuple(notes_of(sayings)),
        is_strict=definition.strict,
        item=standing.item if standing else "",
    )


def _numbered(definition: Definition) -> Iterator[tuple[int, Transition]]:
    yield from enumerate(definition.transitions, 1)


def _stage(sayings: Sayings, stage: Stage, standing: Standing | None) -> StageBox:
    plan = plan_of(sayings.definition).stages[stage.id]
    states = standing.steps if standing and standing.stage == stage.id else {}
    steps = tuple(step_box(sayings, place, states.get(place.id, "")) for place in plan.steps.values())
    return StageBox(
        id=stage.id,
        title=stage_title(sayings.definition, stage.id, sayings.language),
        status=stage.status,
        lines=tuple(_lines(sayings, stage)),
        steps=tuple(_with_gates(sayings.definition, stage, step) for step in steps),
        exits=tuple(_exits(sayings, stage)),
        gates=tuple(number for number, each in _numbered(sayings.definition) if _is_into(each, stage)),
        goal=plain(stage.goal, sayings.language),
        state=_state(stage, standing),
        obstacle=_obstacle(stage, standing),
    )


def _state(stage: Stage, standing: Standing | None) -> StageState:
    if standing is None:
        return ""
    if standing.stage == stage.id:
        return "present"
    move = standing.moves.get(stage.id)
    if move is None:
        return ""
    return "closed" if move.by == "strict" else move.severity or "allowed"


def _obstacle(stage: Stage, standing: Standing | None) -> str:
    move = standing.moves.get(stage.id) if standing else None
    return move.reason if move else ""


def _lines(sayings: Sayings, stage: Stage) -> Iterator[str]:
    if stage.require_on_enter:
        yield sayings.word("needs", fields=", ".join(sayings.fields(stage.require_on_enter)))
    if stage.lock and stage.unless is not None:
        yield sayings.word("locked_unless", condition=sayings.condition(stage.unless))
    elif stage.lock:
        yield sayings.word("locked")
    yield from time_lines(sayings, stage.limit, stage.escalations)
    moves = any(outcome.move for step in stage.steps for outcome in step.outcomes)
    if stage.next is None and not stage.is_final and not moves:
        yield sayings.word("card_waits")


def _with_gates(definition: Definition, stage: Stage, step: StepBox) -> StepBox:
    """The results that lead to another stage, with the gates on their way."""
    results = tuple(
        replace(result, gates=_gates(definition, stage.id, result.target))
        if result.lead == "move"
        else result
        for result in step.results
    )
    return replace(step, results=results)


def _gates(definition: Definition, source: str, target: str) -> tuple[int, ...]:
    return tuple(number for number, each in _numbered(definition) if each.covers(source, target))


def _is_into(transition: Transition, stage: Stage) -> bool:
    """True when something is asked of a move into the stage."""
    leads_here = stage.id in transition.to or "*" in transition.to
    return leads_here and bool(transition.when or transition.require or transition.do)


# --- ways out -----------------------------------------------------------------------------------------------


def _exits(sayings: Sayings, stage: Stage) -> Iterator[Exit]:
    taken = {outcome.move for step in stage.steps for outcome in step.outcomes}
    for way, target, label in _by_next(sayings, stage):
        taken.add(target)
        yield Exit(way, target, label, _gates(sayings.definition, stage.id, target))
    for transition in sayings.definition.transitions:
        for target in transition.to:
            if _is_way(sayings.definition, transition, stage, target) and target not in taken:
                taken.add(target)
                label = plain(transition.name, sayings.language) or sayings.word("by_hand")
                yield Exit("hand", target, label, _gates(sayings.definition, stage.id, target))


def _by_next(sayings: Sayings, stage: Stage) -> Iterator[tuple[Way, str, str]]:
    if isinstance(stage.next, Choose):
        label = sayings.word("chooses", who=sayings.person(stage.next.to))
        yield from (("choice", target, label) for target in stage.next.choose)
        return
    for number, case in enumerate(stage.next or ()):
        if case.when is not None:
            yield "next", case.to, sayings.word("when", condition=sayings.condition(case.when))
        else:
            yield "next", case.to, sayings.word("else" if number else "then")


def _is_way(definition: Definition, transition: Transition, stage: Stage, target: str) -> bool:
    """A transition is a way of its own where it names one source, or where only what is listed is allowed."""
    if stage.id not in transition.sources or target in ("*", stage.id):
        return False
    return definition.strict or len(transition.sources) == 1


# --- beside the stages --------------------------------------------------------------------------------------


def _starts(sayings: Sayings) -> Iterator[Start]:
    definition = sayings.definition
    if not definition.entries:
        yield Start(sayings.word("new_item"), definition.stages[0].id)
    for entry in definition.entries:
        title = plain(entry.name, sayings.language) or sayings.word("new_item")
        yield Start(title, entry.stage, sayings.condition(entry.when), entry.step or "")


def _gate(sayings: Sayings, number: int, transition: Transition) -> Gate:
    sources = (
        tuple(each for each in transition.sources if each != "*") if "*" not in transition.sources else ()
    )
    asks = tuple(_asks(sayings, transition))
    way = f"{_names(sayings, transition.sources)} → {_names(sayings, transition.to)}"
    lines = [way, *asks]
    if asks:
        lines.append(sayings.word(transition.otherwise))
    if transition.do:
        lines.append(sayings.word("effects", actions=", ".join(sayings.each_action(transition.do))))
    targets = tuple(each for each in transition.to if each != "*") if "*" not in transition.to else ()
    name = plain(transition.name, sayings.language)
    return Gate(number, name or way, sources, targets, asks, tuple(lines))


def _asks(sayings: Sayings, transition: Transition) -> Iterator[str]:
    if transition.when is not None:
        yield sayings.word("only_if", condition=sayings.condition(transition.when))
    if transition.require:
        yield sayings.word("needs", fields=", ".join(sayings.fields(transition.require)))


def _names(sayings: Sayings, stages: tuple[str, ...]) -> str:
    if "*" in stages:
        return sayings.word("any_stage")
    return ", ".join(stage_title(sayings.definition, each, sayings.language) for each in stages)
