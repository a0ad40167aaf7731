"""Users of the dashboard: who may look, and how they prove who they are. Holds hashes, never a secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, update

from connector.store.dialect import insert
from connector.store.schema import session, user


class Role(StrEnum):
    """What somebody may do; each may do what those before it may."""

    VIEWER = "viewer"
    #: Decides on what is parked, pauses and resumes.
    OPERATOR = "operator"
    #: Sees who else may look.
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what `needed` may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may look."""

    name: str
    role: Role
    #: None: no password was chosen yet.
    password_hash: str | None
    #: Until when the open invitation can be used; None: there is none.
    invited_until: datetime | None
    added_at: datetime
    added_by: str
    signed_in_at: datetime | None


_COLUMNS = tuple(user.c[name] for name in User.__dataclass_fields__)


def add(conn: Connection, name: str, role: Role, now: datetime, by: str) -> bool:
    """Add a user who cannot sign in yet; False if the name is taken."""
    statement = insert(conn, user).values(name=name, role=role, added_at=now, added_by=by)
    return conn.execute(statement.on_conflict_do_nothing()).rowcount == 1


def get(conn: Connection, name: str) -> User | None:
    """The user of that name."""
    return _one(conn, user.c.name == name)


def invited_with(conn: Connection, invitation_hash: str, now: datetime) -> User | None:
    """Whose open invitation has a token with this hash; None if there is none, or its time is over."""
    return _one(conn, (user.c.invitation_hash == invitation_hash) & (user.c.invited_until > now))


def every(conn: Connection) -> list[User]:
    """All users, by name."""
    return [_as_user(row) for row in conn.execute(select(*_COLUMNS).order_by(user.c.name)).all()]


def number(conn: Connection) -> int:
    """How many there are."""
    return conn.scalar(select(func.count()).select_from(user)) or 0


def has_admin_with_password(conn: Connection) -> bool:
    """Whether an admin has chosen a password: only then is the dashboard anybody's to reach."""
    c = user.c
    found = select(c.name).where(c.role == Role.ADMIN, c.password_hash.is_not(None)).limit(1)
    return conn.scalar(found) is not None


def remove(conn: Connection, name: str) -> bool:
    """Remove a user and end their sessions; False if there is none of that name."""
    end_sessions(conn, name)
    return conn.execute(delete(user).where(user.c.name == name)).rowcount == 1


def set_role(conn: Connection, name: str, role: Role) -> bool:
    """Give a user another role and end their sessions; False if there is none of that name."""
    end_sessions(conn, name)
    return conn.execute(update(user).where(user.c.name == name).values(role=role)).rowcount == 1


def invite(conn: Connection, name: str, invitation_hash: str, until: datetime) -> bool:
    """Put an invitation in the place of the one before; False if there is no user of that name."""
    values = {"invitation_hash": invitation_hash, "invited_until": until}
    return conn.execute(update(user).where(user.c.name == name).values(**values)).rowcount == 1


def set_password(conn: Connection, name: str, password_hash: str) -> bool:
    """A new password: the open invitation and all sessions end. False if there is no user of that name."""
    end_sessions(conn, name)
    values = {"password_hash": password_hash, "invitation_hash": None, "invited_until": None}
    return conn.execute(update(user).where(user.c.name == name).values(**values)).rowcount == 1


def renew_hash(conn: Connection, name: str, before: str, after: str) -> None:
    """The same password hashed at today's costs; nothing if it was changed meanwhile."""
    is_same = (user.c.name == name) & (user.c.password_hash == before)
    conn.execute(update(user).where(is_same).values(password_hash=after))


def use_invitation(conn: Connection, invitation_hash: str, now: datetime) -> User | None:
    """Whose it was; from now on it is nobody's. None if there is none, or its time is over."""
    found = invited_with(conn, invitation_hash, now)
    if found is None:
        return None
    taken = conn.execute(
        update(user)
        .where(user.c.invitation_hash == invitation_hash)
        .values(invitation_hash=None, invited_until=None)
    )
    return found if taken.rowcount == 1 else None


def note_sign_in(conn: Connection, name: str, now: datetime) -> None:
    conn.execute(update(user).where(user.c.name == name).values(signed_in_at=now))


def end_sessions(conn: Connection, name: str) -> int:
    """Sign a user out everywhere; returns of how many places."""
    return conn.execute(delete(session).where(session.c.user_name == name)).rowcount


def _one(conn: Connection, condition: ColumnElement[bool]) -> User | None:
    row = conn.execute(select(*_COLUMNS).where(condition)).one_or_none()
    return None if row is None else _as_user(row)


def _as_user(row: Row[Any]) -> User:
    values = dict(row._mapping)
    return User(**(values | {"role": Role(values["role"])}))
