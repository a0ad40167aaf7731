"""Who of a team gets the next item: in turn, the least loaded, or by weight; who cannot take it is skipped.

Pure: loads, absences and whose turn it was come in as facts. Which route holds is asked by the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

By = Literal["round_robin", "least_loaded", "weighted"]
Reason = Literal["absent", "capacity", "dismissed"]


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a team: `weight` for weighted routes (0 gets nothing), `capacity` is not exceeded."""

    user: int
    weight: float = 1
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """Who was picked (None: everybody was skipped) and why others were not."""

    user: int | None
    skipped: tuple[Reason, ...] = ()


def pick(
    members: Sequence[Member],
    by: By,
    *,
    last: int | None = None,
    load: Mapping[int, int] | None = None,
    absent: AbstractSet[int] = frozenset(),
    is_active: Callable[[int], bool] = lambda user: True,
) -> Pick:
    """The member whose turn it is; `last` had the turn before, `load` counts open items by user.

    Skipped are those who would have come first; equal ones are told apart by the turn, so that every tie goes
    round too.
    """
    loads = load or {}
    skipped: list[Reason] = []
    for member in _in_order(members, by, last, loads):
        reason = _reason_to_skip(member, loads, absent, is_active)
        if reason is None:
            return Pick(member.user, tuple(skipped))
        skipped.append(reason)
    return Pick(None, tuple(skipped))


def _in_order(
    members: Sequence[Member], by: By, last: int | None, load: Mapping[int, int]
) -> Sequence[Member]:
    users = [member.user for member in members]
    first = users.index(last) + 1 if last in users else 0
    turned = [*members[first:], *members[:first]]
    if by == "least_loaded":
        return sorted(turned, key=lambda member: load.get(member.user, 0))
    if by == "weighted":
        able = [member for member in turned if member.weight > 0]
        return sorted(able, key=lambda member: (load.get(member.user, 0) + 1) / member.weight)
    return turned


def _reason_to_skip(
    member: Member, load: Mapping[int, int], absent: AbstractSet[int], is_active: Callable[[int], bool]
) -> Reason | None:
    if not is_active(member.user):
        return "dismissed"
    if member.user in absent:
        return "absent"
    if member.capacity is not None and load.get(member.user, 0) >= member.capacity:
        return "capacity"
    return None
