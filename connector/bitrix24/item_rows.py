"""How a row of `crm.item.*` becomes an `Item`: which fields are read, and which mark it as ours.

Only what is needed is selected: the standard fields of the type, its marker, and the fields that are bound.
Leads, deals, contacts and companies are marked by originatorId + originId, invoices and smart processes by
xmlId; the portal enforces neither.

Of a lead, contact or company the first phone and the first e-mail are read, as the flat fields `phone` and
`email`: these can be selected by name, unlike `fm`, which comes with whole cards alone.

Pages: api-reference/crm/universal/{object-fields,crm-item-list}.md,
tutorials/crm/how-to-get-lists/search-by-phone-and-email.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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

_NAME_PARTS = ("name", "secondName", "lastName")
_ALWAYS = ("id", "assignedById", "createdTime", "updatedTime", "createdBy", "updatedBy")
_STAGED = ("title", "stageId", "movedTime", "movedBy", "opportunity", "currencyId", "sourceId", "companyId")
_FIELDS: Mapping[int, tuple[str, ...]] = {
    LEAD: (*_STAGED, "stageSemanticId", "contactIds", *_NAME_PARTS),
    DEAL: (*_STAGED, "categoryId", "stageSemanticId", "contactIds", "isRecurring"),
    CONTACT: (*_NAME_PARTS, "companyId", "sourceId"),
    COMPANY: ("title", "contactIds", "currencyId"),
}
_PROCESS_FIELDS = (*_STAGED, "categoryId", "contactIds")


#: Standard fields that an `Item` keeps among its `fields`: the CRM's own judgement on the customer.
_KEPT: Mapping[int, tuple[str, ...]] = {LEAD: ("isReturnCustomer",), DEAL: ("isReturnCustomer",)}
#: Texts that an `Item` keeps among its `fields` where there are any: how somebody is reached, and who a lead
#: is about before anybody has made a contact of it.
_REACHED = ("phone", "email")
_KEPT_TEXTS: Mapping[int, tuple[str, ...]] = {
    LEAD: (*_NAME_PARTS, *_REACHED),
    CONTACT: _REACHED,
    COMPANY: _REACHED,
}


def marker_fields(entity_type_id: int) -> tuple[str, ...]:
    """The fields that mark an item of this type as ours."""
    is_origin = entity_type_id in (LEAD, DEAL, CONTACT, COMPANY)
    return ("originatorId", "originId") if is_origin else ("xmlId",)


def selected_fields(entity_type_id: int, extra_fields: Sequence[str] = ()) -> list[str]:
    """What is read of an item of this type: the standard fields, its marker, and those that are bound."""
    standard = (*_ALWAYS, *_FIELDS.get(entity_type_id, _PROCESS_FIELDS), *marker_fields(entity_type_id))
    kept = (*_KEPT.get(entity_type_id, ()), *_KEPT_TEXTS.get(entity_type_id, ()))
    return list(dict.fromkeys((*standard, *kept, *extra_fields)))


def item_from(row: Mapping[str, Any], entity_type_id: int, extra_fields: Sequence[str] = ()) -> Item:
    """A row of list or get as an `Item`; FatalError naming the field that cannot be read.

    `fields` holds the marker, what is kept of the type and the bound fields only, so that list and get make
    equal items.
    """
    get = row.get  # a first import makes hundreds of thousands of these
    try:
        return Item(
            ref=ItemRef(entity_type_id, need_id(get("id"))),
            title=as_text(get("title")) or _name(row),
            category_id=as_category(get("categoryId")),
            stage_id=as_text(get("stageId")),
            semantics=as_text(get("stageSemanticId")),
            owner_id=as_id(get("assignedById")),
            amount=as_amount(get("opportunity")),
            currency=as_text(get("currencyId")),
            company_id=as_id(get("companyId")),
            contact_ids=as_ids(get("contactIds")),
            source_id=as_text(get("sourceId")),
            created_at=as_instant(get("createdTime")),
            updated_at=as_instant(get("updatedTime")),
            moved_at=as_instant(get("movedTime")),
            created_by=as_id(get("createdBy")),
            updated_by=as_id(get("updatedBy")),
            moved_by=as_id(get("movedBy")),
            fields=_kept(row, entity_type_id, extra_fields),
        )
    except Unreadable as error:
        raise FatalError(_unreadable(row, entity_type_id, error), method="crm.item") from None


def _kept(row: Mapping[str, Any], entity_type_id: int, extra_fields: Sequence[str]) -> dict[str, Any]:
    names = (*marker_fields(entity_type_id), *_KEPT.get(entity_type_id, ()), *extra_fields)
    kept = {name: without_links(row[name]) for name in names if name in row}
    for name in _KEPT_TEXTS.get(entity_type_id, ()):
        if text := as_text(row.get(name)):
            kept[name] = text
    return kept


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "id": need_id,
    "categoryId": as_category,
    "opportunity": as_amount,
    "contactIds": as_ids,
    **dict.fromkeys(("assignedById", "companyId", "createdBy", "updatedBy", "movedBy"), as_id),
    **dict.fromkeys(("createdTime", "updatedTime", "movedTime"), as_instant),
    **dict.fromkeys(("title", "stageId", "stageSemanticId", "currencyId", "sourceId"), as_text),
    **dict.fromkeys((*_NAME_PARTS, *_REACHED), as_text),
}


def _unreadable(row: Mapping[str, Any], entity_type_id: int, error: Unreadable) -> str:
    """Which record and which field it is, looked up only now that it is needed."""
    text = str(error)
    for name, reader in _READERS.items():
        try:
            read(row, name, reader)
        except Unreadable as named:
            text = str(named)
            break
    return f"item {entity_type_id}:{row.get('id')} cannot be read: {text}"


def is_template(row: Mapping[str, Any]) -> bool:
    """Templates of recurring deals are listed among the deals and are none."""
    return row.get("isRecurring") == "Y"


def marked(entity_type_id: int, marker: str) -> dict[str, str]:
    """The fields of an item that carries `marker`, with their values."""
    names = marker_fields(entity_type_id)
    return dict(zip(names, (ORIGINATOR, marker) if len(names) == 2 else (marker,), strict=True))


def _name(row: Mapping[str, Any]) -> str:
    """Contacts have no title but names (api-reference/crm/universal/object-fields.md)."""
    return full_name(row) or ""


def full_name(fields: Mapping[str, Any]) -> str | None:
    """The name of a person by the parts of it among these fields; None if there are none."""
    return " ".join(part for name in _NAME_PARTS if (part := as_text(fields.get(name)))) or None
