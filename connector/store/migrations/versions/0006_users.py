"""Users of the dashboard, their sessions, and failed tries to sign in."""

import sqlalchemy as sa
from alembic import op

from connector.store.columns import ForeignText, Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dashboard_user",
        sa.Column("name", ForeignText(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("invitation_hash", sa.String(length=64), nullable=True),
        sa.Column("invited_until", Instant(), nullable=True),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("added_by", ForeignText(), nullable=False),
        sa.Column("signed_in_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_dashboard_user")),
        sa.UniqueConstraint("invitation_hash", name=op.f("uq_dashboard_user_invitation_hash")),
    )
    op.create_table(
        "dashboard_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_name", ForeignText(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_dashboard_session")),
    )
    op.create_index("ix_dashboard_session_user", "dashboard_session", ["user_name"], unique=False)
    op.create_table(
        "dashboard_guess",
        sa.Column("who_hash", sa.String(length=64), nullable=False),
        sa.Column("since_at", Instant(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("who_hash", name=op.f("pk_dashboard_guess")),
    )
