"""Facts: what the engine knows of an item and its surroundings when it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pipelines.routing import Member

if TYPE_CHECKING:
    from pipelines.calendar import WorkingCalendar

Language = Literal["en", "ru"]


@dataclass(frozen=True, slots=True)
class Person:
    """An employee, as far as the engine needs to know: is there, and who is above."""

    id: int
    name: str = ""
    is_active: bool = True
    is_admin: bool = False
    #: Head of the person's department; for a head, the one above.
    head: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is true of the item and its surroundings when the signal is handled. Empty values are None."""

    calendar: WorkingCalendar
    #: Standard values of the item by their names in expressions (title, amount, stage, owner, company …).
    item: Mapping[str, Any] = field(default_factory=dict)
    #: Logical field → value; names that are not there are null.
    fields: Mapping[str, Any] = field(default_factory=dict)
    #: Logical field → its title on the card; the definition's own title where missing.
    field_titles: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[int, Person] = field(default_factory=dict)
    roles: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    teams: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)
    #: People who are away now.
    absent: frozenset[int] = frozenset()
    #: User → open items of this pipeline (or whatever the connector counts).
    load: Mapping[int, int] = field(default_factory=dict)
    #: Team → who got the last item.
    rotation: Mapping[str, int] = field(default_factory=dict)
    #: Division → its head.
    divisions: Mapping[str, int] = field(default_factory=dict)
    #: `as` → the linked item's standard values (stage and status among them).
    links: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    process_owner: int | None = None
    admin: int | None = None
    creator: int | None = None
    language: Language = "en"

    @property
    def owner(self) -> int | None:
        """The item's responsible person."""
        owner: int | None = self.item.get("owner")
        return owner
