"""The offline queue of an application: what changed, the last record of each object only, until it is
fetched.

Nobody is called; the application asks. `clear=0` reserves what it hands out under a process id, for 30
days, and needs a confirmation. A change made with an `auth_connector` is not told to the queue of that
connector (api-reference/events/offline-events.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connector.sandbox.events import Happening

RESERVED = timedelta(days=30)


@dataclass(slots=True)
class OfflineRow:
    """The last change of one object under one event."""

    id: int
    at: datetime
    name: str
    data: dict[str, Any]
    process_id: str = ""
    reserved_at: datetime | None = None
    is_error: bool = False


@dataclass(slots=True)
class OfflineQueue:
    """The queue of one application and one connector key ("" without)."""

    client_id: str
    connector: str
    events: set[str] = field(default_factory=set)
    rows: list[OfflineRow] = field(default_factory=list)


@dataclass(slots=True)
class OfflineQueues:
    """All offline queues of a portal."""

    by_owner: dict[tuple[str, str], OfflineQueue] = field(default_factory=dict)
    last_id: int = 0
    last_process: int = 0

    def of(self, client_id: str, connector: str) -> OfflineQueue:
        return self.by_owner.setdefault((client_id, connector), OfflineQueue(client_id, connector))

    def hear(self, happening: Happening) -> None:
        """Note a change in every queue that wants it; an older waiting row of the same object is replaced."""
        for queue in self.by_owner.values():
            if happening.name not in queue.events or (
                queue.connector and queue.connector == happening.source
            ):
                continue
            data = {"FIELDS": {k: str(v) for k, v in dict(happening.data.get("FIELDS") or {}).items()}}
            queue.rows = [
                row for row in queue.rows if row.process_id or (row.name, row.data) != (happening.name, data)
            ]
            self.last_id += 1
            queue.rows.append(OfflineRow(self.last_id, happening.at, happening.name, data))

    def reserve(self, rows: list[OfflineRow], now: datetime) -> str:
        """Keep rows for one process until it confirms them."""
        self.last_process += 1
        process_id = f"{self.last_process:032x}"
        for row in rows:
            row.process_id, row.reserved_at = process_id, now
        return process_id


def expire(queue: OfflineQueue, now: datetime) -> None:
    """Drop what was reserved and not confirmed for 30 days."""
    queue.rows = [row for row in queue.rows if row.reserved_at is None or now - row.reserved_at < RESERVED]
