"""The tables, for SQLite and PostgreSQL alike. `migrations` builds them; a test holds the two together.

Every row belongs to a portal. `row_id` and `seq` are integer keys of the database (fast, and an order);
what the portal calls a record stays in columns of its own.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from connector.store.columns import ForeignText, Instant, Json, Money, RowId

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def _index_where(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


#: One row per record with a hint that nobody has looked into; a repeat only counts up `hits`.
inbox = Table(
    "inbox",
    metadata,
    Column("row_id", RowId, primary_key=True),
    Column("portal", Text, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("entity_type_id", BigInteger, nullable=False),
    Column("entity_id", BigInteger, nullable=False),
    Column("event", ForeignText, nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("hits", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("last_received_at", Instant, nullable=False),
    Column("state", String(8), nullable=False),  # new | done | dead
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("reason", ForeignText),
    _index_where(
        "ux_inbox_new", "portal", "kind", "entity_type_id", "entity_id", where="done_at IS NULL", unique=True
    ),
    _index_where("ix_inbox_due", "portal", "due_at", where="done_at IS NULL"),
    Index("ix_inbox_state", "portal", "state", "done_at"),
)

#: The mirror.
item = Table(
    "item",
    metadata,
    Column("row_id", RowId, primary_key=True),
    Column("portal", Text, nullable=False),
    Column("entity_type_id", BigInteger, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("title", ForeignText, nullable=False),
    Column("category_id", BigInteger),
    Column("stage_id", ForeignText),
    Column("semantics", String(1)),
    Column("owner_id", BigInteger),
    Column("amount", Money),
    Column("currency", ForeignText),
    Column("company_id", BigInteger),
    Column("contact_ids", Json, nullable=False),
    Column("source_id", ForeignText),
    Column("created_at", Instant),
    Column("updated_at", Instant),
    Column("moved_at", Instant),
    Column("created_by", BigInteger),
    Column("updated_by", BigInteger),
    Column("moved_by", BigInteger),
    Column("fields", Json, nullable=False),
    Column("content_hash", String(32), nullable=False),
    Column("seen_at", Instant, nullable=False),  # when this content was first read
    Column("gone_at", Instant),  # the tombstone
    UniqueConstraint("portal", "entity_type_id", "id"),
    Index("ix_item_board", "portal", "entity_type_id", "category_id", "stage_id"),
)

#: Append-only copy of the portal's stage history.
visit = Table(
    "visit",
    metadata,
    Column("portal", Text, nullable=False),
    Column("entity_type_id", BigInteger, nullable=False),
    Column("history_id", String(64), nullable=False),
    Column("history_number", BigInteger, nullable=False),  # 0 for a row that we made up
    Column("item_id", BigInteger, nullable=False),
    Column("type_id", Integer, nullable=False),
    Column("category_id", BigInteger),
    Column("stage_id", ForeignText, nullable=False),
    Column("semantics", String(1)),
    Column("at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    PrimaryKeyConstraint("portal", "entity_type_id", "history_id"),
    Index("ix_visit_item", "portal", "entity_type_id", "item_id", "at", "history_number"),
)

#: The versions of pipelines that processes run on, as they were written.
definition = Table(
    "definition",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("pipeline", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("stored_at", Instant, nullable=False),
)

process = Table(
    "process",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("portal", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("entity_type_id", BigInteger, nullable=False),
    Column("item_id", BigInteger, nullable=False),
    Column("version", String(64), ForeignKey("definition.hash"), nullable=False),
    Column("visit", Text, nullable=False),
    Column("stage", Text),
    Column("status", String(16), nullable=False),  # of the stage: open, won, lost, archived
    Column("phase", String(16), nullable=False),  # running, finished, outside, gone
    Column("owner_id", BigInteger),
    Column("mode", String(8), nullable=False),  # live | shadow
    Column("parked_reason", ForeignText),
    Column("state", Json, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("portal", "pipeline", "entity_type_id", "item_id"),
    Index("ix_process_item", "portal", "entity_type_id", "item_id"),
    Index("ix_process_board", "portal", "pipeline", "stage", "status"),
)

#: The tasks that the connector made, as they stand in the portal.
task = Table(
    "task",
    metadata,
    Column("row_id", RowId, primary_key=True),
    Column("portal", Text, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("entity_type_id", BigInteger, nullable=False),
    Column("item_id", BigInteger, nullable=False),
    Column("process_id", RowId, ForeignKey("process.id")),
    Column("run", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("marker", String(64)),
    Column("title", ForeignText, nullable=False),
    Column("status", String(20), nullable=False),
    Column("responsible_id", BigInteger),
    Column("created_by", BigInteger),
    Column("deadline", Instant),
    Column("created_at", Instant),
    Column("changed_at", Instant),
    Column("changed_by", BigInteger),
    Column("status_changed_by", BigInteger),
    Column("closed_at", Instant),
    Column("bindings", Json, nullable=False),
    Column("checklist", Json),
    Column("outcome_lines", Json, nullable=False),  # checklist line id -> outcome id
    Column("reported", Json, nullable=False),  # what the process has been told of this task
    Column("added_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("gone_at", Instant),
    UniqueConstraint("portal", "id"),
    Index("ix_task_item", "portal", "entity_type_id", "item_id"),
    Index("ix_task_run", "portal", "run"),
    Index("ix_task_marker", "portal", "marker"),
    Index("ix_task_process", "process_id"),
)

person = Table(
    "person",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", ForeignText, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("department_ids", Json, nullable=False),
    Column("time_zone", ForeignText),
)
department = Table(
    "department",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", ForeignText, nullable=False),
    Column("parent_id", BigInteger),
    Column("head_id", BigInteger),
)
entity_type = Table(
    "entity_type",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", ForeignText, nullable=False),
    Column("short_code", ForeignText, nullable=False),
)
category = Table(
    "category",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("entity_type_id", BigInteger, primary_key=True, autoincrement=False),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", ForeignText, nullable=False),
    Column("is_default", Boolean, nullable=False),
)
stage = Table(
    "stage",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("entity_type_id", BigInteger, primary_key=True, autoincrement=False),
    Column("id", ForeignText, primary_key=True),
    Column("category_id", BigInteger),
    Column("name", ForeignText, nullable=False),
    Column("sort", BigInteger, nullable=False),
    Column("semantics", String(1), nullable=False),
)
crm_field = Table(
    "crm_field",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("entity_type_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", ForeignText, primary_key=True),
    Column("type", ForeignText, nullable=False),
    Column("title", ForeignText, nullable=False),
    Column("is_required", Boolean, nullable=False),
    Column("is_read_only", Boolean, nullable=False),
    Column("is_multiple", Boolean, nullable=False),
    Column("options", Json, nullable=False),
)

#: What happened to an item and its processes have yet to hear.
signal = Table(
    "signal",
    metadata,
    Column("seq", RowId, primary_key=True),
    Column("portal", Text, nullable=False),
    Column("entity_type_id", BigInteger, nullable=False),
    Column("item_id", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("at", Instant, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("handled_at", Instant),
    Column("parked_at", Instant),
    Column("parked_reason", ForeignText),
    UniqueConstraint("portal", "entity_type_id", "item_id", "key"),
    _index_where("ix_signal_waiting", "portal", "seq", where="handled_at IS NULL"),
    _index_where(
        "ix_signal_parked",
        "portal",
        "entity_type_id",
        "item_id",
        where="handled_at IS NULL AND parked_at IS NOT NULL",
    ),
    Index("ix_signal_handled", "portal", "handled_at"),
    sqlite_autoincrement=True,
)

#: Why things happened: append-only, each row sealed with the hash of the one before it in its portal.
journal = Table(
    "journal",
    metadata,
    Column("portal", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),  # 1, 2, 3 … within the portal, without gaps
    Column("at", Instant, nullable=False),
    Column("entity_type_id", BigInteger),
    Column("item_id", BigInteger),
    Column("pipeline", Text),
    Column("version", String(64)),
    Column("rule", Text),
    Column("kind", String(32), nullable=False),
    Column("text", ForeignText, nullable=False),
    Column("actor", ForeignText),
    Column("signal_key", Text),
    Column("command_key", Text),
    Column("details", Json, nullable=False),
    Column("prev_sha256", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    PrimaryKeyConstraint("portal", "seq"),
    Index("ix_journal_item", "portal", "entity_type_id", "item_id", "seq"),
)
#: The end of each portal's chain: what a writer locks, and what shows that the newest rows were cut off.
journal_head = Table(
    "journal_head",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", RowId, primary_key=True),
    Column("portal", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("entity_type_id", BigInteger, nullable=False),
    Column("item_id", BigInteger, nullable=False),
    Column("process_id", RowId, ForeignKey("process.id")),
    Column("pipeline", Text, nullable=False),
    Column("visit", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload", Json, nullable=False),
    Column("payload_sha256", String(64), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("first_sent_at", Instant),
    Column("sent_at", Instant),
    Column("finished_at", Instant),  # null: open (pending, sending, unknown, parked)
    Column("tries", Integer, nullable=False),
    Column("delays", Integer, nullable=False),
    Column("probes", Integer, nullable=False),
    Column("remote_id", Text),
    Column("reason", ForeignText),
    Column("cause", Text),
    Column("verify_at", Instant),
    Column("flag", Text),
    UniqueConstraint("portal", "key"),
    _index_where("ix_outbox_item", "portal", "entity_type_id", "item_id", "seq", where="finished_at IS NULL"),
    _index_where("ix_outbox_queue", "portal", "priority", "seq", where="finished_at IS NULL"),
    _index_where("ix_outbox_verify", "portal", "verify_at", where="verify_at IS NOT NULL"),
    Index("ix_outbox_state", "portal", "state", "finished_at"),
    Index("ix_outbox_of_item", "portal", "entity_type_id", "item_id", "seq"),
    Index("ix_outbox_process", "process_id"),
    sqlite_autoincrement=True,
)

#: What our own writes will look like when they come back from the portal.
effect = Table(
    "effect",
    metadata,
    Column("row_id", RowId, primary_key=True),
    Column("portal", Text, nullable=False),
    Column("command_key", Text, nullable=False),
    Column("entity_type_id", BigInteger, nullable=False),
    Column("entity_id", BigInteger, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Json),
    Column("from_at", Instant, nullable=False),
    Column("until_at", Instant, nullable=False),
    Index("ix_effect_entity", "portal", "entity_type_id", "entity_id", "field"),
    Index("ix_effect_until", "portal", "until_at"),
)

timer = Table(
    "timer",
    metadata,
    Column("process_id", RowId, ForeignKey("process.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("portal", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("fired_at", Instant),
    PrimaryKeyConstraint("process_id", "name"),
    _index_where("ix_timer_due", "portal", "due_at", where="fired_at IS NULL"),
)
watermark = Table(
    "watermark",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Json, nullable=False),
    Column("set_at", Instant, nullable=False),
)
lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("until_at", Instant, nullable=False),
)
#: Switches that people turn; the portal "" stands for all of them.
setting = Table(
    "setting",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Json, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("set_by", ForeignText, nullable=False),
)
#: Who of a team got the last item.
rotation = Table(
    "rotation",
    metadata,
    Column("portal", Text, primary_key=True),
    Column("team", Text, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("turned_at", Instant, nullable=False),
)
