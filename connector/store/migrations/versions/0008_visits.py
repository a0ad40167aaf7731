"""Visits are found by their time, and reports read all that they ask of them from an index."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COLUMNS = ["portal", "entity_type_id", "item_id", "at", "history_number"]


def upgrade() -> None:
    op.drop_index("ix_visit_item", table_name="visit")
    op.create_index("ix_visit_item", "visit", [*_COLUMNS, "stage_id", "category_id"], unique=False)
    op.create_index("ix_visit_at", "visit", ["portal", "entity_type_id", "at", "item_id"], unique=False)
