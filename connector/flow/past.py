"""The past of a record: what it looked like before each change that was read, kept with the news of it.

A signal "changed" carries the values that were there before; taking those back, newest first, gives the
record as it was known at an earlier instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from connector.records import Item

_PLAIN = (
    "title",
    "category_id",
    "stage_id",
    "semantics",
    "owner_id",
    "currency",
    "company_id",
    "source_id",
)
#: How values that JSON does not have are written and read.
_FORMS: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "amount": (str, Decimal),
    "contact_ids": (list, tuple),
}


def former_values(before: Item, after: Item) -> dict[str, Any]:
    """What of `before` is not so any more, as JSON: columns by name, other fields under `fields`."""
    former: dict[str, Any] = {
        name: getattr(before, name) for name in _PLAIN if getattr(before, name) != getattr(after, name)
    }
    for name, (write, _) in _FORMS.items():
        was = getattr(before, name)
        if was != getattr(after, name):
            former[name] = None if was is None else write(was)
    names = before.fields.keys() | after.fields.keys()
    fields = {name: before.fields.get(name) for name in names}
    changed = {name: was for name, was in fields.items() if was != after.fields.get(name)}
    return former | {"fields": changed} if changed else former


def as_it_was(item: Item, formers: Iterable[Mapping[str, Any]]) -> Item:
    """The record before these changes; `formers` newest first."""
    for former in formers:
        values = {name: former[name] for name in _PLAIN if name in former}
        for name, (_, read) in _FORMS.items():
            if name in former:
                values[name] = None if former[name] is None else read(former[name])
        fields = {**item.fields, **former.get("fields", {})}
        item = replace(item, fields=fields, **values)
    return item
