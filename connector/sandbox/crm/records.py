"""Where CRM records lie: one shelf per type, ordered by id, with an index of every pipeline."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Record:
    """One lead, deal, contact, company, invoice or item of a smart process.

    `values` holds typed values under upper-case names (see `fields`); an empty field is absent.
    """

    entity_type_id: int
    id: int
    values: dict[str, Any]

    def get(self, name: str) -> Any:
        return self.values.get(name)

    @property
    def category_id(self) -> int:
        return int(self.values.get("CATEGORY_ID") or 0)

    @property
    def stage_id(self) -> str:
        return str(self.values.get("STAGE_ID") or "")


@dataclass(slots=True)
class Shelf:
    """The records of one type."""

    records: dict[int, Record] = field(default_factory=dict)
    ids: list[int] = field(default_factory=list)
    by_category: dict[int, list[int]] = field(default_factory=dict)
    last_id: int = 0

    def put(self, record: Record) -> None:
        """Add a record; ids mostly grow, so this is cheap."""
        self.records[record.id] = record
        insort(self.ids, record.id)
        insort(self.by_category.setdefault(record.category_id, []), record.id)
        self.last_id = max(self.last_id, record.id)

    def take(self, record: Record) -> None:
        """Remove a record; its id is not used again."""
        del self.records[record.id]
        _remove(self.ids, record.id)
        _remove(self.by_category[record.category_id], record.id)

    def recategorise(self, record: Record, category_id: int) -> None:
        """Move a record to another pipeline's index; call before its CATEGORY_ID changes."""
        _remove(self.by_category[record.category_id], record.id)
        insort(self.by_category.setdefault(category_id, []), record.id)

    def sorted_ids(self, category_id: int | None) -> Sequence[int]:
        return self.ids if category_id is None else self.by_category.get(category_id, ())

    def __iter__(self) -> Iterator[Record]:
        return (self.records[each] for each in self.ids)


def within(ids: Sequence[int], above: int | None, below: int | None) -> range:
    """The positions of the ids with above < id < below."""
    first = 0 if above is None else bisect_right(ids, above)
    last = len(ids) if below is None else bisect_left(ids, below)
    return range(first, last)


def _remove(ids: list[int], number: int) -> None:
    place = bisect_left(ids, number)
    if place < len(ids) and ids[place] == number:
        del ids[place]
