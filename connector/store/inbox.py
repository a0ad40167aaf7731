"""The inbox: records of a portal that may have changed and that nobody has read back yet.

Hints of one record coalesce while it waits. A hint that comes while the record is being read keeps it waiting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from connector.records import Hint, HintKind, ItemRef


@dataclass(frozen=True, slots=True)
class HintedRecord:
    """A record to read back: `hits` hints of it have come since `received_at`."""

    row_id: int
    portal: str
    kind: HintKind
    entity_type_id: int
    entity_id: int
    hits: int
    received_at: datetime
    tries: int

    @property
    def ref(self) -> ItemRef:
        """The item meant by a hint of kind "item"."""
        return ItemRef(self.entity_type_id, self.entity_id)


def add_many(conn: Connection, hints: Iterable[Hint]) -> int:
    """Keep the hints; returns how many records they name."""
    raise NotImplementedError


def pending(conn: Connection, portal: str, now: datetime, limit: int) -> list[HintedRecord]:
    """The records to read back now, longest waiting first."""
    raise NotImplementedError


def done(conn: Connection, records: Iterable[HintedRecord], now: datetime) -> None:
    """The records were read back. One that was hinted again since `pending` stays."""
    raise NotImplementedError


def failed(conn: Connection, record: HintedRecord, reason: str, retry_at: datetime | None) -> None:
    """Reading back failed: try again at `retry_at`; None gives it up (dead) until a new hint comes."""
    raise NotImplementedError


def counts(conn: Connection, portal: str) -> dict[str, int]:
    """Records by state: new, done, dead."""
    raise NotImplementedError
