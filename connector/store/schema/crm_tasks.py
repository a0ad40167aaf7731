"""Tables of the tasks that are bound to records of the CRM, whoever made them, and of what they are bound to.

Read by views and reports alone: what processes hear of a task, they hear through the table `task`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from connector.store.columns import ForeignText, Instant
from connector.store.schema.base import metadata

crm_task = Table(
    "crm_task",
    metadata,
    Column("portal", Text, nullable=False, comment="Name of the portal in config.toml."),
    Column("id", BigInteger, nullable=False, autoincrement=False, comment="The task's id in the portal."),
    Column("title", ForeignText, nullable=False, comment="Title."),
    Column(
        "status",
        String(20),
        nullable=False,
        comment="pending, in_progress, awaiting_control, completed, deferred, declined.",
    ),
    Column("priority", Integer, comment="0 low, 1 usual, 2 high; null: not told."),
    Column("responsible_id", BigInteger, comment="Who is to do it, see table person."),
    Column("created_by", BigInteger, comment="User who made it."),
    Column("group_id", BigInteger, comment="Project that it belongs to; null: none."),
    Column("deadline", Instant, comment="When it is due."),
    Column("created_at", Instant, comment="When it was made."),
    Column("changed_at", Instant, comment="When it was last changed."),
    Column("closed_at", Instant, comment="When it was completed or handed in; null while it is open."),
    Column("seen_at", Instant, nullable=False, comment="When the connector first read this content."),
    Column("gone_at", Instant, comment="When it was found deleted; null while it is there."),
    PrimaryKeyConstraint("portal", "id"),
    comment="Tasks bound to records of the CRM, the connector's own among them. A task that is bound to none "
    "any more has no row.",
)

crm_task_binding = Table(
    "crm_task_binding",
    metadata,
    Column("portal", Text, nullable=False, comment="Name of the portal in config.toml."),
    Column("task_id", BigInteger, nullable=False, autoincrement=False, comment="The task, see crm_task."),
    Column("place", Integer, nullable=False, autoincrement=False, comment="Order in the task, from 0."),
    Column("code", ForeignText, nullable=False, comment="As the portal writes it: D_10, L_4, T416_6."),
    Column("entity_type_id", BigInteger, comment="Type of the record, as in item; null: code not known."),
    Column("item_id", BigInteger, comment="The record; null: code not known."),
    PrimaryKeyConstraint("portal", "task_id", "place"),
    Index("ix_crm_task_binding_item", "portal", "entity_type_id", "item_id"),
    comment="Records that tasks are bound to.",
)
