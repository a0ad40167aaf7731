"""An outcome is taken: what it requires, sets and does, and where it leads.

Going on is what the order of steps gives by itself; go, again, end, move and follow_on lead elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.durations import Duration, Unit
from pipelines.engine import actions, fields, jumps, moves, runs, tasks
from pipelines.steps import AskStep

if TYPE_CHECKING:
    from pipelines.engine.model import Why
    from pipelines.engine.plan import StepPlan
    from pipelines.engine.process import Run
    from pipelines.engine.turn import Turn
    from pipelines.steps import Outcome

ONE_WORKING_DAY = Duration(1, Unit.WORKING_DAY)


def take(turn: Turn, run: Run, outcome_id: str, *, closing: str = "") -> None:
    """End a run with an outcome. `closing`: its task is still open and is closed with this reason."""
    place = turn.place(run)
    ending = place.ends.get(outcome_id) if place else None
    if place is None or ending is None:
        _end(turn, run, outcome_id, closing)
        return
    missing = turn.missing(ending.require) if ending.require else ()
    outcome, directive = ending.outcome, ending.directive
    if missing:
        _require(turn, run, outcome, missing, closing)
        return
    _end(turn, run, outcome_id, closing, is_again=directive == "again")
    if ending.is_answer:
        _set_answer(turn, place, run, outcome_id)
    why = turn.why(ending.rule, ending.line)
    do_beside(turn, outcome, f"{run.key}/{outcome_id}", why)
    if directive:
        _DIRECTIVES[directive](turn, place, run, outcome, why)


def do_beside(turn: Turn, outcome: Outcome, base: str, why: Why) -> None:
    """What an outcome sets and does, wherever it leads."""
    if outcome.set:
        fields.set_expressions(turn, outcome.set, f"{base}/set", why)
    if outcome.do:
        actions.perform(turn, outcome.do, f"{base}/do", why.rule)


def _end(turn: Turn, run: Run, outcome: str, closing: str, *, is_again: bool = False) -> None:
    if closing:
        tasks.close(turn, run, closing)
    runs.end(turn, run, outcome, is_again=is_again)


def _require(turn: Turn, run: Run, outcome: Outcome, missing: tuple[str, ...], closing: str) -> None:
    """The outcome is remembered; the task, or a new one, lists what is missing."""
    if run.outcome == outcome.id and run.missing == missing and run.has_task and closing:
        return
    turn.note(
        "incomplete",
        turn.step_rule(run.step),
        run=run,
        step=turn.step_title(run.step),
        fields=turn.field_list(missing),
    )
    if closing:
        tasks.close(turn, run, closing)
    runs.renew(turn, run, state="missing", outcome=outcome.id, missing=missing)


def _set_answer(turn: Turn, place: StepPlan, run: Run, outcome: str) -> None:
    """The answer to a question goes into its field."""
    step = place.step
    assert isinstance(step, AskStep)
    assert step.ask.field is not None
    spec = turn.plan.definition.fields.get(step.ask.field)
    kind = spec.type if spec is not None else ""
    value = outcome == "yes" if kind == "bool" else [outcome] if kind == "choices" else outcome
    fields.write(turn, {step.ask.field: value}, f"{run.key}/answer", turn.step_rule(place.id))


def _go(turn: Turn, place: StepPlan, run: Run, outcome: Outcome, why: Why) -> None:
    target = turn.plan.steps.get(outcome.go or "")
    if target is not None and target.stage == place.stage == turn.draft.stage:
        jumps.go(turn, place, target, why)


def _again(turn: Turn, place: StepPlan, run: Run, outcome: Outcome, why: Why) -> None:
    at: datetime | None = turn.moment(outcome.again, turn.now, why)
    runs.begin_later(turn, place, at or turn.after(turn.now, ONE_WORKING_DAY, why))


def _end_stage(turn: Turn, place: StepPlan, run: Run, outcome: Outcome, why: Why) -> None:
    """A stage is ended by its own steps; one that outlived its stage only ends itself."""
    if not place.is_process_wide:
        moves.end_stage(turn, why)


def _move(turn: Turn, place: StepPlan, run: Run, outcome: Outcome, why: Why) -> None:
    moves.intend(turn, outcome.move or "", "outcome", why)


def _follow_on(turn: Turn, place: StepPlan, run: Run, outcome: Outcome, why: Why) -> None:
    key = f"{run.key}/{outcome.id}/follow_on"
    actions.start_follow_on(turn, outcome.follow_on or "", key, why)


_DIRECTIVES: dict[str, Callable[[Turn, StepPlan, Run, Outcome, Why], None]] = {
    "go": _go,
    "again": _again,
    "end": _end_stage,
    "move": _move,
    "follow_on": _follow_on,
}
