"""The inbox: records of a portal that may have changed and that nobody has read back yet.

Hints of one record coalesce while it waits. A hint that comes while the record is being read keeps it
waiting: `done` lets go of the hits that `pending` counted, and of no later ones.

When more records wait than a portal's inbox is to hold, the next hints are kept as one row for their whole
type, under the id 0: nobody knows then which records changed, and a sweep has to find out.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, case, func, select, update

from connector.records import Hint, HintKind, ItemRef
from connector.store.dialect import insert_for
from connector.store.schema import inbox

#: The columns of a `HintedRecord`, in the order of its fields.
_COLUMNS = (
    inbox.c.row_id,
    inbox.c.portal,
    inbox.c.kind,
    inbox.c.entity_type_id,
    inbox.c.entity_id,
    inbox.c.hits,
    inbox.c.received_at,
    inbox.c.tries,
    inbox.c.event,
)


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
    #: Of the last hint.
    event: str

    @property
    def ref(self) -> ItemRef:
        """The item meant by a hint of kind "item"."""
        return ItemRef(self.entity_type_id, self.entity_id)


#: The id that stands for all records of a type.
ANY = 0


def add_many(conn: Connection, hints: Iterable[Hint], full: Container[str] = ()) -> int:
    """Keep the hints; returns how many records they name. Of portals that are `full`, only the type."""
    rows: dict[tuple[str, str, int, int], dict[str, Any]] = {}
    for hint in hints:
        if hint.portal in full:
            hint = replace(hint, entity_id=ANY)
        key = (hint.portal, hint.kind, hint.entity_type_id, hint.entity_id)
        row = rows.setdefault(key, _first(hint))
        row["hits"] += 1
        row["event"], row["body_sha256"] = hint.event, hint.body_sha256
        row["last_received_at"] = hint.received_at
    if not rows:
        return 0
    # Sorted: two writers that meet take their locks in one order.
    conn.execute(_upsert(conn.dialect.name), [rows[key] for key in sorted(rows)])
    return len(rows)


@cache
def _upsert(dialect: str) -> Insert:
    """Built once: it stands between an event and its answer, and building it costs more than running it."""
    statement = insert_for(dialect, inbox)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["portal", "kind", "entity_type_id", "entity_id"],
        index_where=inbox.c.done_at.is_(None),
        set_={
            "hits": inbox.c.hits + new.hits,
            "event": new.event,
            "body_sha256": new.body_sha256,
            # Who received it first may be the last to write.
            "last_received_at": case(
                (new.last_received_at > inbox.c.last_received_at, new.last_received_at),
                else_=inbox.c.last_received_at,
            ),
        },
    )


def _first(hint: Hint) -> dict[str, Any]:
    return {
        "portal": hint.portal,
        "kind": hint.kind,
        "entity_type_id": hint.entity_type_id,
        "entity_id": hint.entity_id,
        "hits": 0,
        "received_at": hint.received_at,
        "due_at": hint.received_at,
        "state": "new",
    }


_PENDING = (
    select(*_COLUMNS)
    .where(
        inbox.c.portal == bindparam("portal"),
        inbox.c.done_at.is_(None),
        inbox.c.due_at <= bindparam("now"),
        inbox.c.entity_id != ANY,
    )
    .order_by(inbox.c.due_at, inbox.c.row_id)
    .limit(bindparam("limit"))
)


def pending(conn: Connection, portal: str, now: datetime, limit: int) -> list[HintedRecord]:
    """The records to read back now, longest waiting first."""
    rows = conn.execute(_PENDING, {"portal": portal, "now": now, "limit": limit})
    return [HintedRecord(*row) for row in rows]


_OVERFLOWED = select(*_COLUMNS).where(
    inbox.c.portal == bindparam("portal"), inbox.c.done_at.is_(None), inbox.c.entity_id == ANY
)


def overflowed(conn: Connection, portal: str) -> list[HintedRecord]:
    """One for each type of which more was hinted than could be kept; a sweep of the type settles it."""
    return [HintedRecord(*row) for row in conn.execute(_OVERFLOWED, {"portal": portal})]


def waiting(conn: Connection) -> dict[str, int]:
    """How many records wait to be read back, by portal."""
    rows = conn.execute(
        select(inbox.c.portal, func.count()).where(inbox.c.done_at.is_(None)).group_by(inbox.c.portal)
    )
    return {portal: count for portal, count in rows}


_DONE = (
    update(inbox)
    .where(
        inbox.c.row_id == bindparam("row"),
        inbox.c.hits == bindparam("seen_hits"),
        inbox.c.done_at.is_(None),
    )
    .values(state="done", done_at=bindparam("now"))
)


def done(conn: Connection, records: Iterable[HintedRecord], now: datetime) -> None:
    """The records were read back. One that was hinted again since `pending` stays."""
    rows = [{"row": record.row_id, "seen_hits": record.hits, "now": now} for record in records]
    if rows:
        conn.execute(_DONE, rows)


def failed(
    conn: Connection, record: HintedRecord, now: datetime, reason: str, retry_at: datetime | None
) -> None:
    """Reading back failed: try again at `retry_at`; None gives it up (dead) until a new hint comes."""
    outcome: dict[str, Any] = {"due_at": retry_at} if retry_at else {"state": "dead", "done_at": now}
    is_it = (inbox.c.row_id == record.row_id) & inbox.c.done_at.is_(None)
    if retry_at is None:
        # A hint that came meanwhile is not given up with the ones before it.
        is_it &= inbox.c.hits == record.hits
    conn.execute(update(inbox).where(is_it).values(tries=inbox.c.tries + 1, reason=reason, **outcome))


def counts(conn: Connection, portal: str) -> dict[str, int]:
    """Records by state: new, done, dead."""
    rows = conn.execute(
        select(inbox.c.state, func.count()).where(inbox.c.portal == portal).group_by(inbox.c.state)
    )
    return {"new": 0, "done": 0, "dead": 0} | {state: count for state, count in rows}
