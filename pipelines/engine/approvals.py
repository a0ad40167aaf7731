"""Approvals: who is asked, in which order, and what their votes come to. Nobody approves their own request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.engine import people, tasks
from pipelines.engine.model import Choice, CreateTask
from pipelines.engine.process import Run, Vote
from pipelines.steps import ApproveStep

if TYPE_CHECKING:
    from pipelines.engine.plan import StepPlan
    from pipelines.engine.turn import Turn

APPROVED, REJECTED = "approved", "rejected"


def begin_approval(turn: Turn, place: StepPlan, run: Run) -> None:
    """Ask the first one, or all; the request is the owner's."""
    ask_people(turn, place, replace(run, requester=turn.draft.owner))


def ask_people(turn: Turn, place: StepPlan, run: Run) -> None:
    """Find those who must approve and ask whose turn it is; with nobody to be found, wait for somebody."""
    step = place.step
    assert isinstance(step, ApproveStep)
    users = _approvers(turn, place, run)
    in_turn = step.approve.mode == "in_turn"
    due = turn.moment(step.approve.due, turn.now, turn.step_rule(place.id))
    votes = tuple(Vote(user, "queued") for user in users)
    run = turn.draft.runs[run.key] = replace(run, votes=votes, due=due)
    for vote in votes[: 1 if in_turn else None]:
        run = ask(turn, place, run, vote.user)


def needs_nobody(turn: Turn, place: StepPlan) -> bool:
    """True when the conditions of all approvers are false: there is nothing to approve."""
    step = place.step
    return isinstance(step, ApproveStep) and not any(turn.holds(each.when) for each in step.approve.by)


def ask(turn: Turn, place: StepPlan, run: Run, user: int) -> Run:
    """Give one person the question, again if need be."""
    step = place.step
    assert isinstance(step, ApproveStep)
    number = next((vote.tasks for vote in run.votes if vote.user == user), 0) + 1
    run = turn.draft.runs[run.key] = _with_vote(run, Vote(user, "asked", number))
    key = tasks.vote_key(run, user, number)
    approved, rejected = (place.outcomes[each] for each in (APPROVED, REJECTED))
    turn.ask(
        CreateTask(
            key=f"{key}/create",
            why=turn.step_rule(place.id),
            run=key,
            kind="approval",
            title=turn.own_title(place) or turn.say("approval_title", title=turn.show(turn.value("title"))),
            to=user,
            due=run.due,
            hint=turn.text(step.hint),
            outcomes=tuple(Choice(each.id, turn.text(each.title)) for each in (approved, rejected)),
        )
    )
    return run


def voter(run: Run, key: str, by: int | None) -> int | None:
    """Whose vote a report about `key` is; None when nobody who is asked is meant."""
    asked = [vote.user for vote in run.votes if vote.state == "asked"]
    if key != run.key:
        user, _, number = key.rpartition("/")[2].partition(".")
        meant = Vote(int(user), "asked", int(number or 1))
        return meant.user if meant in run.votes else None
    if by is not None:
        return by if by in asked else None
    return asked[0] if len(asked) == 1 else None


def cast(turn: Turn, run: Run, user: int, outcome: str) -> Run:
    """Count a vote."""
    number = next(vote.tasks for vote in run.votes if vote.user == user)
    vote = Vote(user, "approved" if outcome == APPROVED else "rejected", number)
    run = turn.draft.runs[run.key] = _with_vote(run, vote)
    title = turn.outcome_title(run.step, outcome)
    turn.note("voted", turn.step_rule(run.step), run=run, name=turn.person(user), outcome=title)
    return run


def verdict(place: StepPlan, run: Run) -> str | None:
    """What the votes come to; None while it is open."""
    step = place.step
    assert isinstance(step, ApproveStep)
    states = [vote.state for vote in run.votes]
    if step.approve.mode == "any":
        if "approved" in states:
            return APPROVED
        return REJECTED if states and all(state == "rejected" for state in states) else None
    if "rejected" in states:
        return REJECTED
    return APPROVED if states and all(state == "approved" for state in states) else None


def ask_next(turn: Turn, place: StepPlan, run: Run) -> None:
    """In turn: when nobody is being asked, ask the next one."""
    if any(vote.state == "asked" for vote in run.votes):
        return
    queued = next((vote.user for vote in run.votes if vote.state == "queued"), None)
    if queued is not None:
        ask(turn, place, run, queued)


def _approvers(turn: Turn, place: StepPlan, run: Run) -> list[int]:
    step = place.step
    assert isinstance(step, ApproveStep)
    barred = () if run.requester is None else (run.requester,)
    found: list[int] = []
    for approver in step.approve.by:
        if not turn.holds(approver.when):
            continue
        person = people.resolve(turn, approver.who)
        reasons = [person.reason]
        if person.user is not None:
            person = people.stand_in_for_absent(turn, person.user, barred)
            reasons.append(person.reason)
        _note_reasons(turn, run, reasons)
        if person.user is not None and person.user not in found:
            found.append(person.user)
    return found


def _note_reasons(turn: Turn, run: Run, reasons: Iterable[str]) -> None:
    for reason in reasons:
        if reason:
            turn.note("approver", turn.step_rule(run.step), run=run, reason=reason)


def _with_vote(run: Run, vote: Vote) -> Run:
    return replace(run, votes=tuple(vote if each.user == vote.user else each for each in run.votes))
