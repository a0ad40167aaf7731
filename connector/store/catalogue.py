"""What the portal is made of: people, departments, entity types, categories, stages, fields.

Each `replace_…` takes a whole list as read, and says what differed: how much, and, where a pipeline may rest
on it, what it was before (`schema_changes` keeps that). An empty list of what no portal is without (people,
entity types, fields of a type) is refused: then the reading failed, and nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from connector.errors import StoreError
from connector.records import Category, Department, EntityType, Field, Person, Stage
from connector.store import schema
from connector.store.columns import cleaned
from connector.store.schema_changes import SchemaChange


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a new reading changed: how many rows were new, different, no longer there."""

    added: int
    changed: int
    removed: int
    #: One by one, for types, categories, stages and fields; none when it was the first reading.
    changes: tuple[SchemaChange, ...] = field(default=(), compare=False)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def replace_people(conn: Connection, portal: str, people: Iterable[Person]) -> Replaced:
    """All employees, dismissed ones too."""
    return _replace(conn, schema.person, {"portal": portal}, _required(people, "people"))


def get_people(conn: Connection, portal: str) -> dict[int, Person]:
    """All employees by id."""
    people = (
        Person(row.id, row.name, row.is_active, tuple(row.department_ids), row.time_zone)
        for row in _rows(conn, schema.person, {"portal": portal})
    )
    return {person.id: person for person in people}


def replace_departments(conn: Connection, portal: str, departments: Iterable[Department]) -> Replaced:
    """All departments."""
    return _replace(conn, schema.department, {"portal": portal}, departments)


def get_departments(conn: Connection, portal: str) -> dict[int, Department]:
    """All departments by id."""
    rows = _rows(conn, schema.department, {"portal": portal})
    return {row.id: Department(row.id, row.name, row.parent_id, row.head_id) for row in rows}


def replace_entity_types(conn: Connection, portal: str, entity_types: Iterable[EntityType]) -> Replaced:
    """All types of CRM records."""
    return _replace(conn, schema.entity_type, {"portal": portal}, _required(entity_types, "entity types"))


def get_entity_types(conn: Connection, portal: str) -> dict[int, EntityType]:
    """All types of CRM records by id."""
    rows = _rows(conn, schema.entity_type, {"portal": portal})
    return {row.id: EntityType(row.id, row.name, row.short_code) for row in rows}


def replace_categories(
    conn: Connection, portal: str, entity_type_id: int, categories: Iterable[Category]
) -> Replaced:
    """All categories of the entity type (leads have none)."""
    return _replace(conn, schema.category, _of_type(portal, entity_type_id), categories)


def get_categories(conn: Connection, portal: str, entity_type_id: int) -> dict[int, Category]:
    """The entity type's categories by id."""
    rows = _rows(conn, schema.category, _of_type(portal, entity_type_id))
    return {row.id: Category(entity_type_id, row.id, row.name, row.is_default) for row in rows}


def replace_stages(conn: Connection, portal: str, entity_type_id: int, stages: Iterable[Stage]) -> Replaced:
    """All stages of all categories of the entity type."""
    return _replace(conn, schema.stage, _of_type(portal, entity_type_id), stages)


def get_stages(
    conn: Connection, portal: str, entity_type_id: int, category_id: int | None = None
) -> list[Stage]:
    """Stages in the order of the board; `category_id` None: of all categories."""
    stages = [
        Stage(entity_type_id, row.category_id, row.id, row.name, row.sort, row.semantics)
        for row in _rows(conn, schema.stage, _of_type(portal, entity_type_id))
        if category_id is None or row.category_id == category_id
    ]
    return sorted(stages, key=lambda stage: (stage.category_id or 0, stage.sort, stage.id))


_TYPES_WITH_STAGES = (
    select(schema.stage.c.entity_type_id).where(schema.stage.c.portal == bindparam("portal")).distinct()
)


def types_with_stages(conn: Connection, portal: str) -> set[int]:
    """Entity types whose records stand in stages."""
    return set(conn.scalars(_TYPES_WITH_STAGES, {"portal": portal}))


def replace_fields(conn: Connection, portal: str, entity_type_id: int, fields: Iterable[Field]) -> Replaced:
    """All fields of the entity type's card, and their options."""
    card = _required(fields, "fields")
    scope = _of_type(portal, entity_type_id)
    _replace(conn, schema.crm_option, scope, (option for one in card for option in _options(one)))
    return _replace(conn, schema.crm_field, scope, card)


def get_fields(conn: Connection, portal: str, entity_type_id: int) -> dict[str, Field]:
    """The entity type's fields by name."""
    columns = [column.name for column in schema.crm_field.c if column.name != "portal"]
    rows = _rows(conn, schema.crm_field, _of_type(portal, entity_type_id))
    return {row.name: Field(**{name: row._mapping[name] for name in columns}) for row in rows}


_FIELD_TITLES = select(schema.crm_field.c.name, schema.crm_field.c.title).where(
    schema.crm_field.c.portal == bindparam("portal"),
    schema.crm_field.c.entity_type_id == bindparam("entity_type_id"),
)


def field_titles(conn: Connection, portal: str, entity_type_id: int) -> dict[str, str]:
    """What the entity type's fields are called, by name: `get_fields` for who needs no options."""
    rows = conn.execute(_FIELD_TITLES, _of_type(portal, entity_type_id))
    return {name: title for name, title in rows}


@dataclass(frozen=True, slots=True)
class _Option:
    field: str
    id: str
    label: str


def _options(of: Field) -> list[_Option]:
    return [_Option(of.name, option_id, label) for option_id, label in of.options.items()]


def _of_type(portal: str, entity_type_id: int) -> dict[str, Any]:
    return {"portal": portal, "entity_type_id": entity_type_id}


def _required(records: Iterable[Any], what: str) -> list[Any]:
    found = list(records)
    if not found:
        raise StoreError(f"the portal named no {what}: the list is not taken over, read it again")
    return found


def _rows(conn: Connection, table: Table, scope: Mapping[str, Any]) -> list[Row[Any]]:
    return list(conn.execute(_reading(table, tuple(scope)), scope))


@cache
def _reading(table: Table, names: tuple[str, ...]) -> Select[Any]:
    """The statement that reads the rows in which these columns have the values that it is given."""
    conditions = [table.c[name] == bindparam(name) for name in names]
    return select(table).where(*conditions).order_by(*table.primary_key.columns)


def _replace(conn: Connection, table: Table, scope: Mapping[str, Any], records: Iterable[Any]) -> Replaced:
    """Make the rows of `scope` those of `records`, touching only what differs."""
    keys = [column.name for column in table.primary_key.columns if column.name not in scope]
    wanted = {tuple(row[key] for key in keys): row for row in (_row(table, scope, one) for one in records)}
    present = {
        tuple(row._mapping[key] for key in keys): dict(row._mapping) for row in _rows(conn, table, scope)
    }
    added = [row for key, row in wanted.items() if key not in present]
    changed = [row for key, row in wanted.items() if key in present and present[key] != row]
    removed = [row for key, row in present.items() if key not in wanted]
    if added:
        conn.execute(insert(table), added)
    if changed:
        conn.execute(update(table).where(_this(table)), [row | _key_of(table, row) for row in changed])
    if removed:
        conn.execute(delete(table).where(_this(table)), [_key_of(table, row) for row in removed])
    changes = [
        *((None, row) for row in added),
        *((present[key], row) for key, row in wanted.items() if key in present and present[key] != row),
        *((row, None) for row in removed),
    ]
    told = table in _TOLD and present
    return Replaced(
        len(added), len(changed), len(removed), tuple(_change(table, *each) for each in changes if told)
    )


#: What pipelines rest on, with the column that names it.
_TOLD: Mapping[Table, str] = {
    schema.entity_type: "id",
    schema.category: "id",
    schema.stage: "id",
    schema.crm_field: "name",
}


def _change(table: Table, before: dict[str, Any] | None, after: dict[str, Any] | None) -> SchemaChange:
    row = after or before or {}
    type_id = row["id"] if table is schema.entity_type else row["entity_type_id"]
    return SchemaChange(table.name, type_id, str(row[_TOLD[table]]), _content(before), _content(after))


def _content(row: dict[str, Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {name: value for name, value in row.items() if name not in ("portal", "entity_type_id")}


def _row(table: Table, scope: Mapping[str, Any], record: Any) -> dict[str, Any]:
    names = [column.name for column in table.c if column.name not in scope]
    row = dict(scope) | {name: getattr(record, name) for name in names}
    # As the database will give it back, so that hostile text is no change of every day.
    return {name: cleaned(value) for name, value in row.items()}


def _this(table: Table) -> ColumnElement[bool]:
    """The row whose key is given by the parameters of `_key_of`."""
    return and_(*(column == bindparam(f"key_{column.name}") for column in table.primary_key.columns))


def _key_of(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"key_{column.name}": row[column.name] for column in table.primary_key.columns}
