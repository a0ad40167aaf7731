"""A binding: what the names of one pipeline stand for in one portal (category, stages, fields)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from connector.config import Mode, PipelineConfig
from connector.flow.field_values import read_value, write_value
from connector.records import LEAD, Item
from pipelines.actions import Create
from pipelines.definition import Definition, FieldSpec
from pipelines.elements import elements_in

#: Standard values that a pipeline may write, and where they live in the CRM.
STANDARD_FIELDS: Mapping[str, str] = {
    "title": "title",
    "amount": "opportunity",
    "currency": "currencyId",
    "owner": "assignedById",
    "company": "companyId",
    "contacts": "contactIds",
    "source": "sourceId",
}


@dataclass(frozen=True)
class Binding:
    """One pipeline on one category of a portal. Immutable."""

    pipeline: str
    #: The newest version; running processes may be on an older one.
    definition: Definition
    config: PipelineConfig

    @property
    def entity_type_id(self) -> int:
        return self.config.entity_type_id

    @property
    def mode(self) -> Mode:
        return self.config.mode

    @property
    def category_id(self) -> int | None:
        """The CRM's category; None where the type has none (leads) or has only its hidden one."""
        return self.config.category

    @cached_property
    def crm_fields(self) -> Mapping[str, str]:
        """CRM field name -> pipeline field."""
        return {bound.field: name for name, bound in self.config.fields.items()}

    @cached_property
    def _stages(self) -> Mapping[str, str]:
        return {stage_id: name for name, stage_id in self.config.stages.items()}

    @cached_property
    def made_kinds(self) -> frozenset[tuple[str, str | None]]:
        """What the pipeline makes besides items of other pipelines: (kind, type of config)."""
        creates = (each for each in elements_in(self.definition) if isinstance(each, Create))
        return frozenset((each.create, each.type) for each in creates if each.pipeline is None)

    def covers(self, category_id: int | None) -> bool:
        """Whether an item of the bound type in this category is in this pipeline."""
        if self.entity_type_id == LEAD or self.category_id is None:
            return True
        return category_id == self.category_id

    def stage_of(self, category_id: int | None, stage_id: str | None) -> str | None:
        """The pipeline's stage behind the CRM's; None: another category, or a stage that is not bound."""
        return self._stages.get(stage_id or "") if self.covers(category_id) else None

    def stage_id(self, stage: str) -> str | None:
        """The CRM's stage behind the pipeline's; None if it is not bound."""
        return self.config.stages.get(stage)

    def read_fields(self, item: Item) -> dict[str, Any]:
        """The pipeline's fields as the engine knows them; empty is None."""
        return {
            name: self.read_field(item, name) for name in self.config.fields if name in self.definition.fields
        }

    def read_field(self, item: Item, name: str) -> Any:
        """One of them; None where the pipeline or config.toml knows no such field, too."""
        bound, spec = self.config.fields.get(name), self.definition.fields.get(name)
        return read_value(spec, bound, self.raw_field(item, name)) if bound and spec else None

    def write_fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """REST names and values for what the engine sets; KeyError names a field that is not bound."""
        written: dict[str, Any] = {}
        for name, value in values.items():
            bound = self.config.fields.get(name)
            spec: FieldSpec | None = self.definition.fields.get(name)
            if bound is not None and spec is not None:
                written[bound.field] = write_value(spec, bound, value)
            elif name in STANDARD_FIELDS:
                written[STANDARD_FIELDS[name]] = "" if value is None else value
            else:
                raise KeyError(name)
        return written

    def raw_field(self, item: Item, name: str) -> Any:
        """As the CRM has it, whether the mirror has a column for it or not; None where it is not bound."""
        bound = self.config.fields.get(name)
        if bound is None:
            return None
        column = _COLUMNS.get(bound.field)
        return getattr(item, column) if column else item.fields.get(bound.field)


_COLUMNS: Mapping[str, str] = {
    "title": "title",
    "opportunity": "amount",
    "currencyId": "currency",
    "assignedById": "owner_id",
    "companyId": "company_id",
    "contactIds": "contact_ids",
    "sourceId": "source_id",
}
