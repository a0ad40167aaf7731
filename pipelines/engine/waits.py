"""Wait steps: which signals came, and which of them a step has used up already.

A signal counts from the start of the process and satisfies each wait step once; the next run of that step
needs a newer one. For a field, a newer one is another value; time is no signal and simply passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.engine import timers
from pipelines.engine.values import from_json, is_empty, settled, to_json
from pipelines.steps import WaitStep
from pipelines.waiting import (
    ChildSignal,
    ExternalSignal,
    FieldSignal,
    StageSignal,
    StepSignal,
    TimeSignal,
)

if TYPE_CHECKING:
    from pipelines.engine.plan import StepPlan
    from pipelines.engine.process import Run
    from pipelines.engine.turn import Turn
    from pipelines.waiting import WaitFor

FINAL = ("won", "lost", "archived")


def begin_wait(turn: Turn, place: StepPlan, run: Run) -> None:
    """Nothing to do but to set the clock, if the wait is for time."""
    _set_clock(turn, place, run)


def is_signalled(turn: Turn, place: StepPlan, run: Run) -> bool:
    """True when what the step waits for came and was not used up by an earlier run of it."""
    step = place.step
    if not isinstance(step, WaitStep):
        return False
    signal = step.wait.signal
    if isinstance(signal, TimeSignal):
        return _set_clock(turn, place, run)
    token = _token(turn, signal)
    return token is not None and token != from_json(turn.draft.used.get(place.id))


def use_up(turn: Turn, place: StepPlan) -> None:
    """The signal that came has done its work for this step."""
    step = place.step
    if isinstance(step, WaitStep) and not isinstance(step.wait.signal, TimeSignal):
        turn.draft.used[place.id] = to_json(_token(turn, step.wait.signal))


def _token(turn: Turn, signal: WaitFor) -> Any:
    """What tells the newest occurrence of a signal from an earlier one; None: it did not come."""
    heard = turn.draft.heard
    match signal:
        case StepSignal(step=step):
            return heard.get(f"step:{step}")
        case ExternalSignal(name=name):
            return heard.get(f"signal:{name}")
        case FieldSignal(field=field):
            value = turn.value(field)
            return None if is_empty(value) else settled(value)
        case ChildSignal(link=link, won=won):
            present = _link(turn, link, "status")
            is_there = present == "won" if won else present in FINAL
            return heard.get(child_signal(link, won)) or (1 if is_there else None)
        case StageSignal(link=link, stage=stage):
            return heard.get(stage_signal(link, stage)) or (
                1 if _link(turn, link, "stage") == stage else None
            )
    return None


def child_signal(link: str, won: bool) -> str:
    """What is counted when a linked item comes into a final stage."""
    return f"child:{link}:won" if won else f"child:{link}"


def stage_signal(link: str, stage: str) -> str:
    """What is counted when a linked item comes into a stage."""
    return f"stage:{link}:{stage}"


def _link(turn: Turn, link: str, name: str) -> Any:
    linked = turn.facts.links.get(link)
    return linked.get(name) if linked else None


def _set_clock(turn: Turn, place: StepPlan, run: Run) -> bool:
    """Set the timer of a wait for time where it belongs now; True when that instant is over."""
    step = place.step
    if not isinstance(step, WaitStep) or not isinstance(step.wait.signal, TimeSignal):
        return False
    at = turn.moment(step.wait.signal.at, run.opened_at, turn.step_rule(place.id))
    if at is not None and at <= turn.now:
        return True
    timers.set_timer(turn, run.key, timers.TIME, at)
    return False
