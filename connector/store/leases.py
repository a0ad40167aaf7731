"""Leases: who may work on what, until when. Each taking gets a higher fence, which tells a late holder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, or_, select, update
from sqlalchemy.sql.dml import ReturningInsert

from connector.store.dialect import insert_for
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
    row = {"name": name, "holder": holder, "fence": 1, "until_at": until_at}
    fence = conn.scalar(_take(conn.dialect.name), row | {"now": now})
    return None if fence is None else Lease(name, holder, fence, until_at)


@cache
def _take(dialect: str) -> ReturningInsert[int]:
    statement = insert_for(dialect, table)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": new.holder, "fence": table.c.fence + 1, "until_at": new.until_at},
        where=or_(table.c.until_at <= bindparam("now"), table.c.holder == new.holder),
    ).returning(table.c.fence)


_IS_OURS = and_(
    table.c.name == bindparam("lease_name"),
    table.c.holder == bindparam("lease_holder"),
    table.c.fence == bindparam("lease_fence"),
)
#: A condition for other nouns' statements: the lease has neither run out `now` nor been taken. It has the
#: parameters of `named`.
IS_ALIVE = exists().where(_IS_OURS, table.c.until_at > bindparam("now"))
_PUT_OFF = update(table).where(_IS_OURS)


def named(lease: Lease) -> dict[str, Any]:
    """The parameters that say which lease is meant."""
    return {"lease_name": lease.name, "lease_holder": lease.holder, "lease_fence": lease.fence}


def renew(conn: Connection, lease: Lease, now: datetime, seconds: float) -> Lease | None:
    """The same lease with a later end; None if somebody else has taken it."""
    until_at = now + timedelta(seconds=seconds)
    hit = conn.execute(_PUT_OFF, named(lease) | {"until_at": until_at}).rowcount
    return replace(lease, until_at=until_at) if hit else None


def release(conn: Connection, lease: Lease, now: datetime) -> bool:
    """Give it back; False if it was not ours any more. The fence is remembered."""
    return conn.execute(_PUT_OFF, named(lease) | {"until_at": now}).rowcount == 1


def get(conn: Connection, name: str) -> Lease | None:
    """Who holds it, or held it last."""
    row = conn.execute(
        select(table.c.name, table.c.holder, table.c.fence, table.c.until_at).where(table.c.name == name)
    ).first()
    return None if row is None else Lease(*row)
