"""The life of a step run: it begins, at once or later, or is skipped; it ends, or is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.engine import tasks, timers
from pipelines.engine.process import End, Result, Run, RunKind, RunState

if TYPE_CHECKING:
    from pipelines.engine.model import Why
    from pipelines.engine.plan import StepPlan
    from pipelines.engine.turn import Turn

#: How a run of each kind begins, filled in by `kinds`.
Begin = Callable[["Turn", "StepPlan", Run], None]


def begin(turn: Turn, place: StepPlan, kinds: dict[str, Begin]) -> None:
    """Start a step now, or skip it when its condition does not hold."""
    why = turn.step_rule(place.id)
    verdict = turn.holds(place.step.when)
    if not verdict:
        turn.note_verdict(verdict, why)
        skip(turn, place)
        return
    run = new_run(turn, place, "open")
    turn.note("opened", why, run=run, step=turn.step_title(place.id))
    timers.set_run_timers(turn, run)
    kinds[place.step.kind](turn, place, run)


def new_run(turn: Turn, place: StepPlan, state: RunState) -> Run:
    """A further execution of a step, live from now on."""
    kind: RunKind = place.step.kind  # type: ignore[assignment]
    run = Run(
        key=turn.draft.new_key(place.id),
        step=place.id,
        kind=kind,
        state=state,
        opened_at=turn.now,
        is_process_wide=place.is_process_wide,
    )
    turn.draft.runs[run.key] = run
    turn.draft.results.pop(place.id, None)
    return run


def begin_later(turn: Turn, place: StepPlan, at: datetime) -> None:
    """Make the next run of a step, to start at an instant."""
    run = new_run(turn, place, "later").but(due=at)
    turn.draft.runs[run.key] = run
    timers.set_timer(turn, run.key, timers.START, at)
    turn.note("later", turn.step_rule(place.id), run=run, step=turn.step_title(place.id), at=turn.show(at))


def skip(turn: Turn, place: StepPlan) -> None:
    """A step that is not wanted counts as finished."""
    turn.draft.results[place.id] = Result("skipped", is_finished=True)
    turn.draft.hear(f"step:{place.id}")
    turn.note("skipped", turn.step_rule(place.id), of=place.id, step=turn.step_title(place.id))


def end(turn: Turn, run: Run, outcome: str, *, is_again: bool = False) -> None:
    """A run ended with an outcome; its task is closed already."""
    turn.draft.drop(run)
    turn.ended.append(run.step)
    turn.draft.outcomes[run.step] = outcome
    ended: End = "cancelled" if outcome == "cancelled" else "done"
    turn.draft.results[run.step] = Result("reset" if is_again else ended, not is_again, outcome)
    if not is_again:
        turn.draft.hear(f"step:{run.step}")
    title = turn.outcome_title(run.step, outcome)
    turn.note("ended", turn.step_rule(run.step), run=run, step=turn.step_title(run.step), outcome=title)


def cancel(turn: Turn, run: Run, reason: str, why: Why | None = None) -> None:
    """End a live run without an outcome: its task is closed with the reason."""
    tasks.close(turn, run, reason)
    turn.draft.drop(run)
    if run.step:
        turn.draft.results[run.step] = Result("cancelled", is_finished=False)
        why = why or turn.step_rule(run.step)
        turn.note("cancelled", why, run=run, step=turn.step_title(run.step), reason=reason)


def renew(turn: Turn, run: Run, **changes: object) -> None:
    """A run whose task is no longer there gets another: a further run, watched by the same clocks."""
    turn.ended.append(run.step)
    key = turn.draft.new_key(run.step or f":{run.kind}")
    again = run.but(key=key, to=None, **changes)
    del turn.draft.runs[run.key]
    timers.hand_over(turn, run.key, key)
    turn.draft.runs[key] = again
    tasks.give(turn, again)
