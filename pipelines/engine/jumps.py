"""`go`: to an earlier step, which is run again with all that follows from it, or to a later one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.engine import runs
from pipelines.engine.process import Result

if TYPE_CHECKING:
    from pipelines.engine.model import Why
    from pipelines.engine.plan import StagePlan, StepPlan
    from pipelines.engine.turn import Turn


def go(turn: Turn, source: StepPlan, target: StepPlan, why: Why) -> None:
    """Make `target` run again and what follows from it; other branches are left alone.

    What is live there is cancelled. The target itself is started by the next round, whatever leads to it.
    """
    stage = turn.plan.stages[target.stage]
    for step in stage.steps:
        if step == target.id or step in target.followers:
            _reset(turn, step, why)
    if target.index > source.index:
        for step in _between(stage, source, target):
            if not turn.draft.is_finished(step) and turn.draft.run_of(step) is None:
                runs.skip(turn, stage.steps[step])
    turn.draft.results[target.id] = Result("go", is_finished=False)


def _reset(turn: Turn, step: str, why: Why) -> None:
    run = turn.draft.run_of(step)
    if run is not None:
        runs.cancel(turn, run, turn.say("repeated"), why)
    elif turn.draft.is_finished(step):
        outcome = turn.draft.results[step].outcome
        turn.draft.results[step] = Result("reset", is_finished=False, outcome=outcome)


def _between(stage: StagePlan, source: StepPlan, target: StepPlan) -> list[str]:
    """The steps that stand between the two and that only `source` leads to."""
    skipped: list[str] = []
    for step in stage.steps.values():
        leads = {source.id, *skipped}
        is_only_led_here = bool(step.before) and set(step.before) <= leads
        if source.index < step.index < target.index and is_only_led_here:
            skipped.append(step.id)
    return skipped
