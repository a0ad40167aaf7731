"""How a row of `crm.item.*` becomes an `Item`: which fields are read, and which mark it as ours.

Only what is needed is selected: the standard fields of the type, its marker, and the fields that are bound.
Leads, deals, contacts and companies are marked by originatorId + originId, invoices and smart processes by
xmlId; the portal enforces neither.

Page: api-reference/crm/universal/object-fields.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.bitrix24.wire import (
    Unreadable,
    as_amount,
    as_category,
    as_id,
    as_ids,
    as_instant,
    as_text,
    need_id,
    read,
    without_links,
)
from connector.errors import FatalError
from connector.records import COMPANY, CONTACT, DEAL, LEAD, Item, ItemRef

ORIGINATOR = "funnelwright"

_ALWAYS = ("id", "assignedById", "createdTime", "updatedTime", "createdBy", "updatedBy")
_STAGED = ("title", "stageId", "movedTime", "movedBy", "opportunity", "currencyId", "sourceId", "companyId")
_FIELDS: Mapping[int, tuple[str, ...]] = {
    LEAD: (*_STAGED, "stageSemanticId", "contactIds"),
    DEAL: (*_STAGED, "categoryId", "stageSemanticId", "contactIds", "isRecurring"),
    CONTACT: ("name", "secondName", "lastName", "companyId", "sourceId"),
    COMPANY: ("title", "contactIds", "currencyId"),
}
_PROCESS_FIELDS = (*_STAGED, "categoryId", "contactIds")
_NAME_PARTS = ("name", "secondName", "lastName")


def marker_fields(entity_type_id: int) -> tuple[str, ...]:
    """The fields that mark an item of this type as ours."""
    is_origin = entity_type_id in (LEAD, DEAL, CONTACT, COMPANY)
    return ("originatorId", "originId") if is_origin else ("xmlId",)


def selected_fields(entity_type_id: int, extra_fields: Sequence[str] = ()) -> list[str]:
    """What is read of an item of this type: the standard fields, its marker, and those that are bound."""
    standard = (*_ALWAYS, *_FIELDS.get(entity_type_id, _PROCESS_FIELDS), *marker_fields(entity_type_id))
    return list(dict.fromkeys((*standard, *extra_fields)))


def item_from(row: Mapping[str, Any], entity_type_id: int, extra_fields: Sequence[str] = ()) -> Item:
    """A row of list or get as an `Item`; FatalError naming the field that cannot be read.

    `fields` holds the marker and the bound fields only, so that list and get make equal items.
    """
    kept = (*marker_fields(entity_type_id), *extra_fields)
    try:
        return Item(
            ref=ItemRef(entity_type_id, read(row, "id", need_id)),
            title=_title(row),
            category_id=read(row, "categoryId", as_category),
            stage_id=read(row, "stageId", as_text),
            semantics=read(row, "stageSemanticId", as_text),
            owner_id=read(row, "assignedById", as_id),
            amount=read(row, "opportunity", as_amount),
            currency=read(row, "currencyId", as_text),
            company_id=read(row, "companyId", as_id),
            contact_ids=read(row, "contactIds", as_ids),
            source_id=read(row, "sourceId", as_text),
            created_at=read(row, "createdTime", as_instant),
            updated_at=read(row, "updatedTime", as_instant),
            moved_at=read(row, "movedTime", as_instant),
            created_by=read(row, "createdBy", as_id),
            updated_by=read(row, "updatedBy", as_id),
            moved_by=read(row, "movedBy", as_id),
            fields={name: without_links(row[name]) for name in kept if name in row},
        )
    except Unreadable as error:
        where = f"item {entity_type_id}:{row.get('id')}"
        raise FatalError(f"{where} cannot be read: {error}", method="crm.item") from None


def is_template(row: Mapping[str, Any]) -> bool:
    """Templates of recurring deals are listed among the deals and are none."""
    return row.get("isRecurring") == "Y"


def marked(entity_type_id: int, marker: str) -> dict[str, str]:
    """The fields of an item that carries `marker`, with their values."""
    names = marker_fields(entity_type_id)
    return dict(zip(names, (ORIGINATOR, marker) if len(names) == 2 else (marker,), strict=True))


def _title(row: Mapping[str, Any]) -> str:
    """Contacts have no title but names (api-reference/crm/universal/object-fields.md)."""
    title = read(row, "title", as_text)
    if title is not None:
        return title
    return " ".join(part for name in _NAME_PARTS if (part := read(row, name, as_text)))
