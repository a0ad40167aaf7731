"""What changed in the portal's set-up, options as rows, and which fields the open data show."""

import sqlalchemy as sa
from alembic import op

from connector.store.columns import ForeignJson, ForeignText, Instant, RowId

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crm_option",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("field", ForeignText(), nullable=False),
        sa.Column("id", ForeignText(), nullable=False),
        sa.Column("label", ForeignText(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "entity_type_id", "field", "id", name=op.f("pk_crm_option")),
    )
    op.create_table(
        "schema_change",
        sa.Column("seq", RowId, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), nullable=False),
        sa.Column("id", ForeignText(), nullable=False),
        sa.Column("before", ForeignJson(), nullable=True),
        sa.Column("after", ForeignJson(), nullable=True),
        sa.Column("noticed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_schema_change")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_schema_change_noticed", "schema_change", ["portal", "noticed_at"], unique=False)
    op.create_table(
        "mirrored_type",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("portal", "entity_type_id", name=op.f("pk_mirrored_type")),
    )
    op.create_table(
        "mirrored_field",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("is_multiple", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "entity_type_id", "column", name=op.f("pk_mirrored_field")),
    )
