"""What people say about a run: by its task (completed, put off, cancelled), or by a button beside it.

Of two explicit answers the earlier wins; one that comes for a run that has ended is only written down.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.engine import actions, approvals, missing, moves, offers, outcomes, runs, tasks, timers
from pipelines.engine.model import Answered, Comment, Pressed, TaskCancelled, TaskCompleted, TaskPostponed
from pipelines.steps import TaskStep

if TYPE_CHECKING:
    from pipelines.engine.plan import StepPlan
    from pipelines.engine.process import Run
    from pipelines.engine.turn import Turn


def completed(turn: Turn, signal: TaskCompleted) -> None:
    """A task was completed, with a result or without."""
    run = _live(turn, signal.run)
    if run is None:
        return
    if run.step and turn.place(run) is None:
        _end_orphan(turn, run, signal.run, signal.outcome or "done")
    elif run.kind == "approve":
        _vote(turn, run, signal.run, signal.outcome, signal.note, is_closed=True)
    elif run.kind in _BUILT_IN:
        _BUILT_IN[run.kind](turn, run.but(to=None), signal.outcome)
    else:
        _complete_step(turn, _without_task(turn, run), signal.outcome)


def _complete_step(turn: Turn, run: Run, outcome: str | None) -> None:
    place = turn.place(run)
    if place is None or (place.step.kind == "wait" and run.state != "missing"):
        _ignore(turn, run.key)
        return
    named = outcome if may_name(place, outcome) else run.outcome if run.state == "missing" else None
    if named is not None:
        outcomes.take(turn, run, named)
        return
    _complete_without_result(turn, place, run)


def _end_orphan(turn: Turn, run: Run, key: str, outcome: str) -> None:
    """A run whose step the present version does not have any more ends with whatever is said of it."""
    votes = tuple(vote for vote in run.votes if run.key_of(vote) != key)
    left = run.but(votes=votes, to=None if key == run.key else run.to)
    outcomes.take(turn, left, outcome, closing=turn.say("not_missing"))


def may_name(place: StepPlan, outcome: str | None) -> bool:
    """True for a result that is the rep's to give; others come from a task's status or from the engine."""
    ending = place.ends.get(outcome) if outcome is not None else None
    return ending is not None and ending.is_of_rep


def _complete_without_result(turn: Turn, place: StepPlan, run: Run) -> None:
    step = place.step
    if step.kind == "form":
        outcomes.take(turn, run, "filled")
    elif step.kind == "ask":
        _ask_again(turn, run)
    elif not isinstance(step, TaskStep) or not _wants_result(step):
        outcomes.take(turn, run, "done")
    elif run.is_asked_again or _is_named(step, "unspecified"):
        outcomes.take(turn, run, "unspecified")
    else:
        _ask_again(turn, run)


def _wants_result(step: TaskStep) -> bool:
    return step.has_choices and not _is_named(step, "done")


def _is_named(step: TaskStep, outcome: str) -> bool:
    return any(each.id == outcome for each in step.outcomes)


def _ask_again(turn: Turn, run: Run) -> None:
    turn.note("asked_again", turn.step_rule(run.step), run=run, step=turn.step_title(run.step))
    runs.renew(turn, run, is_asked_again=True)


def _choose(turn: Turn, run: Run, stage: str | None) -> None:
    if stage is None or not moves.choose(turn, run, stage):
        moves.ask_choice_again(turn, run)


def _drop_list(turn: Turn, run: Run, outcome: str | None) -> None:
    """The list was worked off, or so somebody says: what is still missing gets a new one in the round."""
    turn.draft.drop(run)


_BUILT_IN: dict[str, Callable[[Turn, Run, str | None], None]] = {
    "choice": _choose,
    "missing": _drop_list,
    "offer": offers.answer,
}


def cancelled(turn: Turn, signal: TaskCancelled) -> None:
    """A task was deleted, or its line "Not needed" was ticked."""
    run = _live(turn, signal.run)
    if run is None:
        return
    if run.kind == "missing":
        missing.mute(turn, run)
    elif run.step and turn.place(run) is None:
        _end_orphan(turn, run, signal.run, "cancelled")
    elif run.kind == "offer":
        offers.close(turn, run)
    elif run.kind == "choice":
        turn.draft.drop(run)  # the rep will move the card without being asked
    elif run.kind == "approve":
        _vote(turn, run, signal.run, approvals.REJECTED, signal.note, is_closed=True)
    else:
        outcomes.take(turn, _without_task(turn, run), "cancelled")


def postponed(turn: Turn, signal: TaskPostponed) -> None:
    """A task was put off; without a date, by one working day."""
    run = _live(turn, signal.run)
    if run is None:
        return
    until = signal.until or turn.after(turn.now, outcomes.ONE_WORKING_DAY, turn.step_rule(run.step))
    place = turn.place(run)
    outcome = place.outcomes.get("postponed") if place else None
    if run.kind not in ("approve", "wait") and outcome is not None and outcome.directive:
        outcomes.take(turn, run, "postponed", closing=turn.say("postponed"))
        return
    _wait_until(turn, run, until, is_in_crm=signal.until is not None)
    if outcome is not None:
        why = turn.why(f"outcome {run.step}.postponed", outcome.line)
        outcomes.do_beside(turn, outcome, f"{run.key}/postponed/{signal.key}", why)


def _wait_until(turn: Turn, run: Run, until: datetime, *, is_in_crm: bool) -> None:
    """The run goes on with a new date; its limit and escalations move as far as the date does."""
    before = run.due or turn.now
    kept = run.but(postponed_until=until)
    if is_in_crm or run.kind == "approve":  # what one approver puts off is not put off for the others
        turn.draft.runs[run.key] = kept.but(due=until)
    else:
        tasks.set_due(turn, kept, until)
    timers.put_off(turn, run, max(until - before, timedelta()))
    title = turn.step_title(run.step) if run.step else turn.say(f"{run.kind}_title", title="")
    turn.note("postponed", turn.step_rule(run.step), run=run, step=title, at=turn.show(until))


def answered(turn: Turn, signal: Answered) -> None:
    """A run was answered beside its task, which is closed by it."""
    run = _live(turn, signal.run)
    if run is None:
        return
    if run.kind == "approve":
        _vote(turn, run, signal.run, signal.value, signal.note, is_closed=False)
    elif run.kind == "offer":
        _start_offered(turn, signal.value)
    elif run.kind == "choice":
        title = turn.stage_title(signal.value)
        if not moves.choose(turn, run, signal.value, closing=turn.say("answered", outcome=title)):
            _ignore(turn, signal.value)
    else:
        _answer_step(turn, run, signal.value)


def _answer_step(turn: Turn, run: Run, outcome: str) -> None:
    place = turn.place(run)
    if place is None or not may_name(place, outcome):
        _ignore(turn, outcome)
        return
    title = turn.outcome_title(place.id, outcome)
    outcomes.take(turn, run, outcome, closing=turn.say("answered", outcome=title))


def pressed(turn: Turn, signal: Pressed) -> None:
    """A button of the card: a stage to choose, a result of the one step that has it, or a follow-on."""
    button = signal.button
    choice = moves.choice_run(turn)
    if choice is not None:
        closing = turn.say("answered", outcome=turn.stage_title(button))
        if moves.choose(turn, choice, button, closing=closing):
            return
    meant = [run for run in turn.draft.runs.values() if _has_button(turn, run, button)]
    if len(meant) == 1:
        _answer_step(turn, meant[0], "filled" if button == "continue" else button)
    else:
        _start_offered(turn, button)


def _start_offered(turn: Turn, follow_on: str) -> None:
    found = turn.plan.definition.follow_on(follow_on)
    if found is None:
        _ignore(turn, follow_on)
        return
    offers.withdraw(turn, turn.say("answered", outcome=turn.text(found.title) or found.id))
    key = f"{turn.draft.visit}/press/{follow_on}/{turn.signal.by or 0}"
    actions.start_follow_on(turn, follow_on, key, turn.why(f"button {follow_on}"))


def _has_button(turn: Turn, run: Run, button: str) -> bool:
    place = turn.place(run)
    if place is None or run.state == "later" or run.kind in ("approve", "wait"):
        return False
    if run.kind == "form":
        return button == "continue"
    return any(outcome.id == button for outcome in place.step.choices)


def _vote(turn: Turn, run: Run, key: str, outcome: str | None, note: str, *, is_closed: bool) -> None:
    """One person's answer to an approval; a person's own request is not theirs to approve."""
    place = turn.place(run)
    user = approvals.voter(run, key, turn.signal.by)
    if place is None or user is None:
        _ignore(turn, run.step)
        return
    by = turn.signal.by if turn.signal.by is not None else user
    is_own = by == run.requester
    if is_own:
        turn.note("own_request", turn.step_rule(run.step), run=run, name=turn.person(by))
    if is_own or outcome not in (approvals.APPROVED, approvals.REJECTED):
        if is_closed:
            approvals.ask(turn, place, run, user)
        return
    run = approvals.cast(turn, run, user, outcome, is_closed=is_closed)
    if outcome == approvals.REJECTED and note:
        text = turn.say("rejected", reason=note)
        turn.ask(Comment(key=f"{run.key}/{user}/note", why=turn.step_rule(run.step), text=text))
    _count(turn, place, run)


def _count(turn: Turn, place: StepPlan, run: Run) -> None:
    result = approvals.verdict(place, run)
    if result is None:
        approvals.ask_next(turn, place, run)
        return
    title = turn.outcome_title(place.id, result)
    outcomes.take(turn, run, result, closing=turn.say("decided", outcome=title))


def _live(turn: Turn, key: str) -> Run | None:
    run = turn.draft.run(key)
    if run is None or run.state == "later":
        _ignore(turn, key)
        return None
    return run


def _without_task(turn: Turn, run: Run) -> Run:
    """The same run, whose task is no longer open."""
    closed = turn.draft.runs[run.key] = run.but(to=None)
    return closed


def _ignore(turn: Turn, what: str) -> None:
    turn.note("ignored", turn.why("report"), reason=what)
