"""Who a task, an assignment or a message goes to, and what happens when that person cannot take it.

Nobody who is dismissed is ever given anything: it goes to their head, then to the process owner, then to the
administrator, and the reason is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pipelines import routing
from pipelines.engine.model import Facts
from pipelines.engine.records import Record
from pipelines.recipients import OWNER, ToField, ToHeadOf, ToPerson, ToRole, ToTeam, ToUser

if TYPE_CHECKING:
    from pipelines.engine.turn import Turn
    from pipelines.recipients import PersonName, Recipient


class Person(Record, frozen=True):
    """Who it is, None for nobody at all; `reason` says what was unusual, `team` whose turn it was."""

    user: int | None
    reason: str = ""
    team: str | None = None
    follows_owner: bool = False


def resolve(turn: Turn, recipient: Recipient = OWNER) -> Person:
    """The active person that a recipient means, or who stands in for them."""
    if isinstance(recipient, ToPerson):
        user = _by_name(turn, recipient.name)
        if user is not None and is_active(turn.facts, user):
            return Person(user, follows_owner=recipient.name == "owner")
    if isinstance(recipient, ToTeam):
        return _of_team(turn, recipient)
    named = _named(turn, recipient)
    found = stand_in(turn, named)
    if found.user is None and isinstance(recipient, ToHeadOf) and recipient.otherwise:
        found = stand_in(turn, _by_name(turn, recipient.otherwise))
    if found.user is None:
        found = _fallback(turn, None, turn.say("unknown_person", recipient=_describe(recipient)))
    follows = isinstance(recipient, ToPerson) and recipient.name == "owner"
    return Person(found.user, found.reason, follows_owner=follows)


def stand_in(turn: Turn, user: int | None, barred: Iterable[int] = ()) -> Person:
    """The user, or, when dismissed or barred, the nearest person above who is not."""
    if user is None:
        return Person(None)
    if user in barred:
        return _fallback(turn, user, turn.say("own_request"), barred)
    if not is_active(turn.facts, user):
        return _fallback(turn, user, turn.say("dismissed", name=turn.person(user)), barred)
    return Person(user)


def stand_in_for_absent(turn: Turn, user: int, barred: Iterable[int]) -> Person:
    """Like `stand_in`, for what cannot wait until somebody comes back."""
    found = stand_in(turn, user, barred)
    if found.user is None or found.user not in turn.facts.absent:
        return found
    away = _fallback(turn, found.user, turn.say("absent", name=turn.person(found.user)), barred)
    return away if away.user is not None else found


def is_active(facts: Facts, user: int) -> bool:
    """False for a dismissed person; somebody whom nothing is known of counts as active."""
    person = facts.people.get(user)
    return person is None or person.is_active


def _fallback(turn: Turn, user: int | None, reason: str, barred: Iterable[int] = ()) -> Person:
    for above, phrase in _chain(turn.facts, user):
        if above not in barred and above != user and is_active(turn.facts, above):
            return Person(above, f"{reason}, {turn.say(phrase)}")
    return Person(None, reason)


def _chain(facts: Facts, user: int | None) -> Iterator[tuple[int, str]]:
    """Heads upwards, then the process owner, then the administrator."""
    seen: set[int] = set()
    person = facts.people.get(user) if user is not None else None
    while person is not None and person.head is not None and person.head not in seen:
        seen.add(person.head)
        yield person.head, "to_head"
        person = facts.people.get(person.head)
    if facts.process_owner is not None:
        yield facts.process_owner, "to_process_owner"
    if facts.admin is not None:
        yield facts.admin, "to_admin"


def _named(turn: Turn, recipient: Recipient) -> int | None:
    facts = turn.facts
    match recipient:
        case ToPerson(name=name):
            return _by_name(turn, name)
        case ToUser(user=user):
            return user
        case ToRole(role=role):
            return _of_role(facts, role)
        case ToField(field=name):
            return _as_user(turn.value(name))
        case ToHeadOf(head_of=division):
            named = turn.evaluate(division, turn.why("head_of", recipient.line))
            return facts.divisions.get(str(named)) if named is not None else None
    return None


def _by_name(turn: Turn, name: PersonName) -> int | None:
    owner = turn.draft.owner
    if name == "owner":
        return owner
    match name:
        case "actor":
            return turn.signal.by if turn.signal.by is not None else owner
        case "creator":
            return turn.facts.creator
        case "head":
            person = turn.facts.people.get(owner) if owner is not None else None
            return person.head if person else None
    return owner


def _of_role(facts: Facts, role: str) -> int | None:
    """The first holder who is here; when all are away, the first who is not dismissed."""
    holders = [user for user in facts.roles.get(role, ()) if is_active(facts, user)]
    present = [user for user in holders if user not in facts.absent]
    return next(iter([*present, *holders]), None)


def _of_team(turn: Turn, recipient: ToTeam) -> Person:
    facts = turn.facts
    picked = routing.pick(
        facts.teams.get(recipient.team, ()),
        recipient.by,
        last=facts.rotation.get(recipient.team),
        load=facts.load,
        absent=facts.absent,
        is_active=lambda user: is_active(facts, user),
    )
    reason = f"{recipient.team}, {turn.say(recipient.by)}"
    if picked.skipped:
        reason += ", " + skipped_text(turn, picked.skipped)
    if picked.user is None:
        return Person(None, turn.say("nobody_in", target=reason))
    return Person(picked.user, reason, recipient.team)


def skipped_text(turn: Turn, skipped: tuple[routing.Reason, ...]) -> str:
    """Such as "2 skipped: absent", or "3 skipped: 2 absent, 1 over capacity"."""
    counts = Counter(skipped)
    names = {reason: turn.say(f"skipped_{reason}") for reason in counts}
    if len(counts) == 1:
        reasons = next(iter(names.values()))
    else:
        reasons = ", ".join(f"{count} {names[reason]}" for reason, count in counts.items())
    return turn.say("skipped", count=len(skipped), reasons=reasons)


def _as_user(value: object) -> int | None:
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return int(value) if isinstance(value, str) and value.isdecimal() else None


def _describe(recipient: Recipient) -> str:
    match recipient:
        case ToPerson(name=name):
            return name
        case ToRole(role=role):
            return role
        case ToField(field=name):
            return name
        case ToUser(user=user):
            return str(user)
        case ToHeadOf(head_of=division):
            return str(division)
    return recipient.noun
