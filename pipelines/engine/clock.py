"""Timers that fired: a later run begins, a limit is over, an escalation is due, a wait for time ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipelines.engine import actions, outcomes, tasks, timers
from pipelines.engine.kinds import KINDS
from pipelines.engine.plan import is_of_item

if TYPE_CHECKING:
    from pipelines.definition import Stage
    from pipelines.engine.model import TimerFired
    from pipelines.engine.plan import StepPlan
    from pipelines.engine.process import Run
    from pipelines.engine.turn import Turn
    from pipelines.steps import Step


def fired(turn: Turn, signal: TimerFired) -> None:
    """A timer of the process fell due; one that is not set, or is set for later, means nothing."""
    at = turn.draft.timers.get(signal.name)
    if at is None or at > turn.now:
        return
    del turn.draft.timers[signal.name]
    owner, kind, number = timers.split_name(signal.name)
    if owner == turn.draft.visit:
        _of_stage(turn, kind, number)
        return
    run = turn.draft.runs.get(owner)
    place = turn.place(run) if run else None
    if run is not None and place is not None and kind in _OF_RUN:
        _OF_RUN[kind](turn, place, run, number)


def _of_stage(turn: Turn, kind: str, number: int) -> None:
    stage = turn.plan.stages.get(turn.draft.stage)
    if stage is not None:
        title = turn.stage_title(stage.stage.id)
        _watched(turn, stage.stage, title, turn.draft.visit, kind, number)


def _watched(turn: Turn, what: Stage | Step, title: str, base: str, kind: str, number: int) -> None:
    """A limit is written down; an escalation does what it says."""
    rule = f"{what.noun} {what.id}"
    if kind == timers.LIMIT:
        turn.note("overdue", turn.why(rule, what.line_of("limit")), what=title)
    elif number < len(what.escalations):
        escalation = what.escalations[number]
        turn.note("escalated", turn.why(rule, escalation.line), what=title)
        actions.perform(turn, escalation.do, f"{base}/escalation{number}", f"escalation of {what.id}")


def _start(turn: Turn, place: StepPlan, run: Run, number: int) -> None:
    """What was put off by an outcome begins."""
    run = turn.draft.runs[run.key] = run.but(state="open", opened_at=turn.now)
    turn.note("opened", turn.step_rule(run.step), run=run, step=turn.step_title(run.step))
    timers.set_run_timers(turn, run)
    KINDS[run.kind](turn, place, run)


def _limit(turn: Turn, place: StepPlan, run: Run, number: int) -> None:
    _watched(turn, place.step, turn.step_title(place.id), run.key, timers.LIMIT, 0)
    if run.kind == "wait":
        outcomes.take(turn, run, "timeout")


def _escalation(turn: Turn, place: StepPlan, run: Run, number: int) -> None:
    _watched(turn, place.step, turn.step_title(place.id), run.key, timers.ESCALATION, number)


def _time(turn: Turn, place: StepPlan, run: Run, number: int) -> None:
    """The round that follows sees that the time is over."""


_OF_RUN: dict[str, Callable[[Turn, StepPlan, Run, int], None]] = {
    timers.START: _start,
    timers.LIMIT: _limit,
    timers.ESCALATION: _escalation,
    timers.TIME: _time,
}


def follow_dates(turn: Turn) -> None:
    """Due dates and limits that come from a field move with it."""
    following = [run for run in turn.draft.runs.values() if run.step in turn.plan.follows_field]
    for run in following:
        place = turn.place(run)
        if place is not None and run.state != "later":
            _follow_due(turn, place, run)
            _follow_limit(turn, place, run)


def _follow_due(turn: Turn, place: StepPlan, run: Run) -> None:
    if run.field_due is None and run.due is not None:
        return
    if not run.has_task or not is_of_item(place.due):
        return
    due = turn.moment(place.due, turn.now, turn.step_rule(run.step))
    if due is None or due == run.field_due:
        return
    tasks.set_due(turn, run.but(field_due=due, postponed_until=None), due)
    title, at = turn.step_title(run.step), turn.show(due)
    turn.note("moved_due", turn.step_rule(run.step), run=run, step=title, at=at)


def _follow_limit(turn: Turn, place: StepPlan, run: Run) -> None:
    limit = place.step.limit
    if not is_of_item(limit):
        return
    at = turn.moment(limit, turn.now, turn.step_rule(run.step))
    if at is not None and (at > turn.now or timers.timer_name(run.key, timers.LIMIT) in turn.draft.timers):
        timers.set_timer(turn, run.key, timers.LIMIT, at)
