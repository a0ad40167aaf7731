"""What changed in the portal's set-up: each type, category, stage and field that came, went, or differs.

Pipelines are bound to these by id, so that somebody who renames a stage breaks nothing; somebody who deletes
one does. This is how it is known when, and what there was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from connector.store.schema import schema_change


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One thing of the portal's set-up, before and after; None: it was not there, is not there any more."""

    #: entity_type, category, stage or crm_field.
    what: str
    entity_type_id: int
    #: Id; of a field its REST name.
    id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    noticed_at: datetime | None = None

    @property
    def status(self) -> str:
        """added, removed or changed."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def add_many(conn: Connection, portal: str, changes: Iterable[SchemaChange], now: datetime) -> None:
    """Keep what a reading of the catalogue found changed."""
    rows = [
        {
            "portal": portal,
            "what": change.what,
            "entity_type_id": change.entity_type_id,
            "id": change.id,
            "before": change.before,
            "after": change.after,
            "noticed_at": now,
        }
        for change in changes
    ]
    if rows:
        conn.execute(insert(schema_change), rows)


def since(conn: Connection, portal: str, at: datetime) -> list[SchemaChange]:
    """What was noticed at that instant or later, newest first."""
    c = schema_change.c
    rows = conn.execute(
        select(c.what, c.entity_type_id, c.id, c.before, c.after, c.noticed_at)
        .where(c.portal == portal, c.noticed_at >= at)
        .order_by(c.seq.desc())
    )
    return [SchemaChange(*row) for row in rows]
