"""What people do with CRM records, as sentences for tests and scripts: through the same rules as REST.

A record is named by itself, by (entityTypeId, id), or by anything that has these two as attributes.
Fields are named in either spelling; a list field takes the label of its option. What the portal refuses
raises `RestError`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, cast

from connector.sandbox.crm import writing
from connector.sandbox.crm.changes import read_changes
from connector.sandbox.crm.defaults import DEAL_STAGES, SMART_STAGES
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.history import Entry
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.schema import Schema
from connector.sandbox.crm.stages import Category, StageSpec
from connector.sandbox.crm.types import COMPANY, CONTACT, DEAL, LEAD
from connector.sandbox.crm.values import Family

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal


class Named(Protocol):
    """Anything that says which record it means."""

    @property
    def entity_type_id(self) -> int: ...
    @property
    def id(self) -> int: ...


Ref = Named | tuple[int, int]


class CrmPeople:
    """The sentences about CRM records; part of `SandboxPortal`."""

    def record(self, ref: Ref) -> Record:
        """A record that must exist."""
        entity_type_id, number = ref if isinstance(ref, tuple) else (ref.entity_type_id, ref.id)
        found = _portal(self).crm.find(entity_type_id, number)
        if found is None:
            raise LookupError(f"the portal has no record {entity_type_id}:{number}")
        return found

    def value(self, ref: Ref, name: str) -> Any:
        """The typed value of a field; of a list field, the label of its option."""
        record = self.record(ref)
        schema = _portal(self).crm.schema(record.entity_type_id)
        field = _named(schema, name)
        value = schema.read(record, field.name)
        return dict(field.options).get(value, value) if field.options else value

    def deal(
        self, number: int | None = None, *, stage: str | None = None, by: int | None = None, **fields: Any
    ) -> Record:
        """Somebody makes a deal; `stage` is a full code such as C1:NEW and says the pipeline too."""
        return self.item(DEAL, number, stage=stage, by=by, **fields)

    def lead(
        self, number: int | None = None, *, stage: str | None = None, by: int | None = None, **fields: Any
    ) -> Record:
        return self.item(LEAD, number, stage=stage, by=by, **fields)

    def contact(self, number: int | None = None, *, by: int | None = None, **fields: Any) -> Record:
        return self.item(CONTACT, number, by=by, **fields)

    def company(self, number: int | None = None, *, by: int | None = None, **fields: Any) -> Record:
        return self.item(COMPANY, number, by=by, **fields)

    def item(
        self,
        entity_type_id: int,
        number: int | None = None,
        *,
        stage: str | None = None,
        by: int | None = None,
        **fields: Any,
    ) -> Record:
        """Somebody makes a record of any type; `number` gives it that id."""
        portal = _portal(self)
        with portal.lock:
            entity_type = portal.crm.entity_type(entity_type_id)
            values = self._changes(portal.crm.schema(entity_type_id), fields)
            if stage is not None:
                values["STAGE_ID"] = stage
                values.setdefault("CATEGORY_ID", self._category_of(entity_type_id, stage))
            actor = by or values.get("ASSIGNED_BY_ID") or portal.people.admin_id
            return writing.add_record(portal.crm, entity_type, values, actor, number=number)

    def _category_of(self, entity_type_id: int, stage: str) -> int | None:
        portal = _portal(self)
        entity_type = portal.crm.entity_type(entity_type_id)
        for number in portal.crm.stages.categories.get(entity_type_id, {}):
            if portal.crm.stages.find(entity_type, number, stage):
                return number
        if entity_type_id == LEAD:
            return None
        raise LookupError(
            f"no pipeline of type {entity_type_id} has the stage {stage}; see SandboxPortal.pipeline"
        )

    def move(self, ref: Ref, stage: str, by: int | None = None) -> Record:
        """Somebody drags a card to another stage, in another pipeline if the stage is there."""
        portal = _portal(self)
        with portal.lock:
            record = self.record(ref)
            changes: dict[str, Any] = {"STAGE_ID": stage}
            category_id = self._category_of(record.entity_type_id, stage)
            if category_id is not None and category_id != record.category_id:
                changes["CATEGORY_ID"] = category_id
            writing.update_record(portal.crm, record, changes, by or self._owner(record))
            return record

    def edit(self, ref: Ref, by: int | None = None, **fields: Any) -> Record:
        """Somebody fills in fields of a record."""
        portal = _portal(self)
        with portal.lock:
            record = self.record(ref)
            changes = self._changes(portal.crm.schema(record.entity_type_id), fields, record)
            writing.update_record(portal.crm, record, changes, by or self._owner(record))
            return record

    def delete(self, ref: Ref, by: int | None = None) -> None:
        """Somebody deletes a record."""
        portal = _portal(self)
        with portal.lock:
            record = self.record(ref)
            writing.delete_record(portal.crm, record, by or self._owner(record))

    def restore(self, record: Record) -> Record:
        """An administrator takes a record out of the recycle bin: the same id, told as an update."""
        portal = _portal(self)
        with portal.lock:
            writing.restore_record(portal.crm, record, portal.people.admin_id)
            return record

    def history_of(self, ref: Ref) -> list[Entry]:
        """The stages that a record has come into, oldest first."""
        record = self.record(ref)
        rows = _portal(self).crm.history.of(record.entity_type_id)
        return [each for each in rows if each.owner_id == record.id]

    # --- what an administrator does

    def pipeline(
        self,
        number: int | None = None,
        name: str = "Pipeline",
        *,
        entity_type_id: int = DEAL,
        stages: Iterable[StageSpec] = (),
    ) -> Category:
        """An administrator makes a pipeline; without `stages` it gets those that the CRM gives."""
        portal = _portal(self)
        with portal.lock:
            specs = tuple(stages) or (DEAL_STAGES if entity_type_id == DEAL else SMART_STAGES)
            entity_type = portal.crm.entity_type(entity_type_id)
            return portal.crm.stages.add_category(entity_type, name, specs, number=number)

    def require_on_stage(self, stage: str, *names: str, entity_type_id: int = DEAL) -> None:
        """An administrator makes fields obligatory for a stage, and has them checked over REST as well."""
        portal = _portal(self)
        with portal.lock:
            schema = portal.crm.schema(entity_type_id)
            portal.crm.required.is_checked = True
            portal.crm.required.by_stage[entity_type_id, stage] = [
                _named(schema, name).name for name in names
            ]

    def set_clock_back(self, ref: Ref, **instants: datetime) -> Record:
        """Pretend that a record is older than it is: CREATED_TIME=, MOVED_TIME=, UPDATED_TIME=; no event."""
        record = self.record(ref)
        record.values.update(instants)
        return record

    def _owner(self, record: Record) -> int:
        owner = record.get("ASSIGNED_BY_ID")
        return int(owner) if owner else _portal(self).people.admin_id

    def _changes(
        self, schema: Schema, fields: dict[str, Any], record: Record | None = None
    ) -> dict[str, Any]:
        raw = {}
        for name, value in fields.items():
            if name == "fm" or name in ("PHONE", "EMAIL"):
                raw[name] = value
                continue
            field = _named(schema, name)
            raw[field.name] = _option(field, value)
        family: Family = "item" if "fm" in raw else "classic"
        return read_changes(_portal(self).crm, schema, raw, schema.fields, family, record=record)


def _named(schema: Schema, name: str) -> Field:
    found = schema.fields.get(name) or schema.by_item_name.get(name) or schema.by_classic_name.get(name)
    if found is None:
        raise LookupError(f"records of type {schema.entity_type.id} have no field {name}")
    return found


def _option(field: Field, value: Any) -> Any:
    """The option's id where a label is given."""
    by_label = {label: number for number, label in field.options}
    return by_label.get(value, value) if isinstance(value, str) else value


def _portal(people: CrmPeople) -> SandboxPortal:
    return cast("SandboxPortal", people)
