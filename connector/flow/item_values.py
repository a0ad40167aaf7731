"""What pipelines see of a record: its standard values by the names that expressions and texts use.

Every name that the language declares is there; what is not known is None. A record that no pipeline is bound
to shows the CRM's own stage, and a status that comes from the stage's meaning in the CRM.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from connector.flow.bindings import Binding
from connector.records import COMPANY, CONTACT, Item, ItemRef
from connector.store import Connection, catalogue, mirror

#: The CRM's meanings of stages (P, S, F) in the words of pipelines.
_STATUSES: Mapping[str, str] = {"S": "won", "F": "lost"}


class Names:
    """What customers are called; many are read at once, one that was not foreseen by itself."""

    def __init__(self, conn: Connection, portal: str, items: Iterable[Item] = ()) -> None:
        self._conn, self._portal = conn, portal
        self._known: dict[ItemRef, str | None] = {}
        self._read({ref for item in items for ref in customers_of(item)})

    def of(self, ref: ItemRef) -> str | None:
        """The title of the customer; None if it is not in the mirror."""
        if ref not in self._known:
            self._read({ref})
        return self._known[ref]

    def _read(self, refs: Iterable[ItemRef]) -> None:
        there = mirror.get_items(self._conn, self._portal, refs)
        self._known |= {ref: there[ref].title if ref in there else None for ref in refs}


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
    names: Names | None = None,
) -> dict[str, Any]:
    """The standard values of an item; `binding` None: no pipeline is bound to it."""
    names = names or Names(conn, portal, [item])
    contacts = [_party(names, ItemRef(CONTACT, contact_id)) for contact_id in item.contact_ids]
    company = _party(names, ItemRef(COMPANY, item.company_id)) if item.company_id else None
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


def _party(names: Names, ref: ItemRef) -> dict[str, Any]:
    """A customer; phone and e-mail are not copied (the portal lists them only with the whole card)."""
    return {"id": ref.id, "name": names.of(ref), "phone": None, "email": None}
