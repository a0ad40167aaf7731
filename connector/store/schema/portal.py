"""Tables of what stands in the portal: its records, their moves, the connector's tasks.

The comments are the documentation (docs/mirror.md is made of them, PostgreSQL keeps them beside the tables).
"""

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

from connector.store.columns import ForeignJson, ForeignText, Instant, Json, Money, RowId
from connector.store.schema.base import metadata

#: The mirror.
item = Table(
    "item",
    metadata,
    Column("row_id", RowId, primary_key=True, comment="Key of the row in this database."),
    Column("portal", Text, nullable=False, comment="Name of the portal in config.toml."),
    Column(
        "entity_type_id",
        BigInteger,
        nullable=False,
        comment="1 lead, 2 deal, 3 contact, 4 company, 31 invoice, from 128 smart processes.",
    ),
    Column("id", BigInteger, nullable=False, comment="The record's id in the portal."),
    Column("title", ForeignText, nullable=False, comment="Title; of a contact its name."),
    Column(
        "category_id",
        BigInteger,
        comment="The CRM's pipeline; 0: the general one of deals; null: the type has none.",
    ),
    Column("stage_id", ForeignText, comment="Stage, see table stage; null for contacts and companies."),
    Column(
        "semantics",
        ForeignText,
        comment="P in progress, S success, F failure; null: not told, see table stage.",
    ),
    Column("owner_id", BigInteger, comment="Responsible user, see table person."),
    Column("amount", Money, comment="Amount in units of `currency`. On SQLite exact decimal text."),
    Column("currency", ForeignText, comment="ISO 4217 code of the amount."),
    Column("company_id", BigInteger, comment="The customer's company."),
    Column("contact_ids", Json, nullable=False, comment="JSON array of contact ids, the main one first."),
    Column("source_id", ForeignText, comment="Where the record came from, see crm_option, field sourceId."),
    Column("created_at", Instant, comment="When the record was made in the portal."),
    Column("updated_at", Instant, comment="When the portal last saved the record."),
    Column("moved_at", Instant, comment="When the record last changed its stage."),
    Column("created_by", BigInteger, comment="User who made it."),
    Column("updated_by", BigInteger, comment="User who last saved it."),
    Column("moved_by", BigInteger, comment="User who last moved it."),
    Column(
        "fields",
        ForeignJson,
        nullable=False,
        comment="JSON object: REST name -> value of each other copied field, as sent.",
    ),
    Column(
        "content_hash", String(32), nullable=False, comment="Hash of the content; equal if nothing differs."
    ),
    Column("seen_at", Instant, nullable=False, comment="When the connector first read this content."),
    Column("gone_at", Instant, comment="When the record was found deleted; null while it is there."),
    UniqueConstraint("portal", "entity_type_id", "id"),
    Index("ix_item_board", "portal", "entity_type_id", "category_id", "stage_id"),
    Index("ix_item_updated", "portal", "updated_at"),
    comment="Records of the CRM as last read, of all types, deleted ones too.",
)

#: Append-only copy of the portal's stage history.
visit = Table(
    "visit",
    metadata,
    Column("portal", Text, nullable=False, comment="Name of the portal in config.toml."),
    Column("entity_type_id", BigInteger, nullable=False, comment="Type of the record, as in item."),
    Column(
        "history_id",
        Text,
        nullable=False,
        comment="The portal's id of this row of history; s:… if the connector made it up.",
    ),
    Column(
        "history_number",
        BigInteger,
        nullable=False,
        comment="The same as a number: the order within a second; 0 if made up.",
    ),
    Column("item_id", BigInteger, nullable=False, comment="The record."),
    Column(
        "type_id",
        Integer,
        nullable=False,
        comment="1 created, 2 moved, 3 moved to a final stage, 5 category changed.",
    ),
    Column("category_id", BigInteger, comment="Category that the record came into or was in."),
    Column("stage_id", ForeignText, nullable=False, comment="Stage that the record came into."),
    Column("semantics", ForeignText, comment="P in progress, S success, F failure."),
    Column(
        "at", Instant, nullable=False, comment="When it came there, by the portal's clock (whole seconds)."
    ),
    Column("seen_at", Instant, nullable=False, comment="When the connector read the row."),
    PrimaryKeyConstraint("portal", "entity_type_id", "history_id"),
    # With all that a report asks of a visit: the rows themselves are not looked at.
    Index(
        "ix_visit_item",
        *("portal", "entity_type_id", "item_id", "at", "history_number", "stage_id", "category_id"),
    ),
    Index("ix_visit_at", "portal", "entity_type_id", "at", "item_id"),
    comment="Stage history: one row for each time a record came into a stage. Rows are never changed.",
)

#: The tasks that the connector made, as they stand in the portal.
task = Table(
    "task",
    metadata,
    Column("row_id", RowId, primary_key=True, comment="Key of the row in this database."),
    Column("portal", Text, nullable=False, comment="Name of the portal in config.toml."),
    Column("id", BigInteger, nullable=False, comment="The task's id in the portal."),
    Column(
        "entity_type_id",
        BigInteger,
        nullable=False,
        comment="Type of the record that the task is for, as in item.",
    ),
    Column("item_id", BigInteger, nullable=False, comment="The record that the task is for."),
    Column("process_id", RowId, ForeignKey("process.id"), comment="The process that made the task."),
    Column("run", Text, nullable=False, comment="The step run that it carries out: visit/step/number."),
    Column(
        "kind",
        String(16),
        nullable=False,
        comment="step, missing (a field to fill in), question, approval or action.",
    ),
    Column("marker", ForeignText, comment="XML_ID of the task, by which the connector finds it again."),
    Column("title", ForeignText, nullable=False, comment="Title."),
    Column(
        "status",
        String(20),
        nullable=False,
        comment="pending, in_progress, awaiting_control, completed, deferred, declined.",
    ),
    Column("responsible_id", BigInteger, comment="Who is to do it, see table person."),
    Column("created_by", BigInteger, comment="User who made it."),
    Column("deadline", Instant, comment="When it is due."),
    Column("created_at", Instant, comment="When it was made."),
    Column("changed_at", Instant, comment="When it was last changed."),
    Column("changed_by", BigInteger, comment="User who last changed it."),
    Column("status_changed_by", BigInteger, comment="User who gave it its status."),
    Column("closed_at", Instant, comment="When it was completed; null while it is open."),
    Column("priority", Integer, comment="0 low, 1 usual, 2 high; null: not read since it is kept."),
    Column("group_id", BigInteger, comment="Project that it belongs to; null: none."),
    Column(
        "bindings",
        Json,
        nullable=False,
        comment="JSON array of the records it is tied to: D_10, L_4, T416_6.",
    ),
    Column("checklist", Json, comment="JSON array of its checklist's lines; null if it was never read."),
    Column(
        "outcome_lines",
        Json,
        nullable=False,
        comment="JSON object: line of the checklist -> outcome of the step.",
    ),
    Column("reported", Json, nullable=False, comment="What the process has been told of this task."),
    Column("added_at", Instant, nullable=False, comment="When the connector kept it."),
    Column("seen_at", Instant, nullable=False, comment="When the connector first read this content."),
    Column("gone_at", Instant, comment="When it was found deleted; null while it is there."),
    UniqueConstraint("portal", "id"),
    Index("ix_task_item", "portal", "entity_type_id", "item_id"),
    Index("ix_task_run", "portal", "run"),
    Index("ix_task_marker", "portal", "marker"),
    Index("ix_task_process", "process_id"),
    comment="Tasks that the connector made, as they stand in the portal.",
)
