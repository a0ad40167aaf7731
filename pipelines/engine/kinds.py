"""How a step of each kind begins. A further kind of step is one more row of `KINDS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.engine import actions, outcomes, tasks
from pipelines.engine.approvals import begin_approval
from pipelines.engine.values import to_json
from pipelines.engine.waits import begin_wait
from pipelines.steps import AskStep, DoStep, FormStep

if TYPE_CHECKING:
    from pipelines.engine.plan import StepPlan
    from pipelines.engine.process import Run
    from pipelines.engine.runs import Begin
    from pipelines.engine.turn import Turn


def _begin_task(turn: Turn, place: StepPlan, run: Run) -> None:
    tasks.give(turn, run)


def _begin_form(turn: Turn, place: StepPlan, run: Run) -> None:
    if not fills_itself(turn, place):
        tasks.give(turn, run)


def fills_itself(turn: Turn, place: StepPlan) -> bool:
    """True when a form asks for nothing that is not there, and for nothing that may stay empty."""
    step = place.step
    return isinstance(step, FormStep) and not place.optional and not turn.missing(step.form.require)


def _begin_ask(turn: Turn, place: StepPlan, run: Run) -> None:
    step = place.step
    offered = turn.value(step.ask.field) if isinstance(step, AskStep) and step.ask.field else None
    tasks.give(turn, run.but(offered=to_json(offered)))


def _begin_do(turn: Turn, place: StepPlan, run: Run) -> None:
    step = place.step
    if isinstance(step, DoStep):
        actions.perform(turn, step.do, run.key, f"step {place.id}")
    outcomes.take(turn, run, "done")


KINDS: dict[str, Begin] = {
    "task": _begin_task,
    "form": _begin_form,
    "ask": _begin_ask,
    "wait": begin_wait,
    "approve": begin_approval,
    "do": _begin_do,
}
