"""Odd moves: rows of the stage history that cannot be read are gone past, and told of once.

Such a row stays as it is for ever, so nothing waits for it. The item that it names is read all the same, and
while the item is still where the row put it, it says itself what the row should have said. Each row gets a
line in the log and in the journal; the portal's admin one message a day at the most for each type of record.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connector import log
from connector.bitrix24.moves import OddMove
from connector.flow.made_up import made_up_visit
from connector.flow.portal import Portal
from connector.flow.telling import tell_of_odd_moves
from connector.records import Item, ItemRef, StageMove
from connector.store import Connection, journal, watermarks
from connector.store.journal import NewLine
from pipelines.engine.phrases import JOURNAL

logger = logging.getLogger(__name__)

UNREADABLE = "unreadable"
#: Kinds of rows (api-reference/crm/crm-stage-history-list.md).
CREATED, MOVED = 1, 2
#: Rows of each type that are remembered. So many are no odd rows: the history is not what it was.
MOST = 500


def untold(conn: Connection, portal: Portal, rows: Sequence[OddMove]) -> list[OddMove]:
    """Those of the rows that nobody has been told of yet."""
    told = {type_id: set(_told(conn, portal, type_id)) for type_id in {row.entity_type_id for row in rows}}
    return [row for row in rows if row.id not in told[row.entity_type_id]]


def stand_ins(rows: Iterable[OddMove], items: Mapping[ItemRef, Item | None]) -> Iterator[StageMove]:
    """What these rows should have said, where that can be seen from the items, read after them.

    An item that moved at another instant than the row's has been moved since, and has a row for that.
    """
    for row in rows:
        item = items.get(row.ref) if row.ref is not None else None
        if item is not None and item.stage_id is not None and row.at is not None and row.at == item.moved_at:
            type_id = row.type_id or (CREATED if row.at == item.created_at else MOVED)
            yield replace(made_up_visit(item), type_id=type_id)


def tell(conn: Connection, portal: Portal, rows: Sequence[OddMove], now: datetime) -> None:
    """Tell of these rows; of a row that was told of nothing is said. The journal is written here."""
    new = untold(conn, portal, rows)
    for type_id in sorted({row.entity_type_id for row in new}):
        told = _told(conn, portal, type_id)
        of_type = [row for row in new if row.entity_type_id == type_id]
        some = of_type[: MOST - len(told)]
        if some:
            _tell(conn, portal, some, now)
            ids = [*told, *(row.id for row in some)]
            watermarks.put(conn, portal.name, _name(type_id), ids, now)
        if len(some) < len(of_type):
            facts: dict[str, Any] = {"portal": portal.name, "entity_type": type_id, "rows": len(of_type)}
            log.note(logger, "history", "mostly_unreadable", level=logging.ERROR, **facts)


def _tell(conn: Connection, portal: Portal, rows: Sequence[OddMove], now: datetime) -> None:
    template = JOURNAL[UNREADABLE][portal.config.language]
    lines = []
    for row in rows:
        facts: dict[str, Any] = {"portal": portal.name, "entity_type": row.entity_type_id, "item": row.ref}
        log.note(logger, "history", UNREADABLE, level=logging.ERROR, row=row.id, error=row.reason, **facts)
        text = template.format(row=row.id, reason=row.reason)
        lines.append(NewLine(kind=UNREADABLE, text=text, ref=row.ref, actor="connector"))
    # A portal that is only watched is not written to, not even by this.
    if any(binding.mode == "live" for binding in portal.bindings.values()):
        tell_of_odd_moves(conn, portal, rows, now)
    journal.add_many(conn, portal.name, lines, now)


def _told(conn: Connection, portal: Portal, entity_type_id: int) -> list[str]:
    value: list[str] | None = watermarks.get(conn, portal.name, _name(entity_type_id))
    return value or []


def _name(entity_type_id: int) -> str:
    return f"odd_moves:{entity_type_id}"
