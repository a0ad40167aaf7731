"""What commands cost in time: the price list behind `--latency`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connector.sandbox.kernel import Cost, Page


@dataclass(slots=True)
class Prices:
    """Seconds per command by its kind; a list that counts (`start` not -1) pays for what it counted."""

    list_seconds: float = 0.0
    read_seconds: float = 0.0
    write_seconds: float = 0.0
    count_seconds_per_1000_rows: float = 0.0
    #: Charged to a method's operating budget even when it takes no time at all.
    least_operating_seconds: float = 0.001

    def of(self, cost: Cost, result: Any) -> float:
        if cost != "list":
            return self.write_seconds if cost == "write" else self.read_seconds
        counted = result.total if isinstance(result, Page) and result.total else 0
        return self.list_seconds + counted / 1000 * self.count_seconds_per_1000_rows
