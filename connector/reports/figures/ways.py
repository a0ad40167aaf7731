"""What the way of one item says: when it came, which stages it took in a period, how it ended.

Arrivals in other categories end a stay and a closing, and count for nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from connector.store.figures import Arrival, Period, Scope, Way


class Stay(NamedTuple):
    """One stay in a stage that is over."""

    stage_id: str
    entered_at: datetime
    left_at: datetime


def is_inside(scope: Scope, arrival: Arrival) -> bool:
    """Whether the item came into the pipeline's category (leads have none)."""
    return scope.category_id is None or arrival.category_id == scope.category_id


def came_at(way: Way, scope: Scope) -> datetime | None:
    """When the item first came into the pipeline."""
    return next((each.at for each in way.arrivals if is_inside(scope, each)), None)


def course(way: Way, scope: Scope, period: Period) -> tuple[str, ...]:
    """The stages that the item came into in the period, in that order."""
    return tuple(each.stage_id for each in way.arrivals if each.at >= period.since and is_inside(scope, each))


def closing(way: Way, scope: Scope, period: Period, final: Collection[str]) -> Arrival | None:
    """How the item was closed in the period; None: it was not, or it was opened again before the end.

    Of several final stages that it went through, the last one counts.
    """
    last = way.arrivals[-1]
    is_closed = last.at >= period.since and is_inside(scope, last) and last.stage_id in final
    return last if is_closed else None


def ended_stays(way: Way, scope: Scope, period: Period) -> Iterator[Stay]:
    """The stays that ended in the period, whenever they began and wherever the item went."""
    for arrival, following in pairwise(way.arrivals):
        if following.at >= period.since and is_inside(scope, arrival):
            yield Stay(arrival.stage_id, arrival.at, following.at)
