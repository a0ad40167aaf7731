"""Visits: the item comes into a stage and leaves it, and what begins and ends with that."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from pipelines.engine import actions, offers, runs, timers

if TYPE_CHECKING:
    from pipelines.definition import Stage
    from pipelines.engine.model import Why
    from pipelines.engine.plan import StagePlan, StepPlan
    from pipelines.engine.turn import Turn


def enter(turn: Turn, visit: str, stage: str, why: Why, *, step: str | None = None) -> None:
    """A new visit begins, on the newest version; the steps start in the round that follows."""
    _do_transitions(turn, turn.draft.stage, stage, visit)
    counts = turn.draft.counts if turn.draft.visit == visit else {}
    leave(turn)
    turn.draft.counts = counts
    turn.take_newest()
    draft, found = turn.draft, turn.plan.stages.get(stage)
    draft.version, draft.visit, draft.stage = turn.plan.version, visit, stage
    if found is None:
        go_outside(turn, why)
        return
    draft.phase, draft.status, draft.entered_at = "running", found.stage.status, turn.now
    draft.visits[stage] = draft.visits.get(stage, 0) + 1
    turn.note("entered", why, stage=turn.stage_title(stage))
    _watch(turn, found.stage)
    _start_follow_ons(turn, stage)
    if step is not None and step in found.steps:
        for each in found.ancestors(step):
            runs.skip(turn, found.steps[each])


def leave(turn: Turn) -> None:
    """Whatever belongs to the present visit ends; steps of the whole process go on."""
    draft = turn.draft
    reason = turn.say("stage_left", stage=turn.stage_title(draft.stage))
    for run in tuple(draft.runs.values()):
        if not run.is_process_wide:
            runs.cancel(turn, run, reason)
    draft.drop_timers(draft.visit)
    draft.left = {step: result.end for step, result in draft.results.items()}
    draft.results, draft.counts = {}, {}
    draft.is_ended, draft.intent, draft.refusal = False, None, None


def go_outside(turn: Turn, why: Why) -> None:
    """The item went where the pipeline has no stage: nothing more until it comes back."""
    draft = turn.draft
    draft.phase, draft.stage, draft.status = "outside", "", "open"
    turn.note("outside", why)


def finish(turn: Turn) -> None:
    """The work of a final stage is done: the process is over, and with it the steps that span it."""
    draft = turn.draft
    stage = turn.plan.stages.get(draft.stage)
    for run in tuple(draft.runs.values()):
        runs.cancel(turn, run, turn.say("process_over"))
    draft.drop_timers(draft.visit)
    draft.phase = "finished"
    turn.note("finished", turn.why(f"stage {draft.stage}", stage.stage.line if stage else 0))
    offers.make_offer(turn)


def _do_transitions(turn: Turn, source: str, target: str, visit: str) -> None:
    for number, transition in enumerate(turn.plan.transitions(source, target) if source else ()):
        name = transition.known_as or f"{source} → {target}"
        actions.perform(turn, transition.do, f"{visit}/transition/{number}", f"transition {name}")


def _watch(turn: Turn, stage: Stage) -> None:
    visit = turn.draft.visit
    if stage.limit is not None:
        at = turn.after(turn.now, stage.limit, turn.why(f"stage {stage.id}", stage.line_of("limit")))
        timers.set_timer(turn, visit, timers.LIMIT, at)
    timers.set_escalations(turn, visit, stage.escalations)


def _start_follow_ons(turn: Turn, stage: str) -> None:
    for each in turn.plan.definition.follow_ons:
        if stage in each.on:
            why = turn.why(f"follow-on {each.id}", each.line)
            actions.start_follow_on(turn, each.id, f"{turn.draft.visit}/follow_on/{each.id}", why)


def next_step(turn: Turn, stage: StagePlan) -> StepPlan | None:
    """The first step of the present stage that may begin: it is its turn, and it is not running already."""
    results = turn.draft.results
    live = {run.step for run in turn.draft.runs.values()}
    for step in stage.steps.values():
        result = results.get(step.id)
        if (result is not None and result.is_finished) or step.id in live:
            continue
        if (result is not None and result.end == "go") or _is_its_turn(turn, step, live):
            return step
    return None


def _is_its_turn(turn: Turn, step: StepPlan, live: AbstractSet[str]) -> bool:
    """A step that spans the process does not hold up the next one of the file, once it is live."""
    for each in step.before:
        is_let_by = step.is_in_file_order and each in live and turn.plan.steps[each].is_process_wide
        if not is_let_by and not turn.draft.is_finished(each):
            return False
    return True


def is_worked_off(turn: Turn) -> bool:
    """True when every step of the stage has ended; those that span the process need only be live."""
    draft, stage = turn.draft, turn.plan.stages.get(turn.draft.stage)
    if stage is None:
        return False
    for step in stage.steps.values():
        is_let_by = step.is_process_wide and draft.run_of(step.id) is not None
        if not is_let_by and not draft.is_finished(step.id):
            return False
    return not any(draft.stage_runs())
