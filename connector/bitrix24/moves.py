"""The stage history: which item came into which stage when (skeleton)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from connector.bitrix24.call import Priority
from connector.bitrix24.client import Client
from connector.records import StageMove


def list_moves(
    client: Client,
    entity_type_id: int,
    *,
    after_id: int = 0,
    since: datetime | None = None,
    item_ids: Sequence[int] | None = None,
    expected: int = 0,
    priority: Priority = Priority.SWEEP,
) -> Iterator[list[StageMove]]:
    """Pages of moves in the order of their ids: above `after_id`, at or after `since`, of these items."""
    raise NotImplementedError
