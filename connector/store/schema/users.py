"""Tables of who may look: users of the dashboard, where they are signed in, and how often somebody guessed.

They belong to no portal. No secret is in them that could be used: of tokens there are hashes alone.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from connector.store.columns import ForeignText, Instant
from connector.store.schema.base import metadata

user = Table(
    "dashboard_user",
    metadata,
    Column("name", ForeignText, primary_key=True),
    #: viewer, operator, admin
    Column("role", String(10), nullable=False),
    #: argon2id with its salt and costs; null: no password was chosen yet.
    Column("password_hash", String(200)),
    #: SHA-256 of the token of an open invitation, and until when it can be used.
    Column("invitation_hash", String(64), unique=True),
    Column("invited_until", Instant),
    Column("added_at", Instant, nullable=False),
    Column("added_by", ForeignText, nullable=False),
    Column("signed_in_at", Instant),
)

session = Table(
    "dashboard_session",
    metadata,
    #: SHA-256 of the token that the browser keeps.
    Column("token_hash", String(64), primary_key=True),
    Column("user_name", ForeignText, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Index("ix_dashboard_session_user", "user_name"),
)

#: Failed tries to sign in; who tried is hashed, because people type passwords into the wrong box.
guess = Table(
    "dashboard_guess",
    metadata,
    Column("who_hash", String(64), primary_key=True),
    Column("since_at", Instant, nullable=False),
    Column("failures", Integer, nullable=False),
)
