"""Signals: what happened to an item and its processes have yet to hear. Unique by key per item, in order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, select, tuple_, update

from connector.records import ItemRef
from connector.store.dialect import chunks, insert
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
        conn.execute(insert(conn, signal).on_conflict_do_nothing(), rows)
    return len(rows)


def _known(conn: Connection, portal: str, keys: Iterable[tuple[ItemRef, str]]) -> set[tuple[ItemRef, str]]:
    columns = (signal.c.entity_type_id, signal.c.item_id, signal.c.key)
    known = set()
    for some in chunks(keys, 1_000):
        wanted = [(ref.entity_type_id, ref.id, key) for ref, key in some]
        rows = conn.execute(select(*columns).where(signal.c.portal == portal, tuple_(*columns).in_(wanted)))
        known |= {(ItemRef(type_id, item_id), key) for type_id, item_id, key in rows}
    return known


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


def waiting(conn: Connection, portal: str, limit: int) -> list[WaitingItem]:
    """Up to `limit` items that have signals waiting, longest waiting first.

    An item with a parked signal is left out. The limit counts signals as well as items, so that a page is
    bounded; what an item has beyond it comes with the next page.
    """
    parked = signal.alias("parked")
    is_held = exists().where(
        parked.c.portal == signal.c.portal,
        parked.c.entity_type_id == signal.c.entity_type_id,
        parked.c.item_id == signal.c.item_id,
        parked.c.handled_at.is_(None),
        parked.c.parked_at.is_not(None),
    )
    rows = conn.execute(
        select(
            signal.c.entity_type_id,
            signal.c.item_id,
            signal.c.seq,
            signal.c.key,
            signal.c.kind,
            signal.c.at,
            signal.c.payload,
        )
        .where(signal.c.portal == portal, signal.c.handled_at.is_(None), ~is_held)
        .order_by(signal.c.seq)
        .limit(limit)
    )
    items: dict[ItemRef, list[WaitingSignal]] = {}
    for type_id, item_id, seq, key, kind, at, payload in rows:
        ref = ItemRef(type_id, item_id)
        items.setdefault(ref, []).append(WaitingSignal(seq, portal, ref, key, kind, at, payload))
    return [WaitingItem(ref, tuple(of_item)) for ref, of_item in items.items()]


def handled(conn: Connection, signals: Iterable[WaitingSignal], now: datetime) -> None:
    """The signals were decided on."""
    rows = [{"of_seq": one.seq} for one in signals]
    if rows:
        conn.execute(update(signal).where(signal.c.seq == bindparam("of_seq")).values(handled_at=now), rows)


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
