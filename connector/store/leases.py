"""Leases: who may work on what, until when. Each taking gets a higher fence, so a late holder is known by its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Lease:
    name: str
    holder: str
    fence: int
    until_at: datetime


def take(conn: Connection, name: str, holder: str, now: datetime, seconds: float) -> Lease | None:
    """The lease with a new fence, if it is free, ran out, or is this holder's own; else None."""
    raise NotImplementedError


def renew(conn: Connection, lease: Lease, now: datetime, seconds: float) -> Lease | None:
    """The same lease with a later end; None if somebody else has taken it."""
    raise NotImplementedError


def release(conn: Connection, lease: Lease) -> bool:
    """Give it back; False if it was not ours any more. The fence is remembered."""
    raise NotImplementedError


def get(conn: Connection, name: str) -> Lease | None:
    """Who holds it, or held it last."""
    raise NotImplementedError
