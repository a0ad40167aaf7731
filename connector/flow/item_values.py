"""What pipelines see of a record: its standard values by the names that expressions and texts use.

Every name that the language declares is there; what is not known is None. A record that no pipeline is bound
to shows the CRM's own stage, and a status that comes from the stage's meaning in the CRM.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connector.flow.bindings import Binding
from connector.records import COMPANY, CONTACT, Item, ItemRef
from connector.store import Connection, catalogue, mirror

#: The CRM's meanings of stages (P, S, F) in the words of pipelines.
_STATUSES: Mapping[str, str] = {"S": "won", "F": "lost"}


def item_values(
    conn: Connection,
    portal: str,
    binding: Binding | None,
    item: Item,
    *,
    last_won_at: datetime | None = None,
) -> dict[str, Any]:
    """The standard values of an item; `binding` None: no pipeline is bound to it."""
    contacts = [_party(conn, portal, ItemRef(CONTACT, contact_id)) for contact_id in item.contact_ids]
    company = _party(conn, portal, ItemRef(COMPANY, item.company_id)) if item.company_id else None
    return {
        "id": item.ref.id,
        "title": item.title,
        # The CRM has no empty amount: 0 is what a card shows that nobody has given one.
        "amount": float(item.amount) if item.amount else None,
        "currency": item.currency,
        "stage": binding.stage_of(item.category_id, item.stage_id) if binding else item.stage_id,
        "created": item.created_at,
        "changed": item.updated_at,
        "owner": item.owner_id,
        "creator": item.created_by,
        "company": company,
        "contact": contacts[0] if contacts else None,
        "contacts": contacts or None,
        "source": item.source_id,
        "is_returning": item.fields.get("isReturnCustomer") == "Y",
        "last_won_at": last_won_at,
    }


def status_of(conn: Connection, portal: str, binding: Binding | None, item: Item) -> str:
    """open, won, lost or archived: of the pipeline's stage, else by what the CRM's stage means."""
    stage = binding.definition.stage(stage_id) if binding and (stage_id := _stage(binding, item)) else None
    if stage is not None:
        return stage.status
    if item.stage_id is None:
        return "open"
    stages = catalogue.get_stages(conn, portal, item.ref.entity_type_id, item.category_id)
    meaning = next((each.semantics for each in stages if each.id == item.stage_id), item.semantics)
    return _STATUSES.get(meaning or "", "open")


def linked_values(conn: Connection, portal: str, binding: Binding | None, item: Item) -> dict[str, Any]:
    """What `link.<as>` shows of a linked record."""
    return item_values(conn, portal, binding, item) | {"status": status_of(conn, portal, binding, item)}


def _stage(binding: Binding, item: Item) -> str | None:
    return binding.stage_of(item.category_id, item.stage_id)


def _party(conn: Connection, portal: str, ref: ItemRef) -> dict[str, Any]:
    """A customer; phone and e-mail are not copied (the portal lists them only with the whole card)."""
    known = mirror.get_item(conn, portal, ref)
    return {"id": ref.id, "name": known.title if known else None, "phone": None, "email": None}
