"""Rounds: after a signal, everything that follows from it by itself, until nothing more does.

One round does the first thing there is to do. Steps that go round without a person or time in between would
never come to rest: `settle` stops with `Endless`, and the turn is given up as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pipelines.engine import approvals, moves, outcomes, refusals, runs, tasks, visits, waits
from pipelines.engine.kinds import KINDS, fills_itself
from pipelines.engine.orders import answer_of
from pipelines.engine.values import from_json, is_empty, settled
from pipelines.steps import AskStep, FormStep

if TYPE_CHECKING:
    from pipelines.engine.plan import StepPlan
    from pipelines.engine.process import Phase, Run
    from pipelines.engine.turn import Turn

#: More runs than this do not end by themselves in one turn of a sound pipeline.
MOST_ENDED = 200


class Endless(Exception):
    """Steps go round without a person or time in between; `steps` are those that do."""

    def __init__(self, ended: list[str]) -> None:
        self.steps = tuple(dict.fromkeys(ended[len(ended) // 2 :]))
        super().__init__(", ".join(self.steps))


def settle(turn: Turn) -> None:
    """Do all that follows by itself."""
    while True:
        for follow in _ROUNDS[turn.draft.phase]:
            if follow(turn):
                break
        else:
            return
        if len(turn.ended) > MOST_ENDED:
            raise Endless(turn.ended)


def _end_a_run(turn: Turn) -> bool:
    """End the first live run, in the order of the file, whose end has come without a report."""
    able = [
        run
        for run in turn.draft.runs.values()
        if run.state == "missing" or (run.kind in _ENDS and run.state != "later")
    ]
    if len(able) > 1:
        able.sort(key=lambda run: turn.plan.order_of(run.step))
    return bool(able) and any(_ends_itself(turn, run) for run in able)


def _ends_itself(turn: Turn, run: Run) -> bool:
    place = turn.place(run)
    if place is None:
        return False
    if run.state == "missing":
        return _has_what_was_missing(turn, run)
    ends = _ENDS.get(run.kind)
    return ends is not None and ends(turn, place, run)


def _has_what_was_missing(turn: Turn, run: Run) -> bool:
    missing = turn.missing(run.missing)
    if missing:
        if missing != run.missing:
            tasks.set_missing(turn, run, missing)
        return False
    outcomes.take(turn, run, run.outcome or "filled", closing=turn.say("filled"))
    return True


def _form(turn: Turn, place: StepPlan, run: Run) -> bool:
    if not isinstance(place.step, FormStep) or not fills_itself(turn, place):
        return False
    outcomes.take(turn, run, "filled", closing=turn.say("filled"))
    return True


def _ask(turn: Turn, place: StepPlan, run: Run) -> bool:
    """A question is answered, too, when its field on the card gets another value."""
    step = place.step
    if not isinstance(step, AskStep) or step.ask.field is None:
        return False
    value = turn.value(step.ask.field)
    if is_empty(value) or settled(value) == from_json(run.offered) or answer_of(value) not in place.outcomes:
        return False
    answer = answer_of(value)
    title = turn.outcome_title(place.id, answer)
    outcomes.take(turn, run, answer, closing=turn.say("answered", outcome=title))
    return True


def _wait(turn: Turn, place: StepPlan, run: Run) -> bool:
    if not waits.is_signalled(turn, place, run):
        return False
    waits.use_up(turn, place)
    outcomes.take(turn, run, "signalled")
    return True


def _approve(turn: Turn, place: StepPlan, run: Run) -> bool:
    if run.votes:
        return False
    if approvals.needs_nobody(turn, place):
        outcomes.take(turn, run, approvals.APPROVED)
        return True
    return approvals.ask_people(turn, place, run)


_ENDS: dict[str, Callable[[Turn, StepPlan, Run], bool]] = {
    "form": _form,
    "ask": _ask,
    "wait": _wait,
    "approve": _approve,
}


def _start_a_step(turn: Turn) -> bool:
    """Start the first step of the stage whose turn it is; none while the process is about to move."""
    if turn.draft.is_ended or turn.draft.intent is not None:
        return False
    stage = turn.plan.stages.get(turn.draft.stage)
    if stage is None:
        return False
    step = visits.next_step(turn, stage)
    if step is None:
        return False
    runs.begin(turn, step, KINDS)
    return True


def _end_the_stage(turn: Turn) -> bool:
    draft = turn.draft
    if draft.is_ended or draft.intent is not None or not visits.is_worked_off(turn):
        return False
    stage = turn.plan.stages[draft.stage].stage
    moves.end_stage(turn, turn.why(f"stage {stage.id}", stage.line))
    return True


def _decide_next(turn: Turn) -> bool:
    draft = turn.draft
    return draft.is_ended and draft.intent is None and moves.decide_next(turn)


def _pursue(turn: Turn) -> bool:
    return turn.draft.intent is not None and not refusals.is_elsewhere(turn) and moves.pursue(turn)


def _finish(turn: Turn) -> bool:
    """A final stage whose work is done, and that leads nowhere, is the end of the process."""
    if not turn.draft.is_ended or turn.draft.intent is not None:
        return False
    stage = turn.plan.stages.get(turn.draft.stage)
    if stage is None or not stage.stage.is_final or stage.stage.next is not None:
        return False
    visits.finish(turn)
    return True


def _give_again(turn: Turn) -> bool:
    """A task that nobody could be found for, once there is somebody."""
    for run in [run for run in turn.draft.runs.values() if run.to is None]:
        has_task = run.state == "missing" or run.kind not in ("wait", "approve")
        if has_task and run.state != "later":
            tasks.give(turn, run, is_retry=True)
    return False


_Follow = Callable[["Turn"], bool]
#: What may follow by itself, first things first, by the phase of the process. One that is over can still be
#: woken by a card that waits in another stage; steps that span the process live outside of its stages too.
_ROUNDS: Mapping[Phase, tuple[_Follow, ...]] = {
    "running": (
        refusals.look_again,
        _end_a_run,
        _start_a_step,
        _end_the_stage,
        _decide_next,
        _pursue,
        _finish,
        _give_again,
    ),
    "finished": (refusals.look_again, _give_again),
    "outside": (refusals.look_again, _end_a_run, _give_again),
    "gone": (),
}
