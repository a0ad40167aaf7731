"""Signals: what happened to an item and its processes have yet to hear. Unique by key per item, in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from connector.records import ItemRef


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
    raise NotImplementedError


def waiting(conn: Connection, portal: str, limit: int) -> list[WaitingItem]:
    """Up to `limit` items that have signals waiting, longest waiting first. Items with a parked one are left out."""
    raise NotImplementedError


def handled(conn: Connection, signals: Iterable[WaitingSignal], now: datetime) -> None:
    """The signals were decided on."""
    raise NotImplementedError


def park(conn: Connection, signal: WaitingSignal, reason: str, now: datetime) -> None:
    """Deciding failed: hold this item, and only this one, until a person releases it."""
    raise NotImplementedError


def release(conn: Connection, portal: str, ref: ItemRef) -> int:
    """Let the parked signals of the item wait again; returns how many."""
    raise NotImplementedError


def drop(conn: Connection, portal: str, ref: ItemRef, now: datetime) -> int:
    """Count the parked signals of the item as handled, undecided; returns how many."""
    raise NotImplementedError
