"""Tasks that people made on records of the CRM, and what they are bound to."""

import sqlalchemy as sa
from alembic import op

from connector.store.columns import ForeignText, Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crm_task",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", ForeignText(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("responsible_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("deadline", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=True),
        sa.Column("changed_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("portal", "id", name=op.f("pk_crm_task")),
    )
    op.create_table(
        "crm_task_binding",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", ForeignText(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), nullable=True),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("portal", "task_id", "place", name=op.f("pk_crm_task_binding")),
    )
    op.create_index(
        "ix_crm_task_binding_item",
        "crm_task_binding",
        ["portal", "entity_type_id", "item_id"],
        unique=False,
    )
    # Nullable: tasks of ours learn them when they are read next.
    op.add_column("task", sa.Column("priority", sa.Integer(), nullable=True))
    op.add_column("task", sa.Column("group_id", sa.BigInteger(), nullable=True))
