"""Tables of what stands in the portal: its records, their moves, our tasks, what it is made of."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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

from connector.store.columns import ForeignText, Instant, Json, Money, RowId
from connector.store.schema.base import metadata

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
    Column("semantics", ForeignText),
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
    Column("history_id", Text, nullable=False),
    Column("history_number", BigInteger, nullable=False),  # 0 for a row that we made up
    Column("item_id", BigInteger, nullable=False),
    Column("type_id", Integer, nullable=False),
    Column("category_id", BigInteger),
    Column("stage_id", ForeignText, nullable=False),
    Column("semantics", ForeignText),
    Column("at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    PrimaryKeyConstraint("portal", "entity_type_id", "history_id"),
    Index("ix_visit_item", "portal", "entity_type_id", "item_id", "at", "history_number"),
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
    Column("marker", ForeignText),
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
    Column("semantics", ForeignText, nullable=False),
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
