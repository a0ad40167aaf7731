"""All CRM state of one portal, and the questions that other parts ask of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.sandbox.crm.records import Record, Shelf
from connector.sandbox.crm.rights import Rights
from connector.sandbox.crm.types import EntityTypes

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal


class Crm:
    """The CRM of one portal."""

    def __init__(self, portal: SandboxPortal) -> None:
        self.portal = portal
        self.types = EntityTypes()
        self.rights = Rights(portal.people)
        self.shelves: dict[int, Shelf] = {}

    def shelf(self, entity_type_id: int) -> Shelf:
        return self.shelves.setdefault(entity_type_id, Shelf())

    def find(self, entity_type_id: int, item_id: int) -> Record | None:
        """A record, whoever may see it."""
        shelf = self.shelves.get(entity_type_id)
        return shelf.records.get(item_id) if shelf else None

    def may_read(self, user_id: int, record: Record) -> bool:
        return self.rights.may_read(user_id, record)

    def write_code(self, entity_type_id: int, item_id: int) -> str:
        """`D_10`, `Tb1_29`: how task bindings and fields of type crm name a record."""
        entity_type = self.types.get(entity_type_id)
        return f"{entity_type.short_code if entity_type else 'T' + f'{entity_type_id:x}'}_{item_id}"

    def read_code(self, code: str) -> tuple[int, int] | None:
        """(entityTypeId, id) out of `D_10`; None when it names no type of this portal."""
        short, _, number = code.partition("_")
        entity_type = self.types.of_short_code(short)
        return (entity_type.id, int(number)) if entity_type and number.isdecimal() else None
