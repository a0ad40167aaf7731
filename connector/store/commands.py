"""What a command of the outbox is: as it is queued, and as it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from connector.records import ItemRef
from connector.store.schema import outbox


class State(StrEnum):
    """The first four are open: their item's later commands wait for them."""

    PENDING = "pending"
    SENDING = "sending"
    UNKNOWN = "unknown"
    PARKED = "parked"
    DONE = "done"
    SUPERSEDED = "superseded"
    CONFLICT = "conflict"


#: Flags of a parked command: its card has to be mended before the portal takes it; nobody knows whether the
#: portal has taken it. Of an unknown one: a person wants it sent even if that may be the second time; the
#: store was restored, so that it may have been sent by what is forgotten.
CARD, UNSURE, APPROVED, RESTORED = "card", "unsure", "approved", "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCommand:
    """A command to be sent. `key` is unique per portal; `payload` is frozen as it is."""

    key: str
    kind: str
    ref: ItemRef
    pipeline: str
    visit: str
    payload: Mapping[str, Any]
    process_id: int | None = None
    #: Lower goes first, between items: 0 for what somebody waits for, higher for bulk.
    priority: int = 0
    #: None: at once.
    due_at: datetime | None = None
    #: Key of the signal that led to it.
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedCommand:
    """A command as kept."""

    seq: int
    key: str
    portal: str
    ref: ItemRef
    process_id: int | None
    pipeline: str
    visit: str
    kind: str
    payload: Mapping[str, Any]
    payload_sha256: str
    priority: int
    state: State
    #: Of the lease it was last claimed under.
    fence: int
    due_at: datetime
    created_at: datetime
    first_sent_at: datetime | None
    sent_at: datetime | None
    finished_at: datetime | None
    #: How often it may have reached the portal.
    tries: int
    #: How often in a row it certainly did not, or a look for it had no answer: for the back-off.
    delays: int
    #: How many probes found nothing since it became unknown.
    probes: int
    remote_id: str | None
    reason: str | None
    cause: str | None
    flag: str | None


COLUMNS = tuple(
    outbox.c[name]
    for name in ("entity_type_id", "item_id", *QueuedCommand.__dataclass_fields__)
    if name != "ref"
)


def from_rows(rows: Iterable[Row[Any]]) -> list[QueuedCommand]:
    """Rows of `COLUMNS` as commands, in the order in which they are to be sent."""
    commands = [_from_row(dict(row._mapping)) for row in rows]
    return sorted(commands, key=lambda command: (command.priority, command.seq))


def _from_row(values: dict[str, Any]) -> QueuedCommand:
    ref = ItemRef(values.pop("entity_type_id"), values.pop("item_id"))
    return QueuedCommand(ref=ref, **(values | {"state": State(values["state"])}))
