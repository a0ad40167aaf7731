"""How long things take: the middle, and what one in ten exceeds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Of so many spans of time, in seconds; None where there is none."""

    count: int
    median: float | None
    p90: float | None


def spread_of(seconds: Iterable[float]) -> Spread:
    """Median and 90th percentile, between two values on a straight line (as SQL and pandas do)."""
    values = sorted(seconds)
    return Spread(len(values), _quantile(values, 0.5), _quantile(values, 0.9))


def _quantile(values: list[float], share: float) -> float | None:
    if not values:
        return None
    place = (len(values) - 1) * share
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)
