"""Tables of what the portal is made of, what of it has changed, and what of it the open data show."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text

from connector.store.columns import ForeignJson, ForeignText, Instant, Json, RowId
from connector.store.schema.base import metadata

_PORTAL = "Name of the portal in config.toml."
_TYPE = "Type of the record, as in item."

person = Table(
    "person",
    metadata,
    Column("portal", Text, primary_key=True, comment=_PORTAL),
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="The user's id in the portal."),
    Column("name", ForeignText, nullable=False, comment="First and last name."),
    Column("is_active", Boolean, nullable=False, comment="False: has left, or was dismissed."),
    Column("department_ids", Json, nullable=False, comment="JSON array of the person's departments."),
    Column("time_zone", ForeignText, comment="IANA name; null: the portal's."),
    comment="Employees of the portal, dismissed ones too.",
)

department = Table(
    "department",
    metadata,
    Column("portal", Text, primary_key=True, comment=_PORTAL),
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="The department's id."),
    Column("name", ForeignText, nullable=False, comment="Name."),
    Column("parent_id", BigInteger, comment="The department above; null at the top."),
    Column("head_id", BigInteger, comment="User who heads it."),
    comment="Departments of the portal.",
)

entity_type = Table(
    "entity_type",
    metadata,
    Column("portal", Text, primary_key=True, comment=_PORTAL),
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="The CRM's entityTypeId."),
    Column("name", ForeignText, nullable=False, comment="What the portal calls it."),
    Column(
        "short_code", ForeignText, nullable=False, comment="What bindings of tasks begin with: D, L, T416."
    ),
    comment="Types of CRM records that the portal has.",
)

category = Table(
    "category",
    metadata,
    Column("portal", Text, primary_key=True, comment=_PORTAL),
    Column("entity_type_id", BigInteger, primary_key=True, autoincrement=False, comment=_TYPE),
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="The category's id."),
    Column("name", ForeignText, nullable=False, comment="Name."),
    Column("is_default", Boolean, nullable=False, comment="Where new records go by themselves."),
    comment="Categories: what the CRM calls pipelines (funnels) of a type.",
)

stage = Table(
    "stage",
    metadata,
    Column("portal", Text, primary_key=True, comment=_PORTAL),
    Column("entity_type_id", BigInteger, primary_key=True, autoincrement=False, comment=_TYPE),
    Column("id", ForeignText, primary_key=True, comment="The stage's id, such as C4:NEW."),
    Column("category_id", BigInteger, comment="Its category; null for leads."),
    Column("name", ForeignText, nullable=False, comment="What people read on the board."),
    Column("sort", BigInteger, nullable=False, comment="Its place on the board."),
    Column("semantics", ForeignText, nullable=False, comment="P in progress, S success, F failure."),
    comment="Stages: the columns of the boards.",
)

crm_field = Table(
    "crm_field",
    metadata,
    Column("portal", Text, primary_key=True, comment=_PORTAL),
    Column("entity_type_id", BigInteger, primary_key=True, autoincrement=False, comment=_TYPE),
    Column("name", ForeignText, primary_key=True, comment="REST name, such as ufCrm_1700000000."),
    Column("type", ForeignText, nullable=False, comment="The CRM's type: string, enumeration, money, …"),
    Column("title", ForeignText, nullable=False, comment="What people read on the card."),
    Column("is_required", Boolean, nullable=False, comment="Must be filled in always."),
    Column("is_read_only", Boolean, nullable=False, comment="Cannot be written."),
    Column("is_multiple", Boolean, nullable=False, comment="Holds a list of values."),
    Column(
        "options",
        ForeignJson,
        nullable=False,
        comment="JSON object: option id -> label; empty for others than lists.",
    ),
    comment="Fields of the cards, whether or not they are copied.",
)

#: `crm_field.options` as rows: what joins are made with.
crm_option = Table(
    "crm_option",
    metadata,
    Column("portal", Text, primary_key=True, comment=_PORTAL),
    Column("entity_type_id", BigInteger, primary_key=True, autoincrement=False, comment=_TYPE),
    Column("field", ForeignText, primary_key=True, comment="REST name of the field."),
    Column("id", ForeignText, primary_key=True, comment="The option's id, as text."),
    Column("label", ForeignText, nullable=False, comment="What people read."),
    comment="Options of fields that are lists, and of directories such as the sources.",
)

schema_change = Table(
    "schema_change",
    metadata,
    Column("seq", RowId, primary_key=True, comment="Key of the row in this database."),
    Column("portal", Text, nullable=False, comment=_PORTAL),
    Column("what", String(16), nullable=False, comment="entity_type, category, stage or crm_field."),
    Column("entity_type_id", BigInteger, nullable=False, comment=_TYPE),
    Column("id", ForeignText, nullable=False, comment="Id or name of what changed."),
    Column("before", ForeignJson, comment="JSON object: the row before; null: it is new."),
    Column("after", ForeignJson, comment="JSON object: the row now; null: it is gone."),
    Column("noticed_at", Instant, nullable=False, comment="When the connector noticed it."),
    Index("ix_schema_change_noticed", "portal", "noticed_at"),
    comment="What changed in the portal's set-up since the first copy: types, categories, stages, fields.",
    sqlite_autoincrement=True,
)

mirrored_type = Table(
    "mirrored_type",
    metadata,
    Column("portal", Text, primary_key=True, comment=_PORTAL),
    Column("entity_type_id", BigInteger, primary_key=True, autoincrement=False, comment=_TYPE),
    comment="Types of records that are copied; each has a view.",
)

mirrored_field = Table(
    "mirrored_field",
    metadata,
    Column("portal", Text, primary_key=True, comment=_PORTAL),
    Column("entity_type_id", BigInteger, primary_key=True, autoincrement=False, comment=_TYPE),
    Column("column", Text, primary_key=True, comment="The column of the type's view."),
    Column("field", Text, nullable=False, comment="REST name of the CRM's field."),
    Column(
        "kind",
        String(16),
        nullable=False,
        comment="text, integer, number, money, yes_no, date, instant, choice, person or json.",
    ),
    Column("is_multiple", Boolean, nullable=False, comment="The column holds a JSON array."),
    comment="Fields of the cards that have a column of their own in the type's view.",
)
