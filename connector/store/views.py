"""Questions of people and schedulers: how much waits, since when, what is stuck and why. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from connector.records import ItemRef

Step = Literal["refresh", "advance", "dispatch", "remind"]


@dataclass(frozen=True, slots=True)
class Backlog:
    """One queue: rows by state, and since when the oldest that is not finished waits."""

    by_state: dict[str, int]
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Parked:
    """Something that waits for a person: a command, a signal, a process or a dead hint."""

    what: Literal["command", "signal", "process", "hint"]
    key: str
    ref: ItemRef | None
    pipeline: str | None
    kind: str
    reason: str
    since_at: datetime


@dataclass(frozen=True, slots=True)
class BoardCell:
    pipeline: str
    stage: str | None
    status: str
    phase: str
    mode: str
    count: int


@dataclass(frozen=True, slots=True)
class RecentSignal:
    seq: int
    ref: ItemRef
    key: str
    kind: str
    at: datetime
    handled_at: datetime | None
    payload: Any


def inbox_backlog(conn: Connection, portal: str) -> Backlog:
    raise NotImplementedError


def signal_backlog(conn: Connection, portal: str) -> Backlog:
    """States: waiting, parked."""
    raise NotImplementedError


def outbox_backlog(conn: Connection, portal: str) -> Backlog:
    """The oldest counts pending, sending and unknown; parked ones have their own list."""
    raise NotImplementedError


def board(conn: Connection, portal: str) -> list[BoardCell]:
    """Processes by pipeline, stage, status, phase and mode."""
    raise NotImplementedError


def parked(conn: Connection, portal: str, limit: int = 200) -> list[Parked]:
    """Everything that waits for a person, with its reason, oldest first."""
    raise NotImplementedError


def last_signals(conn: Connection, portal: str, limit: int = 20) -> list[RecentSignal]:
    """Newest first."""
    raise NotImplementedError


def work(conn: Connection, now: datetime) -> dict[str, frozenset[Step]]:
    """Which steps have something to do now, by portal."""
    raise NotImplementedError
