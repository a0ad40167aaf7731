"""The stage history: one row for every stage that an item came into, in the order in which it happened.

Rows of leads, of deals and of everything dynamic are numbered apart
(api-reference/crm/crm-stage-history-list.md). Who moved an item is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connector.sandbox.crm.types import DEAL, LEAD

CREATED, MOVED, FINISHED, RECATEGORISED = 1, 2, 3, 5


@dataclass(frozen=True, slots=True)
class Entry:
    """An item came into a stage."""

    id: int
    type_id: int
    entity_type_id: int
    owner_id: int
    at: datetime
    category_id: int
    stage_id: str
    semantics: str


@dataclass(slots=True)
class History:
    """The stage histories of one portal; rows of a type lie in the order of their ids."""

    by_type: dict[int, list[Entry]] = field(default_factory=dict)
    last_ids: dict[str, int] = field(default_factory=dict)

    def write(
        self,
        type_id: int,
        entity_type_id: int,
        owner_id: int,
        at: datetime,
        category_id: int,
        stage_id: str,
        semantics: str,
    ) -> Entry:
        sequence = {LEAD: "lead", DEAL: "deal"}.get(entity_type_id, "dynamic")
        number = self.last_ids[sequence] = self.last_ids.get(sequence, 0) + 1
        entry = Entry(number, type_id, entity_type_id, owner_id, at, category_id, stage_id, semantics)
        self.by_type.setdefault(entity_type_id, []).append(entry)
        return entry

    def of(self, entity_type_id: int) -> list[Entry]:
        return self.by_type.get(entity_type_id, [])

    def forget(self, entity_type_id: int, owner_id: int) -> None:
        """A deleted item takes its history along (api-reference/crm/deals/crm-deal-delete.md)."""
        rows = self.by_type.get(entity_type_id, [])
        self.by_type[entity_type_id] = [each for each in rows if each.owner_id != owner_id]
