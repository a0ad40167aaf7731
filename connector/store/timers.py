"""Timers: a copy of the processes' own timers, to find the due ones. One that fired does not fire again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from connector.records import ItemRef


@dataclass(frozen=True, slots=True)
class DueTimer:
    process_id: int
    pipeline: str
    ref: ItemRef
    name: str
    due_at: datetime


def replace(conn: Connection, portal: str, process_id: int, timers: Mapping[str, datetime]) -> None:
    """The process has exactly these timers now. One that fired stays fired unless its instant changed."""
    raise NotImplementedError


def due(conn: Connection, portal: str, now: datetime, limit: int) -> list[DueTimer]:
    """Timers whose instant has come and that have not fired, oldest first."""
    raise NotImplementedError


def fired(conn: Connection, timers: Iterable[DueTimer], now: datetime) -> None:
    """Their signals are stored (same commit). One that was moved meanwhile is left alone."""
    raise NotImplementedError


def next_due_at(conn: Connection, portal: str) -> datetime | None:
    """When the next timer falls due."""
    raise NotImplementedError
