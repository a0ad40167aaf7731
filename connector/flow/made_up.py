"""Visits that are made up where the portal's history has no row for a move; their ids begin with `s:`."""

from __future__ import annotations

from datetime import datetime

from connector.records import Item, StageMove

_CATEGORY_CHANGED = 5


def made_up_visit(item: Item) -> StageMove:
    """The row that is missing, from what the item says of itself; ValueError if it says too little."""
    if item.moved_at is None or item.stage_id is None:
        raise ValueError(f"{item.ref} does not say when it moved, or where it stands")
    return StageMove(
        id=f"s:{item.ref.id}:{item.moved_at.isoformat()}",
        ref=item.ref,
        type_id=_CATEGORY_CHANGED,
        category_id=item.category_id,
        stage_id=item.stage_id,
        semantics=item.semantics,
        at=item.moved_at,
    )


def made_up_at(visit: str) -> datetime | None:
    """When a made-up visit began; None for a row of the portal."""
    return datetime.fromisoformat(visit.split(":", 2)[2]) if visit.startswith("s:") else None
