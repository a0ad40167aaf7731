"""Who may sign in to the dashboard: invitations, passwords, sessions, and how often one may guess.

Owns the tokens (256 random bits, of which the store keeps the SHA-256), the hashing of passwords (argon2id)
and every span of time that has to do with it. Knows neither HTTP nor terminals. Guesses are counted in the
store and not in memory: a restart gives nobody new tries, and several processes count together.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from connector.errors import ConnectorError
from connector.store import Connection, Database, sessions, users
from connector.store.sessions import Session
from connector.store.users import User

INVITATION: Final = timedelta(hours=1)
#: A session ends when it was not used for so long, and after so long in any case.
IDLE, LONGEST = timedelta(hours=12), timedelta(days=7)
#: That a session is in use is written down this often, not with every page.
SEEN = timedelta(minutes=5)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 1000
#: In a window, so many wrong passwords for a name, and so many from an address.
WINDOW, OF_NAME, OF_ADDRESS = timedelta(minutes=15), 10, 50

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class UserError(ConnectorError):
    """That cannot be done with a user of the dashboard."""


class TooManyTries(UserError):
    """Too many wrong passwords; `again_at` says when the next one is looked at."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__("too many wrong passwords: try again later")
        self.again_at = again_at


@dataclass(frozen=True, slots=True)
class Tries:
    """Who tries to sign in: under which name, from which address."""

    name: str
    address: str

    def allowed(self) -> dict[str, int]:
        """What is counted, and up to what; hashed, because people type passwords into the wrong box."""
        return {_hash(f"name {self.name}"): OF_NAME, _hash(f"address {self.address}"): OF_ADDRESS}


def check_name(name: str) -> str:
    """The name as it is kept; UserError if it cannot be one."""
    if not _NAME.fullmatch(name):
        raise UserError(f"{name!r} cannot be a user's name: letters, digits and . _ @ - (at most 64)")
    return name


def invite(conn: Connection, name: str, now: datetime) -> str:
    """A token that lets this user choose a password, once, within an hour; earlier ones are void."""
    token = secrets.token_urlsafe(32)
    if not users.invite(conn, name, _hash(token), now + INVITATION):
        raise UserError(f"there is no user {name!r}: `funnelwright users list` shows them")
    return token


def invited(conn: Connection, token: str, now: datetime) -> User | None:
    """Whom the token invites; asking does not use it up: scanners of mail open links too."""
    return users.invited_with(conn, _hash(token), now)


def accept(database: Database, token: str, password: str | None, now: datetime) -> str | None:
    """Use the invitation up: set the password (None: leave it as it is) and sign in.

    Returns the token of the new session; None if the invitation is not open any more. UserError for a
    password that cannot be taken.
    """
    hashed = None if password is None else hash_password(password)
    with database.write() as conn:
        user = users.use_invitation(conn, _hash(token), now)
        if user is None:
            return None
        if hashed is not None:
            users.set_password(conn, user.name, hashed)
        return _begin(conn, user.name, now)


def hash_password(password: str) -> str:
    """What is kept of a password; UserError if it is too short or too long."""
    if len(password) < SHORTEST_PASSWORD:
        raise UserError(f"a password has {SHORTEST_PASSWORD} characters or more")
    if len(password) > LONGEST_PASSWORD:
        raise UserError(f"a password has {LONGEST_PASSWORD} characters or fewer")
    return _hasher().hash(password)


def sign_in(database: Database, tries: Tries, password: str, now: datetime) -> str | None:
    """The token of a new session; None if name or password is wrong, which takes equally long to find out.

    TooManyTries, before anything is compared, when there were too many wrong ones.
    """
    with database.read() as conn:
        _check_tries(conn, tries, now)
        user = users.get(conn, tries.name)
    known = user.password_hash if user is not None and user.password_hash is not None else None
    is_right = _verify(known or _nobodys_hash(), password) and known is not None
    with database.write() as conn:
        # Between the two another guess may have been counted, or the password changed.
        _check_tries(conn, tries, now)
        still = users.get(conn, tries.name)
        if not is_right or known is None or still is None or still.password_hash != known:
            for key in tries.allowed():
                sessions.count_failure(conn, key, now, now - WINDOW)
            return None
        sessions.forgive(conn, _hash(f"name {tries.name}"))
        if _hasher().check_needs_rehash(known):
            users.renew_hash(conn, tries.name, known, _hasher().hash(password))
        return _begin(conn, tries.name, now)


def recognise(database: Database, token: str, now: datetime) -> Session | None:
    """The session of this token, unless it is over."""
    key = _hash(token)
    with database.read() as conn:
        found = sessions.find(conn, key)
    if found is None or now - found.seen_at > IDLE or now - found.began_at > LONGEST:
        return None
    if now - found.seen_at > SEEN:
        with database.write() as conn:
            sessions.see(conn, key, now)
    return found


def sign_out(conn: Connection, token: str) -> None:
    """End one session."""
    sessions.end(conn, _hash(token))


def _begin(conn: Connection, name: str, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    sessions.forget(conn, now - LONGEST, now - IDLE)
    sessions.forget_failures(conn, now - WINDOW)
    sessions.begin(conn, _hash(token), name, now)
    users.note_sign_in(conn, name, now)
    return token


def _check_tries(conn: Connection, tries: Tries, now: datetime) -> None:
    for key, allowed in tries.allowed().items():
        failures, since = sessions.failures(conn, key, now - WINDOW)
        if since is not None and failures >= allowed:
            raise TooManyTries(since + WINDOW)


def _hash(token: str) -> str:
    """Enough for 256 random bits: nobody can try them all."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _hasher() -> PasswordHasher:
    """What OWASP asks for at least, on one core: the engine works beside it, and guesses are counted."""
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_hex(16))


def _verify(hashed: str, password: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        return _hasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
