"""Signals: what happened to an item and its processes have yet to hear. Unique by key per item, in order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, and_, bindparam, exists, select, tuple_, update

from connector.records import ItemRef
from connector.store.dialect import chunks, insert_for
from connector.store.schema import signal


@dataclass(frozen=True, slots=True)
class NewSignal:
    """Something to tell the processes of an item; the same key is the same signal."""

    key: str
    kind: str
    at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WaitingSignal:
    """A signal as kept; `seq` is the order in which they came."""

    seq: int
    portal: str
    ref: ItemRef
    key: str
    kind: str
    at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """An item with its waiting signals, oldest first."""

    ref: ItemRef
    signals: tuple[WaitingSignal, ...]


def add_many(conn: Connection, portal: str, ref: ItemRef, signals: Iterable[NewSignal], now: datetime) -> int:
    """Keep the signals; returns how many were new. A known key is nothing, even if handled long ago."""
    return add_all(conn, portal, {ref: signals}, now)


def add_all(
    conn: Connection, portal: str, signals: Mapping[ItemRef, Iterable[NewSignal]], now: datetime
) -> int:
    """`add_many` for many items at once."""
    offered = {(ref, new.key): new for ref, news in signals.items() for new in news}
    known = _known(conn, portal, offered)
    rows = [
        {
            "portal": portal,
            "entity_type_id": ref.entity_type_id,
            "item_id": ref.id,
            "key": new.key,
            "kind": new.kind,
            "payload": new.payload,
            "at": new.at,
            "added_at": now,
        }
        for (ref, _), new in offered.items()
        if (ref, new.key) not in known
    ]
    if rows:
        # A web process may store the same press of a button at the same time.
        conn.execute(_add(conn.dialect.name), rows)
    return len(rows)


@cache
def _add(dialect: str) -> Insert:
    return insert_for(dialect, signal).on_conflict_do_nothing()


_NAMED_BY = (signal.c.entity_type_id, signal.c.item_id, signal.c.key)
_KNOWN = select(*_NAMED_BY).where(
    signal.c.portal == bindparam("portal"),
    tuple_(*_NAMED_BY).in_(bindparam("wanted", expanding=True)),
)


def _known(conn: Connection, portal: str, keys: Iterable[tuple[ItemRef, str]]) -> set[tuple[ItemRef, str]]:
    known = set()
    for some in chunks(keys, 1_000):
        wanted = [(ref.entity_type_id, ref.id, key) for ref, key in some]
        rows = conn.execute(_KNOWN, {"portal": portal, "wanted": wanted})
        known |= {(ItemRef(type_id, item_id), key) for type_id, item_id, key in rows}
    return known


_PAYLOADS = select(signal.c.key, signal.c.payload).where(
    signal.c.portal == bindparam("portal"),
    signal.c.entity_type_id == bindparam("entity_type_id"),
    signal.c.item_id == bindparam("item_id"),
    signal.c.key.in_(bindparam("keys", expanding=True)),
)


def payloads_of(
    conn: Connection, portal: str, ref: ItemRef, keys: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """What these signals of the item carry, by key; handled or not."""
    of_item = {"portal": portal, "entity_type_id": ref.entity_type_id, "item_id": ref.id}
    rows = conn.execute(_PAYLOADS, of_item | {"keys": list(keys)})
    return {row.key: row.payload for row in rows}


def handled_of(conn: Connection, portal: str, ref: ItemRef, keys: Collection[str]) -> set[str]:
    """Those of these signals of the item that were decided on."""
    if not keys:
        return set()
    found = conn.scalars(
        select(signal.c.key).where(
            signal.c.portal == portal,
            signal.c.entity_type_id == ref.entity_type_id,
            signal.c.item_id == ref.id,
            signal.c.key.in_(keys),
            signal.c.handled_at.is_not(None),
        )
    )
    return set(found)


_PARKED = signal.alias("parked")
_WAITING = (
    select(
        signal.c.entity_type_id,
        signal.c.item_id,
        signal.c.seq,
        signal.c.key,
        signal.c.kind,
        signal.c.at,
        signal.c.payload,
    )
    .where(
        signal.c.portal == bindparam("portal"),
        signal.c.handled_at.is_(None),
        ~exists().where(
            _PARKED.c.portal == signal.c.portal,
            _PARKED.c.entity_type_id == signal.c.entity_type_id,
            _PARKED.c.item_id == signal.c.item_id,
            _PARKED.c.handled_at.is_(None),
            _PARKED.c.parked_at.is_not(None),
        ),
    )
    .order_by(signal.c.seq)
    .limit(bindparam("limit"))
)


def waiting(conn: Connection, portal: str, limit: int) -> list[WaitingItem]:
    """Up to `limit` items that have signals waiting, longest waiting first.

    An item with a parked signal is left out. The limit counts signals as well as items, so that a page is
    bounded; what an item has beyond it comes with the next page.
    """
    items: dict[ItemRef, list[WaitingSignal]] = {}
    for type_id, item_id, seq, key, kind, at, payload in conn.execute(
        _WAITING, {"portal": portal, "limit": limit}
    ):
        ref = ItemRef(type_id, item_id)
        items.setdefault(ref, []).append(WaitingSignal(seq, portal, ref, key, kind, at, payload))
    return [WaitingItem(ref, tuple(of_item)) for ref, of_item in items.items()]


_HANDLED = update(signal).where(signal.c.seq == bindparam("of_seq"))


def handled(conn: Connection, signals: Iterable[WaitingSignal], now: datetime) -> None:
    """The signals were decided on."""
    rows = [{"of_seq": one.seq, "handled_at": now} for one in signals]
    if rows:
        conn.execute(_HANDLED, rows)


def park(conn: Connection, parked: WaitingSignal, reason: str, now: datetime) -> None:
    """Deciding failed: hold this item, and only this one, until a person releases it."""
    conn.execute(
        update(signal)
        .where(signal.c.seq == parked.seq, signal.c.handled_at.is_(None))
        .values(parked_at=now, parked_reason=reason)
    )


def release(conn: Connection, portal: str, ref: ItemRef) -> int:
    """Let the parked signals of the item wait again; returns how many."""
    values = {"parked_at": None, "parked_reason": None}
    return conn.execute(update(signal).where(_is_parked(portal, ref)).values(**values)).rowcount


def drop(conn: Connection, portal: str, ref: ItemRef, now: datetime) -> int:
    """Count the parked signals of the item as handled, undecided; returns how many."""
    return conn.execute(update(signal).where(_is_parked(portal, ref)).values(handled_at=now)).rowcount


def _is_parked(portal: str, ref: ItemRef) -> ColumnElement[bool]:
    return and_(
        signal.c.portal == portal,
        signal.c.entity_type_id == ref.entity_type_id,
        signal.c.item_id == ref.id,
        signal.c.handled_at.is_(None),
        signal.c.parked_at.is_not(None),
    )
