"""Contacts of a deal or lead, companies of a contact: crm.deal.contact.* and its like
(api-reference/crm/deals/contacts/).

The first of the list is the primary one; `items.set` replaces the list, ordered by SORT.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.sandbox.crm.classic_methods import find_classic
from connector.sandbox.crm.types import COMPANY, CONTACT, DEAL, LEAD
from connector.sandbox.crm.writing import update_record
from connector.sandbox.kernel import Call, RestError, as_int, method

#: (owner, linked): method stem, field of the owner, key of the linked id.
_LINKS = (
    (DEAL, "crm.deal.contact", "CONTACT_IDS", "CONTACT_ID"),
    (LEAD, "crm.lead.contact", "CONTACT_IDS", "CONTACT_ID"),
    (COMPANY, "crm.company.contact", "CONTACT_IDS", "CONTACT_ID"),
    (CONTACT, "crm.contact.company", "COMPANY_IDS", "COMPANY_ID"),
)
_STEP = 10


def _get(call: Call, owner: int, name: str, key: str) -> Any:
    linked = find_classic(call, owner).values.get(name, ())
    return [
        {key: number, "SORT": _STEP * place, "ROLE_ID": 0, "IS_PRIMARY": "Y" if place == 1 else "N"}
        for place, number in enumerate(linked, start=1)
    ]


def _set(call: Call, owner: int, name: str, key: str) -> Any:
    record = find_classic(call, owner)
    if not isinstance(call.get("items"), list | dict):
        raise RestError("", "The parameter 'items' must be array.")
    rows = [each for each in call.mapping("items").values() if isinstance(each, dict)]
    rows.sort(key=lambda row: (row.get("IS_PRIMARY") != "Y", as_int(row.get("SORT")) or 0))
    numbers = [number for row in rows if (number := as_int(row.get(key)))]
    update_record(call.portal.crm, record, {name: tuple(dict.fromkeys(numbers)) or None}, call.user_id)
    return True


def _add(call: Call, owner: int, name: str, key: str) -> Any:
    """True; false when the link is there already."""
    record = find_classic(call, owner)
    number = as_int(call.mapping("fields").get(key))
    if not number:
        raise RestError("", f"The parameter '{key}' is invalid or not defined.")
    linked = record.values.get(name, ())
    if number in linked:
        return False
    update_record(call.portal.crm, record, {name: (*linked, number)}, call.user_id)
    return True


def _delete(call: Call, owner: int, name: str, key: str) -> Any:
    record = find_classic(call, owner)
    number = as_int(call.mapping("fields").get(key))
    linked = record.values.get(name, ())
    if number not in linked:
        return False
    rest = tuple(each for each in linked if each != number) or None
    update_record(call.portal.crm, record, {name: rest}, call.user_id)
    return True


def _delete_all(call: Call, owner: int, name: str, key: str) -> Any:
    update_record(call.portal.crm, find_classic(call, owner), {name: None}, call.user_id)
    return True


def _serve(
    action: Callable[[Call, int, str, str], Any], owner: int, name: str, key: str
) -> Callable[[Call], Any]:
    return lambda call: action(call, owner, name, key)


for _owner, _stem, _name, _key in _LINKS:
    method(f"{_stem}.items.get", scope="crm")(_serve(_get, _owner, _name, _key))
    method(f"{_stem}.items.set", scope="crm", cost="write")(_serve(_set, _owner, _name, _key))
    method(f"{_stem}.items.delete", scope="crm", cost="write")(_serve(_delete_all, _owner, _name, _key))
    method(f"{_stem}.add", scope="crm", cost="write")(_serve(_add, _owner, _name, _key))
    method(f"{_stem}.delete", scope="crm", cost="write")(_serve(_delete, _owner, _name, _key))
