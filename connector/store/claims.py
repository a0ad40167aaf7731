"""Claiming commands and writing down what became of them. Public through `outbox`.

One statement claims, on both databases: PostgreSQL skips rows that another worker has locked, SQLite has
one writer and drops the words. Whatever is written after a claim names the command, the claim's fence and the
states it may come from, and says whether it hit: the late answer of a worker that lost its lease changes
nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from connector.store import leases
from connector.store.commands import APPROVED, COLUMNS, QueuedCommand, State, from_rows
from connector.store.leases import Lease
from connector.store.schema import outbox
from connector.store.settings import is_paused

#: A write that timed out may still take effect until the portal's own cap; then this much more.
SETTLE_SECONDS = 10.0


_EARLIER = outbox.alias("earlier")
_IS_HEAD = ~exists().where(
    _EARLIER.c.portal == outbox.c.portal,
    _EARLIER.c.entity_type_id == outbox.c.entity_type_id,
    _EARLIER.c.item_id == outbox.c.item_id,
    _EARLIER.c.seq < outbox.c.seq,
    _EARLIER.c.finished_at.is_(None),
)


def _claiming(waiting: State, **values: Any) -> ReturningUpdate[Any]:
    """The statement that takes due heads that wait in this state, and gives them these values."""
    due = (
        select(outbox.c.seq)
        .where(
            outbox.c.portal == bindparam("of_portal"),
            outbox.c.finished_at.is_(None),
            outbox.c.state == waiting,
            outbox.c.due_at <= bindparam("now"),
            _IS_HEAD,
            ~is_paused(outbox.c.portal, outbox.c.pipeline),
            leases.IS_ALIVE,
        )
        .order_by(outbox.c.priority, outbox.c.seq)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True, of=outbox)
        .cte("due")
    )
    return (
        update(outbox)
        .where(outbox.c.seq.in_(select(due.c.seq)), outbox.c.state == waiting)
        .values(fence=bindparam("lease_fence"), **values)
        .returning(*COLUMNS)
    )


_CLAIM = _claiming(
    State.PENDING,
    state=State.SENDING,
    sent_at=bindparam("now"),
    first_sent_at=func.coalesce(outbox.c.first_sent_at, bindparam("now", type_=outbox.c.first_sent_at.type)),
    tries=outbox.c.tries + 1,
    probes=0,
)
_CLAIM_UNKNOWN = _claiming(State.UNKNOWN, due_at=bindparam("held_until"))


def claim(conn: Connection, portal: str, lease: Lease, now: datetime, limit: int) -> list[QueuedCommand]:
    """Take up to `limit` due heads for sending; commit before the first byte leaves.

    Nothing if the portal is paused or the lease was lost; commands of a paused pipeline stay.
    """
    return _claim(conn, _CLAIM, portal, lease, now, limit)


def claim_unknown(
    conn: Connection, portal: str, lease: Lease, now: datetime, limit: int, hold_seconds: float = 60
) -> list[QueuedCommand]:
    """Take up to `limit` settled unknown commands for probing.

    They stay unknown; if nothing is written about one, it comes again after the hold. A pause holds probes
    back too, because a probe may lead to sending again.
    """
    until = now + timedelta(seconds=hold_seconds)
    return _claim(conn, _CLAIM_UNKNOWN, portal, lease, now, limit, held_until=until)


def _claim(
    conn: Connection,
    statement: ReturningUpdate[Any],
    portal: str,
    lease: Lease,
    now: datetime,
    limit: int,
    **more: datetime,
) -> list[QueuedCommand]:
    named = leases.named(lease) | {"of_portal": portal, "now": now, "limit": limit} | more
    return from_rows(conn.execute(statement, named))


def done(
    conn: Connection,
    command: QueuedCommand,
    now: datetime,
    *,
    remote_id: str | None = None,
    reason: str | None = None,
    verify_at: datetime | None = None,
) -> bool:
    """It took effect, or a probe found that it had (`reason`). False: the claim is no longer ours."""
    return _write(
        conn,
        command,
        state=State.DONE,
        finished_at=now,
        remote_id=remote_id,
        reason=reason,
        verify_at=verify_at,
    )


def retry_at(conn: Connection, command: QueuedCommand, due_at: datetime, reason: str) -> bool:
    """It certainly did not run (NOT_RUN): send it at `due_at`. False: the claim is no longer ours."""
    tries = command.tries - 1
    return _write(
        conn,
        command,
        only=(State.SENDING,),
        state=State.PENDING,
        due_at=due_at,
        reason=reason,
        sent_at=None,
        first_sent_at=command.first_sent_at if tries else None,
        tries=tries,
        delays=command.delays + 1,
    )


def unknown(conn: Connection, command: QueuedCommand, due_at: datetime, reason: str) -> bool:
    """It may have run: probe it from `due_at` (sent_at + the portal's cap + 10 s)."""
    return _write(
        conn, command, only=(State.SENDING,), state=State.UNKNOWN, due_at=due_at, reason=reason, delays=0
    )


def found_nothing(conn: Connection, command: QueuedCommand, due_at: datetime) -> bool:
    """A probe found no effect: probe again at `due_at`; `probes` counts up."""
    return _write(conn, command, only=(State.UNKNOWN,), due_at=due_at, probes=command.probes + 1, delays=0)


def probe_failed(conn: Connection, command: QueuedCommand, due_at: datetime, reason: str) -> bool:
    """The probe itself got no answer: still unknown, look again at `due_at`; `delays` counts up."""
    delays = command.delays + 1
    return _write(conn, command, only=(State.UNKNOWN,), due_at=due_at, reason=reason, delays=delays)


def repeat(conn: Connection, command: QueuedCommand, due_at: datetime, reason: str) -> bool:
    """Enough probes found no effect: send the same payload under the same key again."""
    return _write(
        conn,
        command,
        only=(State.UNKNOWN,),
        state=State.PENDING,
        due_at=due_at,
        reason=reason,
        probes=0,
        delays=0,
        # What a person has said counts once.
        flag=None if command.flag == APPROVED else command.flag,
    )


def park(
    conn: Connection, command: QueuedCommand, now: datetime, reason: str, *, flag: str | None = None
) -> bool:
    """A person must decide (`due_at` says since when); the later commands of this item wait."""
    return _write(conn, command, state=State.PARKED, due_at=now, reason=reason, flag=flag)


def conflict(
    conn: Connection,
    command: QueuedCommand,
    now: datetime,
    reason: str,
    *,
    verify_at: datetime | None = None,
) -> bool:
    """Somebody else was first, and wins; final."""
    return _write(conn, command, state=State.CONFLICT, finished_at=now, reason=reason, verify_at=verify_at)


def withdraw(conn: Connection, command: QueuedCommand, now: datetime, reason: str) -> bool:
    """A claimed command that is not sent after all (its precondition failed, nothing left us): superseded."""
    return _write(
        conn, command, only=(State.SENDING,), state=State.SUPERSEDED, finished_at=now, reason=reason
    )


def recover(
    conn: Connection, portal: str, lease: Lease, now: datetime, *, cap_seconds: float = 60
) -> list[QueuedCommand]:
    """After taking a lease: what an earlier holder was sending is now unknown; returns those commands.

    They may be probed from now + cap + 10 s: the earlier holder may have sent them until it lost the lease,
    long after it claimed them. They carry our fence, so that its answer, should it still come, is refused.
    `cap_seconds`: how long the portal may work on a call.
    """
    orphans = from_rows(
        conn.execute(
            select(*COLUMNS)
            .where(
                outbox.c.portal == portal,
                outbox.c.finished_at.is_(None),
                outbox.c.state == State.SENDING,
                outbox.c.fence < lease.fence,
            )
            .with_for_update()
        )
    )
    if not orphans:
        return []
    seqs = [one.seq for one in orphans]
    conn.execute(
        update(outbox)
        .where(outbox.c.seq.in_(seqs))
        .values(
            state=State.UNKNOWN,
            fence=lease.fence,
            reason="the program stopped while sending",
            delays=0,
            due_at=now + timedelta(seconds=cap_seconds + SETTLE_SECONDS),
        )
    )
    return from_rows(conn.execute(select(*COLUMNS).where(outbox.c.seq.in_(seqs))))


_WRITE = update(outbox).where(
    outbox.c.seq == bindparam("of_seq"),
    outbox.c.fence == bindparam("of_fence"),
    outbox.c.state.in_(bindparam("only", expanding=True)),
)


def _write(
    conn: Connection,
    command: QueuedCommand,
    *,
    only: tuple[State, ...] = (State.SENDING, State.UNKNOWN),
    **values: Any,
) -> bool:
    of = {"of_seq": command.seq, "of_fence": command.fence, "only": only}
    return conn.execute(_WRITE, of | values).rowcount == 1
