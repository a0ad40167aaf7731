"""Leases: who may work on what, until when. Each taking gets a higher fence, which tells a late holder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, update

from connector.store.dialect import insert
from connector.store.schema import lease as table


@dataclass(frozen=True, slots=True)
class Lease:
    """`name` (a portal, by custom) is `holder`'s until `until_at`; `fence` marks what it does meanwhile."""

    name: str
    holder: str
    fence: int
    until_at: datetime


def take(conn: Connection, name: str, holder: str, now: datetime, seconds: float) -> Lease | None:
    """The lease with a new fence, if it is free, ran out, or is this holder's own; else None.

    `holder` names one running process, so that only a restart of it takes over what is still its own.
    """
    until_at = now + timedelta(seconds=seconds)
    statement = insert(conn, table).values(name=name, holder=holder, fence=1, until_at=until_at)
    fence = conn.scalar(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "fence": table.c.fence + 1, "until_at": until_at},
            where=or_(table.c.until_at <= now, table.c.holder == holder),
        ).returning(table.c.fence)
    )
    return None if fence is None else Lease(name, holder, fence, until_at)


def renew(conn: Connection, lease: Lease, now: datetime, seconds: float) -> Lease | None:
    """The same lease with a later end; None if somebody else has taken it."""
    until_at = now + timedelta(seconds=seconds)
    hit = conn.execute(update(table).where(_is_ours(lease)).values(until_at=until_at)).rowcount
    return replace(lease, until_at=until_at) if hit else None


def release(conn: Connection, lease: Lease, now: datetime) -> bool:
    """Give it back; False if it was not ours any more. The fence is remembered."""
    return conn.execute(update(table).where(_is_ours(lease)).values(until_at=now)).rowcount == 1


def get(conn: Connection, name: str) -> Lease | None:
    """Who holds it, or held it last."""
    row = conn.execute(
        select(table.c.name, table.c.holder, table.c.fence, table.c.until_at).where(table.c.name == name)
    ).first()
    return None if row is None else Lease(*row)


def is_alive(lease: Lease, now: datetime) -> ColumnElement[bool]:
    """A condition for other nouns' queries: the lease has neither run out nor been taken."""
    return exists().where(_is_ours(lease), table.c.until_at > now)


def _is_ours(lease: Lease) -> ColumnElement[bool]:
    return and_(table.c.name == lease.name, table.c.holder == lease.holder, table.c.fence == lease.fence)
