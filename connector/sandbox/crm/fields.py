"""What a field of a record is.

A field is kept under its upper-case name (the `upperName` of crm.item.fields); `classic` is its name in
crm.deal.* and its like, which differs for a few (api-reference/crm/universal/object-fields.md,
crm-item-add.md; api-reference/crm/main-entities-fields.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connector.sandbox.crm.names import camel
from connector.sandbox.filters import Kind

_KINDS: dict[str, Kind] = {
    "integer": "int",
    "user": "ref",
    "employee": "ref",
    "crm_category": "int",
    "crm_company": "ref",
    "crm_contact": "ref",
    "crm_lead": "ref",
    "crm_quote": "ref",
    "crm_entity": "ref",
    "enumeration": "int",
    "double": "number",
    "boolean": "flag",
    "date": "date",
    "datetime": "datetime",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one type of record."""

    name: str
    type: str
    title: str
    #: Its name in crm.item.*; "" where it is not shown there.
    item_name: str = ""
    #: Its name in the classic methods; "" where it is not shown there.
    classic: str = ""
    is_read_only: bool = False
    is_immutable: bool = False
    is_required: bool = False
    is_multiple: bool = False
    is_dynamic: bool = False
    is_deprecated: bool = False
    #: Shown, but never kept: always null (`isWon`, `receivedAmount` and other left-overs).
    is_dead: bool = False
    status_type: str = ""
    parent_type_id: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    options: tuple[tuple[int, str], ...] = ()

    @property
    def kind(self) -> Kind:
        """How its values are compared."""
        if self.is_dynamic and self.type == "boolean":
            return "bit"
        return _KINDS.get(self.type, "text")

    @property
    def is_user_field(self) -> bool:
        return self.name.startswith("UF_")


def read_field(text: str) -> Field:
    """Read one line of `field_tables`: `NAME type Title | marks`.

    Marks: r read-only, i immutable, m multiple, q required, d deprecated, 0 dead, x not in crm.item.*,
    `c:NAME` its classic name (`c:` none, default the same), `s:DIRECTORY` status directory, `p:N` parent
    type.
    """
    head, _, tail = text.partition("|")
    name, kind, title = head.strip().split(" ", 2)
    marks = tail.split()
    flags = {mark for mark in marks if ":" not in mark}
    named = dict(mark.split(":", 1) for mark in marks if ":" in mark)
    return Field(
        name=name,
        type=kind,
        title=title.strip(),
        item_name="" if "x" in flags else camel(name),
        classic=named.get("c", name),
        is_read_only="r" in flags or "0" in flags,
        is_immutable="i" in flags,
        is_required="q" in flags,
        is_multiple="m" in flags,
        is_deprecated="d" in flags,
        is_dead="0" in flags,
        status_type=named.get("s", ""),
        parent_type_id=int(named.get("p", 0)),
    )
