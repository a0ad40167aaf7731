"""What people are told of queues is counted in indexes: hints of records that waited, commands by flag."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, table, columns, condition in (
        ("ix_inbox_coalesced", "inbox", ["portal", "state", "hits"], "hits > 1"),
        ("ix_outbox_flag", "outbox", ["portal", "flag"], "flag IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, table, columns, unique=False, sqlite_where=where, postgresql_where=where)
