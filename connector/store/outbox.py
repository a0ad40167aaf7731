"""The outbox: commands to send to a portal, each at most once at a time and in order per item.

    pending -> sending -> done | parked | conflict | superseded | unknown | pending (it did not run)
    unknown -> done | conflict | parked | pending (nothing found: the same again)
    pending, parked -> superseded;   parked -> pending (a person said so)

The oldest open command of an item is its head, and only heads are claimed: one that is parked or unknown
holds back the later ones of its own item, never those of another. (The later ones mostly presume the earlier:
a task is closed after it was made. A person releases a parked one or drops it; the end of its visit
supersedes it.)
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, exists, func, insert, select, update

from connector.records import ItemRef
from connector.store.claims import (
    SETTLE_SECONDS,
    claim,
    claim_unknown,
    conflict,
    done,
    found_nothing,
    park,
    probe_failed,
    recover,
    repeat,
    retry_at,
    unknown,
    withdraw,
)
from connector.store.columns import dump_json
from connector.store.commands import (
    APPROVED,
    CARD,
    COLUMNS,
    RESTORED,
    UNSURE,
    NewCommand,
    QueuedCommand,
    State,
    from_rows,
)
from connector.store.dialect import chunks
from connector.store.schema import item, outbox
from connector.store.settings import is_paused_apart

__all__ = [
    "APPROVED",
    "CARD",
    "RESTORED",
    "SETTLE_SECONDS",
    "UNSURE",
    "NewCommand",
    "QueuedCommand",
    "State",
    "add_many",
    "claim",
    "claim_unknown",
    "conflict",
    "counts",
    "done",
    "drop",
    "due_states",
    "found_nothing",
    "get",
    "look_first",
    "of_item",
    "open_keys",
    "park",
    "probe_failed",
    "ready_count",
    "recover",
    "release",
    "release_mended",
    "repeat",
    "retry_at",
    "supersede",
    "to_verify",
    "unknown",
    "verified",
    "verify_later",
    "withdraw",
]


def add_many(conn: Connection, portal: str, commands: Iterable[NewCommand], now: datetime) -> list[str]:
    """Queue commands in this order; returns the keys that were new. A known key is nothing."""
    offered: dict[str, NewCommand] = {}
    for command in commands:
        offered.setdefault(command.key, command)
    known = _known(conn, portal, offered)
    new = [command for key, command in offered.items() if key not in known]
    if new:
        conn.execute(_ADD, [_row(portal, command, now) for command in new])
    return [command.key for command in new]


_ADD = insert(outbox)
_KNOWN = select(outbox.c.key).where(
    outbox.c.portal == bindparam("portal"), outbox.c.key.in_(bindparam("keys", expanding=True))
)


def _known(conn: Connection, portal: str, keys: Iterable[str]) -> set[str]:
    known: set[str] = set()
    for some in chunks(keys):
        known.update(conn.scalars(_KNOWN, {"portal": portal, "keys": some}))
    return known


def _row(portal: str, command: NewCommand, now: datetime) -> dict[str, object]:
    return {
        "portal": portal,
        "key": command.key,
        "entity_type_id": command.ref.entity_type_id,
        "item_id": command.ref.id,
        "process_id": command.process_id,
        "pipeline": command.pipeline,
        "visit": command.visit,
        "kind": command.kind,
        "payload": command.payload,
        "payload_sha256": sha256(dump_json(command.payload).encode()).hexdigest(),
        "priority": command.priority,
        "state": State.PENDING,
        "fence": 0,
        "due_at": command.due_at or now,
        "created_at": now,
        "tries": 0,
        "delays": 0,
        "probes": 0,
        "cause": command.cause,
    }


def supersede(
    conn: Connection,
    portal: str,
    now: datetime,
    reason: str,
    *,
    process_id: int | None = None,
    visit: str | None = None,
    keys: Iterable[str] | None = None,
    kinds: Iterable[str] | None = None,
) -> list[str]:
    """Drop pending and parked commands by process, visit, keys, kinds (all that are given must hold).

    Returns their keys, in order. What is being sent or unknown is left alone: its outcome must be found out
    first. ValueError without any of process_id, visit, keys.
    """
    if process_id is None and visit is None and keys is None:
        raise ValueError("supersede what? name a process, a visit or keys")
    statement = update(outbox).where(
        outbox.c.portal == portal,
        outbox.c.finished_at.is_(None),
        outbox.c.state.in_([State.PENDING, State.PARKED]),
    )
    if process_id is not None:
        statement = statement.where(outbox.c.process_id == process_id)
    if visit is not None:
        statement = statement.where(outbox.c.visit == visit)
    if keys is not None:
        statement = statement.where(outbox.c.key.in_(list(keys)))
    if kinds is not None:
        statement = statement.where(outbox.c.kind.in_(list(kinds)))
    rows = conn.execute(
        statement.values(state=State.SUPERSEDED, finished_at=now, reason=reason).returning(
            outbox.c.seq, outbox.c.key
        )
    )
    return [key for _, key in sorted((seq, key) for seq, key in rows)]


def release(conn: Connection, portal: str, key: str, now: datetime) -> bool:
    """A person decided: send the parked command again, its counts begun anew. False: it is not parked.

    One that the portal may have taken already is unknown again: it is looked for before it is sent.
    """
    is_unsure = outbox.c.flag == UNSURE
    statement = (
        update(outbox)
        .where(outbox.c.portal == portal, outbox.c.key == key, outbox.c.state == State.PARKED)
        .values(
            state=case((is_unsure, State.UNKNOWN), else_=State.PENDING),
            flag=case((is_unsure, APPROVED), else_=None),
            due_at=now,
            tries=0,
            delays=0,
            probes=0,
        )
    )
    return conn.execute(statement).rowcount == 1


def look_first(conn: Connection, portal: str, now: datetime) -> int:
    """What waits and was never sent from this store is unknown: it may have been, before a restore.

    Each once; returns how many.
    """
    statement = (
        update(outbox)
        .where(
            outbox.c.portal == portal,
            outbox.c.finished_at.is_(None),
            outbox.c.state == State.PENDING,
            outbox.c.first_sent_at.is_(None),
            outbox.c.flag.is_(None),
        )
        .values(state=State.UNKNOWN, flag=RESTORED, due_at=now, delays=0)
    )
    return conn.execute(statement).rowcount


def drop(conn: Connection, portal: str, key: str, now: datetime, reason: str) -> bool:
    """A person decided: never send this pending or parked command; the later ones of its item go on."""
    return supersede(conn, portal, now, reason, keys=[key]) == [key]


_TO_VERIFY = (
    select(*COLUMNS)
    .where(outbox.c.portal == bindparam("portal"), outbox.c.verify_at <= bindparam("now"))
    .order_by(outbox.c.verify_at)
    .limit(bindparam("limit"))
)


def to_verify(conn: Connection, portal: str, now: datetime, limit: int) -> list[QueuedCommand]:
    """Ended commands whose `verify_at` has come."""
    return from_rows(conn.execute(_TO_VERIFY, {"portal": portal, "now": now, "limit": limit}))


_OF_SEQ = update(outbox).where(outbox.c.seq == bindparam("of_seq"))


def verified(conn: Connection, command: QueuedCommand, flag: str | None = None) -> None:
    """The effect was looked at again; `flag` names what was wrong with it ("override")."""
    conn.execute(_OF_SEQ, {"of_seq": command.seq, "verify_at": None, "flag": flag})


def verify_later(conn: Connection, command: QueuedCommand, at: datetime) -> None:
    """The effect cannot be seen yet: look again then."""
    conn.execute(_OF_SEQ, {"of_seq": command.seq, "verify_at": at})


def release_mended(conn: Connection, portal: str, now: datetime) -> list[str]:
    """Send parked commands again whose card was changed since: the fault was the card's. Returns their keys.

    Once for a change: refused again, they wait for the next one.
    """
    is_changed = exists().where(
        item.c.portal == outbox.c.portal,
        item.c.entity_type_id == outbox.c.entity_type_id,
        item.c.id == outbox.c.item_id,
        item.c.seen_at > outbox.c.due_at,
    )
    statement = (
        update(outbox)
        .where(
            outbox.c.portal == portal,
            outbox.c.finished_at.is_(None),
            outbox.c.state == State.PARKED,
            outbox.c.flag == CARD,
            is_changed,
        )
        .values(state=State.PENDING, due_at=now, tries=0, delays=0, probes=0, flag=None)
        .returning(outbox.c.key)
    )
    return list(conn.scalars(statement))


def get(conn: Connection, portal: str, key: str) -> QueuedCommand | None:
    """The command with this key."""
    rows = conn.execute(select(*COLUMNS).where(outbox.c.portal == portal, outbox.c.key == key))
    return next(iter(from_rows(rows)), None)


_OF_ITEM = select(*COLUMNS).where(
    outbox.c.portal == bindparam("portal"),
    outbox.c.entity_type_id == bindparam("entity_type_id"),
    outbox.c.item_id == bindparam("item_id"),
)
_PARKED_OF = _OF_ITEM.where(outbox.c.finished_at.is_(None), outbox.c.state == State.PARKED)


def of_item(conn: Connection, portal: str, ref: ItemRef) -> list[QueuedCommand]:
    """All commands of the item that are kept, oldest first."""
    return _in_order(conn, _OF_ITEM, portal, ref)


def parked_of(conn: Connection, portal: str, ref: ItemRef) -> list[QueuedCommand]:
    """The parked commands of the item, oldest first."""
    return _in_order(conn, _PARKED_OF, portal, ref)


def _in_order(conn: Connection, statement: Select[Any], portal: str, ref: ItemRef) -> list[QueuedCommand]:
    item = {"portal": portal, "entity_type_id": ref.entity_type_id, "item_id": ref.id}
    return sorted(from_rows(conn.execute(statement, item)), key=lambda command: command.seq)


def open_keys(conn: Connection, portal: str, process_id: int) -> list[str]:
    """Keys of the process' commands that are not finished, oldest first."""
    return list(
        conn.scalars(
            select(outbox.c.key)
            .where(
                outbox.c.portal == portal,
                outbox.c.process_id == process_id,
                outbox.c.finished_at.is_(None),
            )
            .order_by(outbox.c.seq)
        )
    )


#: Asked every second: written once, and answered from an index of what is open.
_DUE_STATES = (
    select(outbox.c.state)
    .where(
        outbox.c.portal == bindparam("portal"),
        outbox.c.finished_at.is_(None),
        outbox.c.due_at <= bindparam("now"),
    )
    .distinct()
)


def due_states(conn: Connection, portal: str, now: datetime) -> set[State]:
    """The states in which there are open commands whose instant has come."""
    return {State(state) for state in conn.scalars(_DUE_STATES, {"portal": portal, "now": now})}


_EARLIER = outbox.alias("earlier")
_READY_COUNT = select(func.count()).where(
    outbox.c.portal == bindparam("portal"),
    outbox.c.finished_at.is_(None),
    outbox.c.state == State.PENDING,
    ~exists().where(
        _EARLIER.c.portal == outbox.c.portal,
        _EARLIER.c.entity_type_id == outbox.c.entity_type_id,
        _EARLIER.c.item_id == outbox.c.item_id,
        _EARLIER.c.seq < outbox.c.seq,
        _EARLIER.c.finished_at.is_(None),
        _EARLIER.c.state == State.PARKED,
    ),
    ~is_paused_apart(outbox.c.portal, outbox.c.pipeline),
)


def ready_count(conn: Connection, portal: str) -> int:
    """How many pending commands nothing holds up but their turn: neither a person nor a pause."""
    return conn.execute(_READY_COUNT, {"portal": portal}).scalar_one()


def counts(conn: Connection, portal: str) -> dict[State, int]:
    """Commands by state; a state that has none is 0."""
    rows = conn.execute(
        select(outbox.c.state, func.count()).where(outbox.c.portal == portal).group_by(outbox.c.state)
    )
    return dict.fromkeys(State, 0) | {State(state): count for state, count in rows}
