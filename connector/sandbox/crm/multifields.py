"""Phones, e-mails and other fields that a lead, contact or company may have many of (`fm`, PHONE, EMAIL…).

crm.item.add takes a list; crm.item.update a map keyed by operation: `n0` adds, an existing id changes, an
empty value deletes; an element without typeId has no effect
(tutorials/crm/how-to-edit-crm-objects/how-to-change-email-or-phone.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from connector.sandbox.kernel import as_int

TYPES = ("PHONE", "EMAIL", "WEB", "IM", "LINK")
#: The flat fields beside `fm`: the first value of a type, of any kind or of one
#: (api-reference/crm/universal/object-fields.md).
_FIRSTS: Mapping[str, tuple[str, str | None]] = {
    "phoneMobile": ("PHONE", "MOBILE"),
    "phoneWork": ("PHONE", "WORK"),
    "phoneMailing": ("PHONE", "MAILING"),
    "emailHome": ("EMAIL", "HOME"),
    "emailWork": ("EMAIL", "WORK"),
    "emailMailing": ("EMAIL", "MAILING"),
    "email": ("EMAIL", None),
    "phone": ("PHONE", None),
}
_NEVER_FILLED: Mapping[str, str | None] = {"skype": None, "icq": None, "imol": ""}
#: Unlike `fm` they can be selected by name in crm.item.list
#: (tutorials/crm/how-to-get-lists/search-by-phone-and-email.md).
FLAT_NAMES = (*_FIRSTS, *_NEVER_FILLED)


@dataclass(frozen=True, slots=True)
class Multifield:
    """One phone number, e-mail address and so on."""

    id: int
    type: str
    value_type: str
    value: str

    def as_item(self) -> dict[str, Any]:
        return {"id": self.id, "valueType": self.value_type, "value": self.value, "typeId": self.type}

    def as_classic(self) -> dict[str, Any]:
        return {"ID": str(self.id), "VALUE_TYPE": self.value_type, "VALUE": self.value, "TYPE_ID": self.type}


NextId = Callable[[], int]


def change_from_item(present: tuple[Multifield, ...], raw: Any, next_id: NextId) -> tuple[Multifield, ...]:
    """Apply the `fm` of crm.item.add or update to what is there."""
    if isinstance(raw, Mapping):
        operations: Iterable[tuple[str, Any]] = raw.items()
    else:
        operations = [("", each) for each in raw] if isinstance(raw, list) else []
    for key, element in operations:
        if isinstance(element, Mapping) and element.get("typeId"):
            number = as_int(key) or as_int(element.get("id"))
            present = _apply(
                present,
                number,
                str(element["typeId"]),
                str(element.get("valueType") or "WORK"),
                str(element.get("value") or ""),
                next_id,
            )
    return present


def change_from_classic(
    present: tuple[Multifield, ...], type_: str, raw: Any, next_id: NextId
) -> tuple[Multifield, ...]:
    """Apply `PHONE: [{VALUE, VALUE_TYPE, ID?, DELETE?}]` to what is there."""
    elements = raw.values() if isinstance(raw, Mapping) else raw
    for element in elements if isinstance(elements, list) or isinstance(raw, Mapping) else ():
        if isinstance(element, Mapping):
            is_deleted = element.get("DELETE") == "Y"
            value = "" if is_deleted else str(element.get("VALUE") or "")
            value_type = str(element.get("VALUE_TYPE") or "WORK")
            present = _apply(present, as_int(element.get("ID")), type_, value_type, value, next_id)
    return present


def _apply(
    present: tuple[Multifield, ...],
    number: int | None,
    type_: str,
    value_type: str,
    value: str,
    next_id: NextId,
) -> tuple[Multifield, ...]:
    known = next((each for each in present if each.id == number), None)
    if known is None:
        return (*present, Multifield(next_id(), type_, value_type, value)) if value else present
    if not value:
        return tuple(each for each in present if each is not known)
    changed = replace(known, value=value, value_type=value_type)
    return tuple(changed if each is known else each for each in present)


def first_value(present: tuple[Multifield, ...], type_: str, value_type: str | None = None) -> str:
    """The first value of a type, "" when there is none (`phone`, `emailWork`)."""
    found = (each.value for each in present if each.type == type_ and value_type in (None, each.value_type))
    return next(found, "")


def flat_value(present: tuple[Multifield, ...], name: str) -> str | None:
    """The value of one of `FLAT_NAMES`."""
    return first_value(present, *_FIRSTS[name]) if name in _FIRSTS else _NEVER_FILLED[name]


def beside_fm(present: tuple[Multifield, ...]) -> dict[str, Any]:
    """`fm` with its flat fields, as in an answer of crm.item.get."""
    flat = {name: flat_value(present, name) for name in FLAT_NAMES}
    return {**flat, "fm": [each.as_item() for each in present]}
