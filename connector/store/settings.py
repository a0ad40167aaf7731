"""Switches that people turn while the program runs. The portal "" stands for all portals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

ALL_PORTALS = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is sent to the portal (`pipeline` None) or for one pipeline of it."""

    portal: str
    pipeline: str | None
    reason: str
    by: str
    at: datetime


def get(conn: Connection, portal: str, name: str) -> Any:
    """The value (any JSON), or None."""
    raise NotImplementedError


def put(conn: Connection, portal: str, name: str, value: Any, now: datetime, by: str) -> None:
    raise NotImplementedError


def remove(conn: Connection, portal: str, name: str) -> bool:
    raise NotImplementedError


def pause(
    conn: Connection, portal: str, now: datetime, *, by: str, reason: str, pipeline: str | None = None
) -> None:
    """Send nothing more; `outbox.claim` obeys at once. Events are still taken in and decided on."""
    raise NotImplementedError


def resume(conn: Connection, portal: str, *, pipeline: str | None = None) -> bool:
    """Undo a pause; False if there was none."""
    raise NotImplementedError


def pauses(conn: Connection, portal: str) -> list[Pause]:
    """Every pause that bears on the portal."""
    raise NotImplementedError
