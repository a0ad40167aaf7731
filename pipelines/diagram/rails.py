"""The rail beside the steps of a stage: which lane each step stands in, and the lines from step to step.

Steps stand one below the other in file order; branches that run at once get lanes of their own, as in the
picture of a version history. A line runs down a lane that nobody else stands in between its ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.diagram.model import StepBox


@dataclass(frozen=True, slots=True)
class Link:
    """A line from step to step (by their places); `turns_early`: into the lane of the second at once."""

    source: int
    target: int
    turns_early: bool


@dataclass(frozen=True, slots=True)
class Rail:
    """The lane of each step, from 0, and the lines."""

    lanes: tuple[int, ...]
    links: tuple[Link, ...]

    @property
    def width(self) -> int:
        """How many lanes there are."""
        return max(self.lanes, default=-1) + 1


def rail_of(steps: Sequence[StepBox]) -> Rail:
    """The rail of a stage."""
    places = {step.id: number for number, step in enumerate(steps)}
    before = [
        sorted(places[each] for each in step.before if places[each] < number) for number, step in _at(steps)
    ]
    last = _last_followers(before)
    lanes: list[int] = []
    continued: set[int] = set()
    links: list[Link] = []
    for number, parents in enumerate(before):
        heir = next((parent for parent in parents if parent not in continued), None)
        if heir is not None:
            continued.add(heir)
            lanes.append(lanes[heir])
        else:
            lanes.append(_free_lane(lanes, last, min(parents, default=number)))
        links += [Link(parent, number, heir is None) for parent in parents]
    # A step may be written before one that it comes after: that line runs upwards, in the lane of its end.
    links += _upward(steps, places)
    return Rail(tuple(lanes), tuple(links))


def _at(steps: Sequence[StepBox]) -> Sequence[tuple[int, StepBox]]:
    return list(enumerate(steps))


def _last_followers(before: Sequence[Sequence[int]]) -> Mapping[int, int]:
    """Down to which step a lane is taken by each step."""
    last = {number: number for number in range(len(before))}
    for number, parents in enumerate(before):
        for parent in parents:
            last[parent] = number
    return last


def _free_lane(lanes: Sequence[int], last: Mapping[int, int], since: int) -> int:
    taken = {lane for number, lane in enumerate(lanes) if last[number] > since or number >= since}
    return next(lane for lane in range(len(lanes) + 1) if lane not in taken)


def _upward(steps: Sequence[StepBox], places: Mapping[str, int]) -> list[Link]:
    return [
        Link(places[each], number, turns_early=True)
        for number, step in _at(steps)
        for each in step.before
        if places[each] > number
    ]
