"""Where users of the dashboard are signed in, and how often somebody guessed. Tokens are known by hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, delete, or_, select, update

from connector.store.dialect import insert
from connector.store.schema import guess, session, user
from connector.store.users import Role


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which a user is signed in, with the role that the user has now."""

    user_name: str
    role: Role
    began_at: datetime
    seen_at: datetime


def begin(conn: Connection, token_hash: str, user_name: str, now: datetime) -> None:
    values = {"token_hash": token_hash, "user_name": user_name, "began_at": now, "seen_at": now}
    conn.execute(insert(conn, session).values(**values))


def find(conn: Connection, token_hash: str) -> Session | None:
    """The session with this token, however old."""
    c = session.c
    row = conn.execute(
        select(c.user_name, user.c.role, c.began_at, c.seen_at)
        .join(user, user.c.name == c.user_name)
        .where(c.token_hash == token_hash)
    ).one_or_none()
    return None if row is None else Session(row.user_name, Role(row.role), row.began_at, row.seen_at)


def see(conn: Connection, token_hash: str, now: datetime) -> None:
    """It is in use now."""
    conn.execute(update(session).where(session.c.token_hash == token_hash).values(seen_at=now))


def end(conn: Connection, token_hash: str) -> None:
    conn.execute(delete(session).where(session.c.token_hash == token_hash))


def forget(conn: Connection, began_before: datetime, seen_before: datetime) -> int:
    """Drop the sessions that began or were last used before then; returns how many."""
    is_over = or_(session.c.began_at < began_before, session.c.seen_at < seen_before)
    return conn.execute(delete(session).where(is_over)).rowcount


def failures(conn: Connection, who_hash: str, since: datetime) -> tuple[int, datetime | None]:
    """Failed tries in the window that is open, and when it began; (0, None) if none began after `since`."""
    row = conn.execute(
        select(guess.c.failures, guess.c.since_at).where(
            guess.c.who_hash == who_hash, guess.c.since_at > since
        )
    ).one_or_none()
    return (0, None) if row is None else (row.failures, row.since_at)


def count_failure(conn: Connection, who_hash: str, now: datetime, since: datetime) -> None:
    """One more failed try; a window that began before `since` is over, and this one begins another."""
    is_over = guess.c.since_at <= since
    conn.execute(
        insert(conn, guess)
        .values(who_hash=who_hash, since_at=now, failures=1)
        .on_conflict_do_update(
            index_elements=["who_hash"],
            set_={
                "failures": case((is_over, 1), else_=guess.c.failures + 1),
                "since_at": case((is_over, now), else_=guess.c.since_at),
            },
        )
    )


def forget_failures(conn: Connection, before: datetime) -> None:
    """Drop windows that began before then."""
    conn.execute(delete(guess).where(guess.c.since_at <= before))


def forgive(conn: Connection, who_hash: str) -> None:
    """It was the right person: the count begins anew."""
    conn.execute(delete(guess).where(guess.c.who_hash == who_hash))
