"""Customers of a card: doubles by phone and e-mail, contacts that a card has, how they are reached.

Pages: api-reference/crm/duplicates/crm-duplicate-find-by-comm.md, api-reference/crm/deals/contacts/
crm-deal-contact-add.md, api-reference/crm/leads/management-communication/crm-lead-contact-add.md,
api-reference/crm/universal/object-fields.md (`fm`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from connector.bitrix24.call import Call
from connector.bitrix24.items import update_item
from connector.bitrix24.outcome import Answer
from connector.bitrix24.reading import object_in, readable, result_in
from connector.bitrix24.wire import as_ids, as_text, rows_of
from connector.records import COMPANY, CONTACT, DEAL, LEAD, ItemRef

_SYMBOLS: Mapping[int, str] = {LEAD: "LEAD", CONTACT: "CONTACT", COMPANY: "COMPANY"}
_WITH_CONTACT_METHODS: Mapping[int, str] = {DEAL: "crm.deal.contact.add", LEAD: "crm.lead.contact.add"}
#: So many values fit one search.
_MOST_VALUES = 20


def find_twins(entity_type_id: int, communications: Iterable[Sequence[str]]) -> dict[str, Call]:
    """Searches for records that have one of these, by PHONE and EMAIL; read them with `twins_of`.

    Asked for one type at a time: with 20 hits of one type the portal leaves out the others.
    """
    symbol = _SYMBOLS.get(entity_type_id)
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, value in communications:
        by_kind[kind].append(value)
    if symbol is None:
        return {}
    return {
        kind: Call(
            "crm.duplicate.findbycomm",
            {"type": kind, "values": values[:_MOST_VALUES], "entity_type": symbol},
        )
        for kind, values in by_kind.items()
    }


def twins_of(answer: Answer, entity_type_id: int) -> list[ItemRef]:
    """The records that a search found; nothing found is an empty list where else there is an object."""
    method = "crm.duplicate.findbycomm"
    found = result_in(answer, method)
    if not isinstance(found, Mapping):
        return []
    with readable("the answer", method):
        ids = as_ids(found.get(_SYMBOLS[entity_type_id]))
    return [ItemRef(entity_type_id, each) for each in ids]


def add_contact(ref: ItemRef, contact_id: int, *, present: Sequence[int]) -> Call:
    """One more contact on a card; `present` are those that it has, for types without a method for it."""
    method = _WITH_CONTACT_METHODS.get(ref.entity_type_id)
    if method is None:
        return update_item(ref, {"contactIds": [*present, contact_id]})
    return Call(method, {"id": ref.id, "fields": {"CONTACT_ID": contact_id}})


def emails_of(answer: Answer) -> list[str]:
    """The e-mail addresses on the card that `get_item` read, first the one that stands first."""
    with readable("the answer", "crm.item.get"):
        rows = rows_of(object_in(answer, "crm.item.get", "item").get("fm") or [])
        found = [as_text(row.get("value")) for row in rows if row.get("typeId") == "EMAIL"]
    return [address for address in found if address]
