"""The rail beside the steps of a stage: which lane each step stands in, and the lines from step to step.

Steps stand one below the other in file order; branches that run at once get lanes of their own, as in the
picture of a version history. A line runs down a lane that nobody else stands in between its ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.diagram.model import StepBox


@dataclass(frozen=True, slots=True)
class Link:
    """A line from step to step (by their places), down the lane that is free between them."""

    source: int
    target: int
    lane: int


@dataclass(frozen=True, slots=True)
class Rail:
    """The lane of each step, from 0, and the lines."""

    lanes: tuple[int, ...]
    links: tuple[Link, ...]

    @property
    def width(self) -> int:
        """How many lanes there are."""
        return max((*self.lanes, *(link.lane for link in self.links)), default=-1) + 1


def rail_of(steps: Sequence[StepBox]) -> Rail:
    """The rail of a stage."""
    places = {step.id: number for number, step in enumerate(steps)}
    before = [sorted(places[each] for each in step.before) for step in steps]
    lanes = _lanes([[each for each in parents if each < number] for number, parents in enumerate(before)])
    links = [
        Link(parent, number, _free_between(lanes, parent, number))
        for number, parents in enumerate(before)
        for parent in parents
        if not _is_implied(before, parent, parents)
    ]
    return Rail(tuple(lanes), tuple(links))


def _lanes(before: Sequence[Sequence[int]]) -> list[int]:
    """The first step after another goes on in its lane, further ones stand beside it."""
    last = {number: number for number in range(len(before))}
    for number, parents in enumerate(before):
        last |= dict.fromkeys(parents, number)
    lanes: list[int] = []
    continued: set[int] = set()
    for number, parents in enumerate(before):
        heir = next((parent for parent in parents if parent not in continued), None)
        if heir is not None:
            continued.add(heir)
            lanes.append(lanes[heir])
        else:
            since = min(parents, default=number)
            taken = {lane for at, lane in enumerate(lanes) if last[at] > since or at >= since}
            lanes.append(_lowest(taken))
    return lanes


def _free_between(lanes: Sequence[int], source: int, target: int) -> int:
    """The lane of one of the two if nobody stands in it between them, else another."""
    first, last = sorted((source, target))
    taken = set(lanes[first + 1 : last])
    return next((lane for lane in (lanes[source], lanes[target]) if lane not in taken), _lowest(taken))


def _lowest(taken: set[int]) -> int:
    return next(lane for lane in range(len(taken) + 1) if lane not in taken)


def _is_implied(before: Sequence[Sequence[int]], parent: int, parents: Sequence[int]) -> bool:
    """True when another of the steps before comes after this one anyway."""
    waiting = [each for each in parents if each != parent]
    seen: set[int] = set()
    while waiting:
        step = waiting.pop()
        if step not in seen:
            seen.add(step)
            waiting += before[step]
    return parent in seen
