"""When an item last changed: whether events still arrive is told from the newest changes."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_item_updated", "item", ["portal", "updated_at"], unique=False)
