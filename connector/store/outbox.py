"""The outbox: commands to send to a portal, each at most once at a time and in order per item.

pending -> sending -> done | parked | unknown | pending; unknown -> done | conflict | pending | parked;
pending and parked -> superseded. The oldest open command of an item is its head, and only heads are claimed: one
that is parked or unknown holds back the later ones of its own item, never those of others.
Every change after a claim names the claim's fence and says whether it hit: a late worker changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from connector.records import ItemRef
from connector.store.leases import Lease


class State(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    UNKNOWN = "unknown"
    PARKED = "parked"
    DONE = "done"
    SUPERSEDED = "superseded"
    CONFLICT = "conflict"


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
    fence: int
    due_at: datetime
    created_at: datetime
    first_sent_at: datetime | None
    sent_at: datetime | None
    finished_at: datetime | None
    #: How often it may have reached the portal.
    tries: int
    #: How often in a row it certainly did not, for the back-off.
    delays: int
    #: How many probes found nothing since it became unknown.
    probes: int
    remote_id: str | None
    reason: str | None
    cause: str | None
    flag: str | None


def add_many(conn: Connection, portal: str, commands: Iterable[NewCommand], now: datetime) -> list[str]:
    """Queue commands in this order; returns the keys that were new. A known key is nothing."""
    raise NotImplementedError


def claim(conn: Connection, portal: str, lease: Lease, now: datetime, limit: int) -> list[QueuedCommand]:
    """Take up to `limit` due heads for sending, and commit before the first byte leaves.

    Nothing if the portal is paused or the lease was lost; commands of a paused pipeline stay.
    """
    raise NotImplementedError


def claim_unknown(
    conn: Connection, portal: str, lease: Lease, now: datetime, limit: int, hold_seconds: float = 60
) -> list[QueuedCommand]:
    """Take up to `limit` settled unknown commands for probing; they stay unknown and come again after the hold."""
    raise NotImplementedError


def done(
    conn: Connection,
    command: QueuedCommand,
    now: datetime,
    *,
    remote_id: str | None = None,
    reason: str | None = None,
    verify_at: datetime | None = None,
) -> bool:
    """It took effect (or a probe found that it had: say so in `reason`). False: the claim is no longer ours."""
    raise NotImplementedError


def retry_at(conn: Connection, command: QueuedCommand, due_at: datetime, reason: str) -> bool:
    """It certainly did not run (NOT_RUN): send it at `due_at`. False: the claim is no longer ours."""
    raise NotImplementedError


def unknown(conn: Connection, command: QueuedCommand, due_at: datetime, reason: str) -> bool:
    """It may have run: probe it from `due_at` (sent_at + the portal's cap + 10 s)."""
    raise NotImplementedError


def found_nothing(conn: Connection, command: QueuedCommand, due_at: datetime) -> bool:
    """A probe found no effect: probe again at `due_at`; `probes` counts up."""
    raise NotImplementedError


def probe_failed(conn: Connection, command: QueuedCommand, due_at: datetime, reason: str) -> bool:
    """The probe itself got no answer: still unknown, look again at `due_at`."""
    raise NotImplementedError


def repeat(conn: Connection, command: QueuedCommand, due_at: datetime, reason: str) -> bool:
    """Enough probes found no effect: send the same payload under the same key again."""
    raise NotImplementedError


def park(conn: Connection, command: QueuedCommand, now: datetime, reason: str) -> bool:
    """A person must decide; the later commands of this item wait."""
    raise NotImplementedError


def conflict(conn: Connection, command: QueuedCommand, now: datetime, reason: str) -> bool:
    """Somebody else was first, and wins; final."""
    raise NotImplementedError


def withdraw(conn: Connection, command: QueuedCommand, now: datetime, reason: str) -> bool:
    """A claimed command that must not be sent any more (its precondition failed, nothing left us): superseded."""
    raise NotImplementedError


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
    """Drop pending and parked commands of a process, a visit or a list of keys (all that are given must hold).

    Returns their keys. What is being sent or unknown is left alone: its outcome must be found out first.
    ValueError without any of process_id, visit, keys.
    """
    raise NotImplementedError


def release(conn: Connection, portal: str, key: str, now: datetime) -> bool:
    """A person decided: send the parked command again."""
    raise NotImplementedError


def drop(conn: Connection, portal: str, key: str, now: datetime, reason: str) -> bool:
    """A person decided: never send the parked command; the later ones of its item go on."""
    raise NotImplementedError


def recover(
    conn: Connection, portal: str, lease: Lease, now: datetime, *, cap_seconds: float = 60
) -> list[QueuedCommand]:
    """After taking a lease: what an earlier holder was sending is now unknown, to be probed from
    `sent_at` + cap + 10 s, under our fence; returns those commands."""
    raise NotImplementedError


def to_verify(conn: Connection, portal: str, now: datetime, limit: int) -> list[QueuedCommand]:
    """Done commands whose `verify_at` has come."""
    raise NotImplementedError


def verified(conn: Connection, command: QueuedCommand, flag: str | None = None) -> None:
    """The effect was looked at again; `flag` names what was wrong with it ("override")."""
    raise NotImplementedError


def get(conn: Connection, portal: str, key: str) -> QueuedCommand | None:
    raise NotImplementedError


def of_item(conn: Connection, portal: str, ref: ItemRef) -> list[QueuedCommand]:
    """All commands of the item that are kept, in order."""
    raise NotImplementedError


def open_keys(conn: Connection, portal: str, process_id: int) -> list[str]:
    """Keys of the process' commands that are not finished, in order."""
    raise NotImplementedError


def counts(conn: Connection, portal: str) -> dict[State, int]:
    """Commands by state."""
    raise NotImplementedError
