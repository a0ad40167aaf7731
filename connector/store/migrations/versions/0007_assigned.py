"""An index over the lines of the journal that say whose an item became: reports count what routes gave."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    condition = sa.text("kind = 'assigned'")
    op.create_index(
        "ix_journal_assigned",
        "journal",
        ["portal", "pipeline", "at"],
        unique=False,
        sqlite_where=condition,
        postgresql_where=condition,
    )
