"""From the `fields` of a call to typed changes: names looked up, values read, what cannot be written
passed over.

Unknown names, read-only and immutable fields, unreadable dates: all are ignored in silence and answered
with success (api-reference/crm/universal/crm-item-add.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.multifields import TYPES, change_from_classic, change_from_item
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.schema import Schema
from connector.sandbox.crm.types import COMPANY, CONTACT, LEAD
from connector.sandbox.crm.values import IGNORED, Family, read_value
from connector.sandbox.crm.writing import Changes

_WITH_MULTIFIELDS = (LEAD, CONTACT, COMPANY)


def read_changes(
    crm: Crm,
    schema: Schema,
    raw: Mapping[str, Any],
    names: Mapping[str, Field],
    family: Family,
    *,
    record: Record | None = None,
) -> Changes:
    """The changes that a call asks for; `record` is what it would change, None when it makes a new one."""
    changes: Changes = {}
    for name, value in raw.items():
        field = names.get(name)
        if (
            field is None
            or field.is_read_only
            or field.is_dead
            or (field.is_immutable and record is not None)
        ):
            continue
        typed = read_value(field, value, crm.portal.zone, family)
        if typed is not IGNORED:
            changes[field.name] = typed
    _unite_links(changes, schema)
    _read_multifields(crm, schema, raw, family, record, changes)
    return changes


def _unite_links(changes: Changes, schema: Schema) -> None:
    """`contactId` is an old name for the only contact, a contact's `companyId` for its first company."""
    if "CONTACT_ID" in changes:
        contact_id = changes.pop("CONTACT_ID")
        changes.setdefault("CONTACT_IDS", (contact_id,) if contact_id else None)
    if schema.entity_type.id == CONTACT and "COMPANY_ID" in changes:
        company_id = changes.pop("COMPANY_ID")
        changes.setdefault("COMPANY_IDS", (company_id,) if company_id else None)


def _read_multifields(
    crm: Crm,
    schema: Schema,
    raw: Mapping[str, Any],
    family: Family,
    record: Record | None,
    changes: Changes,
) -> None:
    if schema.entity_type.id not in _WITH_MULTIFIELDS:
        return
    before = record.values.get("FM", ()) if record is not None else ()
    after = before
    if family == "item":
        after = change_from_item(after, raw.get("fm"), lambda: crm.portal.next_id("multifield"))
    else:
        for kind in TYPES:
            if kind in raw:
                after = change_from_classic(after, kind, raw[kind], lambda: crm.portal.next_id("multifield"))
    if after != before:
        changes["FM"] = after
