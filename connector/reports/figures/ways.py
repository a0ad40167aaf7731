"""What the way of one item says: when it came, which stages it took in a period, how it ended.

Arrivals in other categories end a stay and a closing, and count for nothing else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from connector.store.figures import Period, Way


class Stay(NamedTuple):
    """One stay in a stage that is over."""

    stage_id: str
    entered_at: datetime
    left_at: datetime


class Closing(NamedTuple):
    """An item came into a final stage, and was there still when the period ended."""

    stage_id: str
    at: datetime


def came_at(way: Way) -> datetime | None:
    """When the item first came into the pipeline."""
    if way.stage_ids[0] is not None:
        return way.ats[0]
    return next((at for stage, at in zip(way.stage_ids, way.ats, strict=True) if stage is not None), None)


def course(way: Way, period: Period) -> tuple[str, ...]:
    """The stages that the item came into in the period, in that order."""
    return tuple(stage for stage in way.stage_ids[bisect_left(way.ats, period.since) :] if stage is not None)


def closing(way: Way, period: Period, final: Collection[str]) -> Closing | None:
    """How the item was closed in the period; None: it was not, or it was opened again before the end.

    Of several final stages that it went through, the last one counts.
    """
    stage, at = way.stage_ids[-1], way.ats[-1]
    return Closing(stage, at) if stage is not None and stage in final and at >= period.since else None


def ended_stays(way: Way, period: Period) -> Iterator[Stay]:
    """The stays that ended in the period, whenever they began and wherever the item went."""
    stages, ats = way.stage_ids, way.ats
    for place in range(max(bisect_left(ats, period.since), 1), len(ats)):
        stage = stages[place - 1]
        if stage is not None:
            yield Stay(stage, ats[place - 1], ats[place])
