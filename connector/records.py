"""What the rooms of the connector hand each other: plain values, typed, aware of time zones.

Made at the edge (`bitrix24` reads them from answers, `webhooks` from hints), kept by `store`, read by
`flow`. Instants are aware UTC datetimes; ids are ints; money is a Decimal, its currency beside it; an empty
reference is None, whatever the portal sent (0, "", null or nothing).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

LEAD, DEAL, CONTACT, COMPANY, SMART_INVOICE = 1, 2, 3, 4, 31
FIRST_SMART_PROCESS = 128
_NAMES = {LEAD: "lead", DEAL: "deal", CONTACT: "contact", COMPANY: "company", SMART_INVOICE: "invoice"}


def type_id_of(name: str) -> int:
    """The number of a type of record that is written `deal` or `1046`; 0 if it is neither."""
    by_name = {name: type_id for type_id, name in _NAMES.items()}
    return by_name.get(name.lower()) or (int(name) if name.isdecimal() else 0)


def type_name_of(type_id: int) -> str:
    """`deal`, `lead`, …; of a smart process its number."""
    return _NAMES.get(type_id, str(type_id))


@dataclass(frozen=True, slots=True, order=True)
class ItemRef:
    """Which record of a portal: the CRM's entityTypeId and the record's id; `deal:7405` or `1046:17`."""

    entity_type_id: int
    id: int

    def __str__(self) -> str:
        return f"{_NAMES.get(self.entity_type_id, self.entity_type_id)}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> ItemRef:
        """Read what `str` writes; ValueError names what was expected."""
        kind, _, number = text.strip().partition(":")
        type_id = type_id_of(kind)
        if not type_id or not number.isdecimal():
            raise ValueError(
                f"{text!r} is not an item: expected deal:7405, lead:12 or 1046:17 (smart process)"
            )
        return cls(type_id, int(number))


@dataclass(frozen=True, slots=True)
class Item:
    """One CRM record as it stands in the portal: lead, deal, contact, company, invoice, smart process."""

    ref: ItemRef
    title: str
    category_id: int | None
    stage_id: str | None
    #: P in progress, S success, F failure; None where the portal does not say (smart processes: see `Stage`).
    semantics: str | None
    owner_id: int | None
    amount: Decimal | None
    currency: str | None
    company_id: int | None
    contact_ids: tuple[int, ...]
    source_id: str | None
    created_at: datetime | None
    updated_at: datetime | None
    moved_at: datetime | None
    created_by: int | None
    updated_by: int | None
    moved_by: int | None
    #: Every other field that was read, by its REST name, as the portal sent it.
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageMove:
    """One row of the portal's stage history: an item came into a stage. The source of a *visit*."""

    #: The history row's id; `s:…` when the connector had to make the row up (history incomplete).
    id: str
    ref: ItemRef
    #: 1 created, 2 moved to an intermediate stage, 3 to a final one, 5 pipeline changed.
    type_id: int
    category_id: int | None
    stage_id: str
    semantics: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line of a task's checklist; `parent_id` 0 or None is the name of a list."""

    id: int
    parent_id: int | None
    title: str
    is_complete: bool
    toggled_by: int | None = None
    toggled_at: datetime | None = None


TaskStatus = Literal["pending", "in_progress", "awaiting_control", "completed", "deferred", "declined"]


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the portal. `marker` is its XML_ID; `bindings` are short codes such as `D_10`, `Tb1_29`."""

    id: int
    title: str
    status: TaskStatus
    responsible_id: int | None
    created_by: int | None
    deadline: datetime | None
    created_at: datetime | None
    changed_at: datetime | None
    changed_by: int | None
    status_changed_by: int | None
    closed_at: datetime | None
    marker: str | None
    bindings: tuple[str, ...] = ()
    #: None: not read (reading it costs a command of its own).
    checklist: tuple[ChecklistItem, ...] | None = None
    #: 0 low, 1 usual, 2 high.
    priority: int | None = None
    #: The project (workgroup) that it belongs to.
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """An employee of the portal."""

    id: int
    name: str
    is_active: bool
    department_ids: tuple[int, ...]
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Department:
    id: int
    name: str
    parent_id: int | None
    head_id: int | None


@dataclass(frozen=True, slots=True)
class Category:
    """What the CRM calls a pipeline (funnel) of an entity type."""

    entity_type_id: int
    id: int
    name: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """A column of a CRM board. `semantics` is P, S or F for every entity type, normalised."""

    entity_type_id: int
    category_id: int | None
    id: str
    name: str
    sort: int
    semantics: str


@dataclass(frozen=True, slots=True)
class EntityType:
    """A type of CRM record; `short_code` is what task bindings use (`D`, `L`, `T416`)."""

    id: int
    name: str
    short_code: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a CRM card. `options` maps option id to label for enumerations."""

    entity_type_id: int
    name: str
    type: str
    title: str
    is_required: bool
    is_read_only: bool
    is_multiple: bool
    options: Mapping[str, str] = field(default_factory=dict)


HintKind = Literal["item", "task"]


@dataclass(frozen=True, slots=True)
class Hint:
    """One received event: this record may have changed. Never data, never an order of things."""

    portal: str
    kind: HintKind
    #: 0 for a task.
    entity_type_id: int
    entity_id: int
    #: The portal's event name, upper case.
    event: str
    received_at: datetime
    body_sha256: str
