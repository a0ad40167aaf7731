"""Tables of what the flow hands from step to step: hints, signals, processes, commands, the journal."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from connector.store.columns import ForeignText, Instant, Json, RowId
from connector.store.schema.base import index_where, metadata

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
    index_where(
        "ux_inbox_new", "portal", "kind", "entity_type_id", "entity_id", where="done_at IS NULL", unique=True
    ),
    index_where("ix_inbox_due", "portal", "due_at", where="done_at IS NULL"),
    Index("ix_inbox_state", "portal", "state", "done_at"),
    index_where("ix_inbox_coalesced", "portal", "state", "hits", where="hits > 1"),
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
    index_where("ix_signal_waiting", "portal", "seq", where="handled_at IS NULL"),
    index_where(
        "ix_signal_parked",
        "portal",
        "entity_type_id",
        "item_id",
        where="handled_at IS NULL AND parked_at IS NOT NULL",
    ),
    Index("ix_signal_handled", "portal", "handled_at"),
    sqlite_autoincrement=True,
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
    Column("state", Text, nullable=False),  # JSON, written and read by the engine
    Column("revision", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("portal", "pipeline", "entity_type_id", "item_id"),
    Index("ix_process_item", "portal", "entity_type_id", "item_id"),
    Index("ix_process_board", "portal", "pipeline", "stage", "status"),
    index_where("ix_process_parked", "portal", "updated_at", where="parked_reason IS NOT NULL"),
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
    index_where("ix_timer_due", "portal", "due_at", where="fired_at IS NULL"),
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
    index_where("ix_journal_assigned", "portal", "pipeline", "at", where="kind = 'assigned'"),
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
    index_where("ix_outbox_item", "portal", "entity_type_id", "item_id", "seq", where="finished_at IS NULL"),
    index_where("ix_outbox_queue", "portal", "priority", "seq", where="finished_at IS NULL"),
    index_where("ix_outbox_verify", "portal", "verify_at", where="verify_at IS NOT NULL"),
    Index("ix_outbox_state", "portal", "state", "finished_at"),
    index_where("ix_outbox_flag", "portal", "flag", where="flag IS NOT NULL"),
    Index("ix_outbox_of_item", "portal", "entity_type_id", "item_id", "seq"),
    Index("ix_outbox_process", "process_id"),
    sqlite_autoincrement=True,
)

#: Which records belong together because a process made or found one for the other.
link = Table(
    "link",
    metadata,
    Column("row_id", RowId, primary_key=True),
    Column("portal", Text, nullable=False),
    Column("entity_type_id", BigInteger, nullable=False),  # the parent
    Column("item_id", BigInteger, nullable=False),
    Column("pipeline", Text, nullable=False),  # whose process, or whose start, made the link
    Column("name", Text, nullable=False),  # its `as`; "" when it has none
    Column("child_type_id", BigInteger, nullable=False),
    Column("child_id", BigInteger, nullable=False),
    Column("child_pipeline", Text),  # the pipeline that the child was made for
    Column("command_key", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    UniqueConstraint("portal", "command_key"),
    Index("ix_link_parent", "portal", "entity_type_id", "item_id"),
    Index("ix_link_child", "portal", "child_type_id", "child_id"),
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
