"""The owner of the item: assigned with the reason kept, routed, and followed when people change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.engine import people, tasks
from pipelines.engine.model import Assign

if TYPE_CHECKING:
    from pipelines.definition import Route
    from pipelines.engine.model import Why
    from pipelines.engine.turn import Turn


def route(turn: Turn, key: str) -> None:
    """Ask the routes who owns the item: the first that holds and has somebody to give."""
    passed: list[str] = []
    for number, each in enumerate(turn.plan.definition.routes, 1):
        why = turn.why(f"route {number}", each.line)
        verdict = turn.holds(each.when)
        turn.note_verdict(verdict, why)
        if verdict and _take(turn, each, number, passed, key, why):
            return
    _route_to_nobody(turn, passed, key)


def _take(turn: Turn, each: Route, number: int, passed: list[str], key: str, why: Why) -> bool:
    name = turn.say("route", number=number)
    owner = turn.draft.owner
    if each.keep and owner is not None and people.is_active(turn.facts, owner):
        turn.note("assigned", why, name=turn.person(owner), reason=f"{name}, {turn.say('kept')}")
        return True
    person = people.resolve(turn, each.to)
    if person.user is None:
        passed.append(f"{name}, {person.reason}" if person.reason else name)
        return False
    reason = ", ".join(part for part in (*passed, name, person.reason) if part)
    assign(turn, people.Person(person.user, reason, person.team), key, why)
    return True


def _route_to_nobody(turn: Turn, passed: list[str], key: str) -> None:
    if not turn.plan.definition.routes:
        return
    reason = ", ".join([*passed, turn.say("no_route")])
    for user in (turn.facts.process_owner, turn.facts.admin):
        if user is not None and people.is_active(turn.facts, user):
            assign(turn, people.Person(user, reason), key, turn.why("routes"))
            return
    turn.note("ignored", turn.why("routes"), reason=reason)


def assign(turn: Turn, person: people.Person, key: str, why: Why) -> None:
    """Make somebody the owner; the owner's open tasks go along."""
    draft = turn.draft
    if person.user is None:
        turn.note("ignored", why, reason=person.reason)
        return
    turn.note("assigned", why, name=turn.person(person.user), reason=person.reason or why.rule)
    is_news = person.user != draft.owner
    reason = person.reason or why.rule
    if is_news or person.team is not None:  # whoever has it already got the turn all the same
        turn.ask(Assign(key=key, why=why, user=person.user, reason=reason, team=person.team))
    if is_news:
        draft.owner_before = turn.facts.owner
        draft.owner, draft.is_assigning = person.user, True
        tasks.follow_owner(turn)


def follow(turn: Turn) -> None:
    """Take over the owner that the CRM shows, unless it does not show the assigned one yet."""
    draft, seen = turn.draft, turn.facts.owner
    if draft.is_assigning and seen == draft.owner_before:
        return
    is_news = seen != draft.owner
    draft.owner, draft.owner_before, draft.is_assigning = seen, None, False
    if is_news:
        turn.note("owner_changed", turn.why("owner"), name=turn.person(seen))
        tasks.follow_owner(turn)
