"""Which fields an answer shows, in which order, and how a record is written out by them.

Most fields stand in the answer as they are kept: those are copied without a call for each. A sweep of 100,000
records writes two and a half million values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from connector.sandbox.crm.records import Record

Read = Callable[[Record], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One field of an answer: its name there, and what writes it out of a record."""

    name: str
    #: Under which name the record keeps the value, if it is shown as it is kept; else `read` makes it.
    kept_as: str | None
    read: Read


class Projection:
    """The columns of an answer, ready to be applied to many records."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self.columns = tuple(columns)
        self._names = tuple(each.name for each in self.columns)
        plain = [(each.name, each.kept_as) for each in self.columns if each.kept_as is not None]
        self._plain_names = tuple(name for name, _ in plain)
        self._plain_keys = tuple(key for _, key in plain)
        self._made = tuple((each.name, each.read) for each in self.columns if each.kept_as is None)

    def only(self, names: Collection[str]) -> Projection:
        """The same, without the columns that are not among `names`."""
        return Projection(each for each in self.columns if each.name in names)

    def write(self, record: Record) -> dict[str, Any]:
        row: dict[str, Any] = dict.fromkeys(self._names)
        row.update(zip(self._plain_names, map(record.values.get, self._plain_keys), strict=True))
        for name, read in self._made:
            row[name] = read(record)
        return row
