"""Which records a process made or found for an item."""

import sqlalchemy as sa
from alembic import op

from connector.store.columns import Instant, RowId

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link",
        sa.Column("row_id", RowId, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("child_type_id", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("child_pipeline", sa.Text(), nullable=True),
        sa.Column("command_key", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_link")),
        sa.UniqueConstraint("portal", "command_key", name=op.f("uq_link_portal_command_key")),
    )
    op.create_index("ix_link_child", "link", ["portal", "child_type_id", "child_id"], unique=False)
    op.create_index("ix_link_parent", "link", ["portal", "entity_type_id", "item_id"], unique=False)
