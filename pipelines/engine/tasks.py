"""Tasks in the CRM: given to a person, moved to another, given another date, closed with the reason."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.engine import people
from pipelines.engine.model import CloseTask, CreateTask, UpdateTask
from pipelines.engine.orders import Order, order_of
from pipelines.expressions import Expression
from pipelines.recipients import OWNER

if TYPE_CHECKING:
    from pipelines.engine.process import Run
    from pipelines.engine.turn import Turn


def give(turn: Turn, run: Run, *, is_retry: bool = False) -> None:
    """Create the task of a run; with nobody to give it to, the run waits for somebody."""
    order = order_of(turn, run)
    if order is None:
        turn.draft.runs[run.key] = run
        return
    person = people.resolve(turn, order.recipient)
    why = turn.step_rule(run.step)
    if person.user is None:
        if not is_retry:
            turn.note("nobody", why, run=run, step=order.title)
        turn.draft.runs[run.key] = run
        return
    if person.reason:
        turn.note("instead", why, run=run, step=order.title, reason=person.reason)
    run = _given(turn, run, order, person)
    turn.draft.runs[run.key] = run
    turn.ask(_create(turn, run, order, person.user, person.reason))


def _given(turn: Turn, run: Run, order: Order, person: people.Person) -> Run:
    due = turn.moment(order.due, turn.now, turn.step_rule(run.step))
    return run.but(
        to=person.user,
        follows_owner=person.follows_owner,
        due=due or run.due,
        field_due=due if isinstance(order.due, Expression) else None,
    )


def _create(turn: Turn, run: Run, order: Order, to: int, reason: str) -> CreateTask:
    return CreateTask(
        key=f"{run.key}/create",
        why=turn.step_rule(run.step) if run.step else turn.why(run.kind),
        run=run.key,
        kind=order.kind,
        title=order.title,
        to=to,
        due=run.due,
        description=order.description,
        hint=order.hint,
        checklist=order.checklist,
        outcomes=order.outcomes,
        priority=order.priority,
        reason=reason,
    )


def close(turn: Turn, run: Run, reason: str) -> None:
    """Close whatever task of the run is open."""
    if run.to is not None:
        _close(turn, run, run.key, reason)
    for vote in run.votes:
        close_vote(turn, run, vote.user, reason)


def close_vote(turn: Turn, run: Run, user: int, reason: str) -> None:
    """Close one approver's task, if it is open."""
    for vote in run.votes:
        if vote.user == user and vote.state == "asked":
            _close(turn, run, run.key_of(vote), reason)


def _close(turn: Turn, run: Run, key: str, reason: str) -> None:
    why = turn.step_rule(run.step) if run.step else turn.why(run.kind)
    turn.ask(CloseTask(key=f"{key}/close", why=why, run=key, reason=reason))


def follow_owner(turn: Turn) -> None:
    """Move the owner's open tasks to the present owner."""
    owner = people.resolve(turn, OWNER)
    for run in tuple(turn.draft.runs.values()):
        if owner.user is not None and run.follows_owner and run.to not in (None, owner.user):
            turn.draft.runs[run.key] = run.but(to=owner.user)
            _update(turn, run, run.key, to=owner.user)


def set_due(turn: Turn, run: Run, due: datetime) -> None:
    """Give the open tasks of a run another date, in the CRM too."""
    turn.draft.runs[run.key] = run.but(due=due)
    for key in run.open_tasks:
        _update(turn, run, key, due=due)


def set_missing(turn: Turn, run: Run, missing: tuple[str, ...]) -> None:
    """Make the list in the task say what is missing now."""
    run = turn.draft.runs[run.key] = run.but(missing=missing)
    order = order_of(turn, run)
    if run.to is not None and order is not None:
        _update(turn, run, run.key, description=order.description)


def _update(
    turn: Turn,
    run: Run,
    task: str,
    *,
    to: int | None = None,
    due: datetime | None = None,
    description: str | None = None,
) -> None:
    change = "to" if to is not None else "due" if due is not None else "description"
    key = f"{task}/{change}/{turn.signal.key}/{len(turn.commands)}"
    why = turn.step_rule(run.step) if run.step else turn.why(run.kind)
    turn.ask(UpdateTask(key=key, why=why, run=task, to=to, due=due, description=description))
