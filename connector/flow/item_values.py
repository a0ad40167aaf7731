"""What pipelines see of a record: its standard values by the names that expressions and texts use.

Every name that the language declares is there; what is not known is None. A record that no pipeline is bound
to shows the CRM's own stage, and a status that comes from the stage's meaning in the CRM.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from connector.bitrix24.item_rows import full_name
from connector.flow.bindings import Binding
from connector.records import COMPANY, CONTACT, LEAD, Item, ItemRef
from connector.store import Connection, catalogue, mirror

#: The CRM's meanings of stages (P, S, F) in the words of pipelines.
_STATUSES: Mapping[str, str] = {"S": "won", "F": "lost"}


class Customers:
    """The customers of items; many are read at once, one that was not foreseen by itself."""

    def __init__(self, conn: Connection, portal: str, items: Iterable[Item] = ()) -> None:
        self._conn, self._portal = conn, portal
        self._known: dict[ItemRef, Item | None] = {}
        self._read({ref for item in items for ref in customers_of(item)})

    def of(self, ref: ItemRef) -> Item | None:
        """The contact or company; None if it is not in the mirror."""
        if ref not in self._known:
            self._read({ref})
        return self._known[ref]

    def _read(self, refs: Iterable[ItemRef]) -> None:
        there = mirror.get_items(self._conn, self._portal, refs)
        self._known |= {ref: there.get(ref) for ref in refs}


def customers_of(item: Item) -> list[ItemRef]:
    """The contacts and the company of an item."""
    contacts = [ItemRef(CONTACT, contact_id) for contact_id in item.contact_ids]
    return contacts + ([ItemRef(COMPANY, item.company_id)] if item.company_id else [])


def item_values(
    conn: Connection,
    portal: str,
    binding: Binding | None,
    item: Item,
    *,
    last_won_at: datetime | None = None,
    customers: Customers | None = None,
) -> dict[str, Any]:
    """The standard values of an item; `binding` None: no pipeline is bound to it."""
    customers = customers or Customers(conn, portal, [item])
    contacts = [_party(customers, ItemRef(CONTACT, contact_id)) for contact_id in item.contact_ids]
    company = _party(customers, ItemRef(COMPANY, item.company_id)) if item.company_id else None
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
        "contact": contacts[0] if contacts else _person_of_lead(item),
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


def reached(customer: Item | None) -> dict[str, Any]:
    """How somebody is reached: the first phone and the first e-mail of the card, None where it has none."""
    fields = customer.fields if customer is not None else {}
    return {"phone": fields.get("phone"), "email": fields.get("email")}


def _party(customers: Customers, ref: ItemRef) -> dict[str, Any]:
    customer = customers.of(ref)
    return {"id": ref.id, "name": customer.title if customer else None, **reached(customer)}


def _person_of_lead(item: Item) -> dict[str, Any] | None:
    """Whom a lead is about that nobody has made a contact of: it carries name, phone and e-mail itself."""
    if item.ref.entity_type_id != LEAD:
        return None
    person = {"name": full_name(item.fields), **reached(item)}
    return {"id": None, **person} if any(person.values()) else None
