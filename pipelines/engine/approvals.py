"""Approvals: who is asked, in which order, what their votes come to. Nobody approves their own request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.engine import people, tasks
from pipelines.engine.model import Choice, CreateTask
from pipelines.engine.plan import is_of_item
from pipelines.engine.process import Run, Vote
from pipelines.steps import ApproveStep

if TYPE_CHECKING:
    from pipelines.engine.plan import StepPlan
    from pipelines.engine.turn import Turn
    from pipelines.recipients import Recipient

APPROVED, REJECTED = "approved", "rejected"


def begin_approval(turn: Turn, place: StepPlan, run: Run) -> None:
    """Ask the first one, or all; the request is the owner's."""
    run = turn.draft.runs[run.key] = run.but(requester=turn.draft.owner)
    if not ask_people(turn, place, run) and not needs_nobody(turn, place):
        turn.note("nobody", turn.step_rule(place.id), run=run, step=turn.step_title(place.id))


def ask_people(turn: Turn, place: StepPlan, run: Run) -> bool:
    """Ask those who must approve, or the first of them; false when there is somebody who cannot be found."""
    step = place.step
    assert isinstance(step, ApproveStep)
    found = _approvers(turn, place, run)
    if not found:
        return False
    due = turn.moment(place.due, turn.now, turn.step_rule(place.id))
    field_due = due if is_of_item(place.due) else None
    users = dict.fromkeys(person.user for person in found if person.user is not None)
    votes = tuple(Vote(user=user, state="queued") for user in users)
    run = turn.draft.runs[run.key] = run.but(votes=votes, due=due, field_due=field_due)
    for reason in (person.reason for person in found if person.reason):
        turn.note("approver", turn.step_rule(place.id), run=run, reason=reason)
    for vote in votes[: 1 if step.approve.mode == "in_turn" else None]:
        run = ask(turn, place, run, vote.user)
    return True


def needs_nobody(turn: Turn, place: StepPlan) -> bool:
    """True when the conditions of all approvers are false: there is nothing to approve."""
    step = place.step
    return isinstance(step, ApproveStep) and not any(turn.holds(each.when) for each in step.approve.by)


def ask(turn: Turn, place: StepPlan, run: Run, user: int) -> Run:
    """Give one person the question, again if need be."""
    step = place.step
    assert isinstance(step, ApproveStep)
    number = next((vote.tasks for vote in run.votes if vote.user == user), 0) + 1
    vote = Vote(user=user, state="asked", tasks=number)
    run = turn.draft.runs[run.key] = _with_vote(run, vote)
    key = run.key_of(vote)
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
        vote = run.vote_of(key)
        return vote.user if vote is not None and vote.state == "asked" else None
    if by is not None:
        return by if by in asked else None
    return asked[0] if len(asked) == 1 else None


def cast(turn: Turn, run: Run, user: int, outcome: str, *, is_closed: bool) -> Run:
    """Count a vote; if it was given beside the task, that is closed."""
    title = turn.outcome_title(run.step, outcome)
    if not is_closed:
        tasks.close_vote(turn, run, user, turn.say("answered", outcome=title))
    number = next(vote.tasks for vote in run.votes if vote.user == user)
    vote = Vote(user=user, state="approved" if outcome == APPROVED else "rejected", tasks=number)
    run = turn.draft.runs[run.key] = _with_vote(run, vote)
    turn.note("voted", turn.step_rule(run.step), run=run, name=turn.person(user), outcome=title)
    return run


def verdict(place: StepPlan, run: Run) -> str | None:
    """What the votes come to; None while it is open. Of `any`, the first answer decides, whichever it is."""
    step = place.step
    assert isinstance(step, ApproveStep)
    states = [vote.state for vote in run.votes]
    if "rejected" in states:
        return REJECTED
    if step.approve.mode == "any":
        return APPROVED if "approved" in states else None
    return APPROVED if states and all(state == "approved" for state in states) else None


def ask_next(turn: Turn, place: StepPlan, run: Run) -> None:
    """In turn: when nobody is being asked, ask the next one."""
    if any(vote.state == "asked" for vote in run.votes):
        return
    queued = next((vote.user for vote in run.votes if vote.state == "queued"), None)
    if queued is not None:
        ask(turn, place, run, queued)


def _approvers(turn: Turn, place: StepPlan, run: Run) -> list[people.Person]:
    """Who is to be asked; nobody at all as long as one of them cannot be found."""
    step = place.step
    assert isinstance(step, ApproveStep)
    barred = () if run.requester is None else (run.requester,)
    wanted = [approver.who for approver in step.approve.by if turn.holds(approver.when)]
    found = [_approver(turn, who, barred) for who in wanted]
    return found if all(person.user is not None for person in found) else []


def _approver(turn: Turn, who: Recipient, barred: tuple[int, ...]) -> people.Person:
    named = people.resolve(turn, who)
    if named.user is None:
        return named
    present = people.stand_in_for_absent(turn, named.user, barred)
    reasons = [reason for reason in (named.reason, present.reason) if reason]
    return people.Person(present.user, "; ".join(reasons))


def _with_vote(run: Run, vote: Vote) -> Run:
    return run.but(votes=tuple(vote if each.user == vote.user else each for each in run.votes))
