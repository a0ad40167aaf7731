"""All CRM state of one portal, and the questions that other parts ask of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connector.sandbox.crm.field_tables import system_fields
from connector.sandbox.crm.history import History
from connector.sandbox.crm.names import item_uf_names
from connector.sandbox.crm.records import Record, Shelf
from connector.sandbox.crm.rights import Rights
from connector.sandbox.crm.schema import Schema
from connector.sandbox.crm.stages import Stages
from connector.sandbox.crm.types import DEAL, INVOICE, EntityType, EntityTypes
from connector.sandbox.crm.userfields import UserFields
from connector.sandbox.kernel import RestError

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal


@dataclass(slots=True)
class RequiredFields:
    """Which fields an item needs to come into a stage.

    The portal checks custom fields over REST only where its admin has switched that on; by REST nobody
    can read the list, a client learns of it from refusals
    (api-reference/crm/universal/crm-item-update.md).
    """

    is_checked: bool = False
    by_stage: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    def of(self, entity_type_id: int, stage_id: str) -> list[str]:
        return self.by_stage.get((entity_type_id, stage_id), [])


class Crm:
    """The CRM of one portal."""

    def __init__(self, portal: SandboxPortal) -> None:
        self.portal = portal
        self.types = EntityTypes()
        self.rights = Rights(portal.people)
        self.stages = Stages(portal.language)
        self.user_fields = UserFields()
        self.history = History()
        self.required = RequiredFields()
        self.shelves: dict[int, Shelf] = {}
        self.product_rows: dict[tuple[int, int], list[dict[str, Any]]] = {}
        self.currency = "RUB" if portal.language == "ru" else "USD"
        self._schemas: dict[int, tuple[int, Schema]] = {}
        self._types_version = 0

    # --- types and fields

    def entity_type(self, entity_type_id: int) -> EntityType:
        """The type of record; RestError NOT_FOUND or ENTITY_TYPE_NOT_SUPPORTED as crm.item.* answers."""
        found = self.types.get(entity_type_id)
        if found is not None:
            return found
        if entity_type_id in (5, 7, 8, 14):
            raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type `{entity_type_id}` is not supported")
        raise RestError("NOT_FOUND", "Smart process not found")

    def types_changed(self) -> None:
        """A smart process came, went or was changed: fields of other types may point to it."""
        self._types_version += 1

    def schema(self, entity_type_id: int) -> Schema:
        """The fields of a type as they are now."""
        version = self.user_fields.version + self._types_version
        known = self._schemas.get(entity_type_id)
        if known is None or known[0] != version:
            known = self._schemas[entity_type_id] = (version, self._build_schema(entity_type_id))
        return known[1]

    def _build_schema(self, entity_type_id: int) -> Schema:
        entity_type = self.entity_type(entity_type_id)
        language = self.portal.language
        fields = system_fields(
            entity_type,
            parents=self.parents_of(entity_type),
            language=language,
            default_category_id=self.stages.default_category_id(entity_type_id),
        )
        own = self.user_fields.of(entity_type.uf_entity)
        spelled = item_uf_names([each.name for each in own])
        fields += [each.as_field(spelled[each.name], language) for each in own]
        return Schema(self, entity_type, fields, self.portal.zone)

    def parents_of(self, entity_type: EntityType) -> list[EntityType]:
        """The types whose records can be the parent of a record of this type (`parentId2`)."""
        found = {DEAL} if entity_type.id == INVOICE else set()
        if entity_type.smart is not None:
            found |= {int(str(each["entityTypeId"])) for each in entity_type.smart.relations["parent"]} - {
                3,
                4,
            }
        for smart in self.types.smart_types():
            if any(each["entityTypeId"] == entity_type.id for each in smart.relations["child"]):
                found.add(smart.entity_type_id)
        return [parent for number in sorted(found) if (parent := self.types.get(number))]

    # --- records

    def shelf(self, entity_type_id: int) -> Shelf:
        found = self.shelves.get(entity_type_id)
        if found is None:
            found = self.shelves[entity_type_id] = Shelf()
        return found

    def find(self, entity_type_id: int, item_id: int) -> Record | None:
        """A record, whoever may see it."""
        shelf = self.shelves.get(entity_type_id)
        return shelf.records.get(item_id) if shelf else None

    def may_read(self, user_id: int, record: Record) -> bool:
        return self.rights.may_read(user_id, record)

    def write_code(self, entity_type_id: int, item_id: int) -> str:
        """`D_10`, `Tb1_29`: how task bindings and fields of type crm name a record."""
        entity_type = self.types.get(entity_type_id)
        return f"{entity_type.short_code if entity_type else f'T{entity_type_id:x}'}_{item_id}"

    def read_code(self, code: str) -> tuple[int, int] | None:
        """(entityTypeId, id) out of `D_10`; None when it names no type of this portal."""
        short, _, number = code.partition("_")
        entity_type = self.types.of_short_code(short)
        return (entity_type.id, int(number)) if entity_type and number.isdecimal() else None
