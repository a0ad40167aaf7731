"""Processes that wait for a person are found without looking at the others."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    where = sa.text("parked_reason IS NOT NULL")
    op.create_index(
        "ix_process_parked",
        "process",
        ["portal", "updated_at"],
        unique=False,
        sqlite_where=where,
        postgresql_where=where,
    )
