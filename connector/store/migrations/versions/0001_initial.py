"""The first tables."""

import sqlalchemy as sa
from alembic import op

from connector.store.columns import ForeignText, Instant, Json, Money, RowId

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "category",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", ForeignText(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "entity_type_id", "id", name=op.f("pk_category")),
    )
    op.create_table(
        "crm_field",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", ForeignText(), nullable=False),
        sa.Column("type", ForeignText(), nullable=False),
        sa.Column("title", ForeignText(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_read_only", sa.Boolean(), nullable=False),
        sa.Column("is_multiple", sa.Boolean(), nullable=False),
        sa.Column("options", Json(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "entity_type_id", "name", name=op.f("pk_crm_field")),
    )
    op.create_table(
        "definition",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stored_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_definition")),
    )
    op.create_table(
        "department",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", ForeignText(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("head_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("portal", "id", name=op.f("pk_department")),
    )
    op.create_table(
        "effect",
        sa.Column("row_id", RowId, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("command_key", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", Json(), nullable=True),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("until_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_effect")),
    )
    op.create_index(
        "ix_effect_entity", "effect", ["portal", "entity_type_id", "entity_id", "field"], unique=False
    )
    op.create_index("ix_effect_until", "effect", ["portal", "until_at"], unique=False)
    op.create_table(
        "entity_type",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", ForeignText(), nullable=False),
        sa.Column("short_code", ForeignText(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "id", name=op.f("pk_entity_type")),
    )
    op.create_table(
        "inbox",
        sa.Column("row_id", RowId, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("event", ForeignText(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("last_received_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("reason", ForeignText(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_inbox")),
    )
    op.create_index(
        "ix_inbox_due",
        "inbox",
        ["portal", "due_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index("ix_inbox_state", "inbox", ["portal", "state", "done_at"], unique=False)
    op.create_index(
        "ux_inbox_new",
        "inbox",
        ["portal", "kind", "entity_type_id", "entity_id"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "item",
        sa.Column("row_id", RowId, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("title", ForeignText(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("stage_id", ForeignText(), nullable=True),
        sa.Column("semantics", ForeignText(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", Money(), nullable=True),
        sa.Column("currency", ForeignText(), nullable=True),
        sa.Column("company_id", sa.BigInteger(), nullable=True),
        sa.Column("contact_ids", Json(), nullable=False),
        sa.Column("source_id", ForeignText(), nullable=True),
        sa.Column("created_at", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=True),
        sa.Column("moved_at", Instant(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("updated_by", sa.BigInteger(), nullable=True),
        sa.Column("moved_by", sa.BigInteger(), nullable=True),
        sa.Column("fields", Json(), nullable=False),
        sa.Column("content_hash", sa.String(length=32), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_item")),
        sa.UniqueConstraint("portal", "entity_type_id", "id", name=op.f("uq_item_portal_entity_type_id_id")),
    )
    op.create_index(
        "ix_item_board", "item", ["portal", "entity_type_id", "category_id", "stage_id"], unique=False
    )
    op.create_table(
        "journal",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), nullable=True),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("pipeline", sa.Text(), nullable=True),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", ForeignText(), nullable=False),
        sa.Column("actor", ForeignText(), nullable=True),
        sa.Column("signal_key", sa.Text(), nullable=True),
        sa.Column("command_key", sa.Text(), nullable=True),
        sa.Column("details", Json(), nullable=False),
        sa.Column("prev_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("portal", "seq", name=op.f("pk_journal")),
    )
    op.create_index(
        "ix_journal_item", "journal", ["portal", "entity_type_id", "item_id", "seq"], unique=False
    )
    op.create_table(
        "journal_head",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("portal", name=op.f("pk_journal_head")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("until_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "person",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", ForeignText(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("department_ids", Json(), nullable=False),
        sa.Column("time_zone", ForeignText(), nullable=True),
        sa.PrimaryKeyConstraint("portal", "id", name=op.f("pk_person")),
    )
    op.create_table(
        "rotation",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("turned_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "team", name=op.f("pk_rotation")),
    )
    op.create_table(
        "setting",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", Json(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("set_by", ForeignText(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "name", name=op.f("pk_setting")),
    )
    op.create_table(
        "signal",
        sa.Column("seq", RowId, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("handled_at", Instant(), nullable=True),
        sa.Column("parked_at", Instant(), nullable=True),
        sa.Column("parked_reason", ForeignText(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_signal")),
        sa.UniqueConstraint(
            "portal",
            "entity_type_id",
            "item_id",
            "key",
            name=op.f("uq_signal_portal_entity_type_id_item_id_key"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signal_handled", "signal", ["portal", "handled_at"], unique=False)
    op.create_index(
        "ix_signal_parked",
        "signal",
        ["portal", "entity_type_id", "item_id"],
        unique=False,
        sqlite_where=sa.text("handled_at IS NULL AND parked_at IS NOT NULL"),
        postgresql_where=sa.text("handled_at IS NULL AND parked_at IS NOT NULL"),
    )
    op.create_index(
        "ix_signal_waiting",
        "signal",
        ["portal", "seq"],
        unique=False,
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_table(
        "stage",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", ForeignText(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("name", ForeignText(), nullable=False),
        sa.Column("sort", sa.BigInteger(), nullable=False),
        sa.Column("semantics", ForeignText(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "entity_type_id", "id", name=op.f("pk_stage")),
    )
    op.create_table(
        "visit",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), nullable=False),
        sa.Column("history_id", sa.Text(), nullable=False),
        sa.Column("history_number", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("stage_id", ForeignText(), nullable=False),
        sa.Column("semantics", ForeignText(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "entity_type_id", "history_id", name=op.f("pk_visit")),
    )
    op.create_index(
        "ix_visit_item",
        "visit",
        ["portal", "entity_type_id", "item_id", "at", "history_number"],
        unique=False,
    )
    op.create_table(
        "watermark",
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", Json(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "name", name=op.f("pk_watermark")),
    )
    op.create_table(
        "process",
        sa.Column("id", RowId, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("parked_reason", ForeignText(), nullable=True),
        sa.Column("state", Json(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["definition.hash"], name=op.f("fk_process_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process")),
        sa.UniqueConstraint(
            "portal",
            "pipeline",
            "entity_type_id",
            "item_id",
            name=op.f("uq_process_portal_pipeline_entity_type_id_item_id"),
        ),
    )
    op.create_index("ix_process_board", "process", ["portal", "pipeline", "stage", "status"], unique=False)
    op.create_index("ix_process_item", "process", ["portal", "entity_type_id", "item_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("seq", RowId, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("process_id", RowId, nullable=True),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("first_sent_at", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("delays", sa.Integer(), nullable=False),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=True),
        sa.Column("reason", ForeignText(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("verify_at", Instant(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["process_id"], ["process.id"], name=op.f("fk_outbox_process_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("portal", "key", name=op.f("uq_outbox_portal_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_item",
        "outbox",
        ["portal", "entity_type_id", "item_id", "seq"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_of_item", "outbox", ["portal", "entity_type_id", "item_id", "seq"], unique=False
    )
    op.create_index("ix_outbox_process", "outbox", ["process_id"], unique=False)
    op.create_index(
        "ix_outbox_queue",
        "outbox",
        ["portal", "priority", "seq"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index("ix_outbox_state", "outbox", ["portal", "state", "finished_at"], unique=False)
    op.create_index(
        "ix_outbox_verify",
        "outbox",
        ["portal", "verify_at"],
        unique=False,
        sqlite_where=sa.text("verify_at IS NOT NULL"),
        postgresql_where=sa.text("verify_at IS NOT NULL"),
    )
    op.create_table(
        "task",
        sa.Column("row_id", RowId, nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("entity_type_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("process_id", RowId, nullable=True),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("marker", ForeignText(), nullable=True),
        sa.Column("title", ForeignText(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("responsible_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("deadline", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=True),
        sa.Column("changed_at", Instant(), nullable=True),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.Column("status_changed_by", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("bindings", Json(), nullable=False),
        sa.Column("checklist", Json(), nullable=True),
        sa.Column("outcome_lines", Json(), nullable=False),
        sa.Column("reported", Json(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["process_id"], ["process.id"], name=op.f("fk_task_process_id")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_task")),
        sa.UniqueConstraint("portal", "id", name=op.f("uq_task_portal_id")),
    )
    op.create_index("ix_task_item", "task", ["portal", "entity_type_id", "item_id"], unique=False)
    op.create_index("ix_task_marker", "task", ["portal", "marker"], unique=False)
    op.create_index("ix_task_process", "task", ["process_id"], unique=False)
    op.create_index("ix_task_run", "task", ["portal", "run"], unique=False)
    op.create_table(
        "timer",
        sa.Column("process_id", RowId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("portal", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("fired_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process.id"], name=op.f("fk_timer_process_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("process_id", "name", name=op.f("pk_timer")),
    )
    op.create_index(
        "ix_timer_due",
        "timer",
        ["portal", "due_at"],
        unique=False,
        sqlite_where=sa.text("fired_at IS NULL"),
        postgresql_where=sa.text("fired_at IS NULL"),
    )
