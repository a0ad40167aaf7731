"""How far the sweep of one kind of record has come: kept as a watermark, so that any process can go on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """How far the sweep of one kind of record has come."""

    begun_at: datetime
    after_id: int = 0
    #: Whether the list was read to its end, and whether all that follows from it is done.
    is_listed: bool = False
    is_finished: bool = False
    #: Ids that the mirror has and this sweep did not see; those of the sweep before; those in both, unread.
    missing: tuple[int, ...] = ()
    missed_before: tuple[int, ...] = ()
    suspects: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "begun_at": self.begun_at.isoformat(),
            "after_id": self.after_id,
            "is_listed": self.is_listed,
            "is_finished": self.is_finished,
            "missing": list(self.missing),
            "missed_before": list(self.missed_before),
            "suspects": list(self.suspects),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Place:
        lists = {name: tuple(value[name]) for name in ("missing", "missed_before", "suspects")}
        return cls(**{**value, **lists, "begun_at": datetime.fromisoformat(value["begun_at"])})

    def past(self, upto: int | None, missing: Collection[int] = ()) -> Place:
        """After the ids up to there, or to the end (None), among which these of the mirror were not."""
        all_missing = (*self.missing, *sorted(missing))
        if upto is not None:
            return replace(self, after_id=upto, missing=all_missing)
        suspects = tuple(sorted({*all_missing} & {*self.missed_before}))
        return replace(self, is_listed=True, missing=all_missing, suspects=suspects, is_finished=not suspects)

    def without(self, read: int, answered: Collection[int]) -> Place:
        """After a read of the first suspects; the portal has said what became of these of them."""
        rest = self.suspects[read:]
        missing = tuple(each for each in self.missing if each not in answered)
        return replace(self, suspects=rest, missing=missing, is_finished=not rest)
