"""Reconcile: what no hint announced is found by asking. The portal never repeats an event: a main path.

Three questions, each with its own rhythm: new rows of the stage history and our open tasks (a minute), items
changed since the watermark (minutes), every id (a day: deletions leave no trace in a list).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from connector import log
from connector.bitrix24.items import list_ids, list_items
from connector.bitrix24.tasks import read_tasks
from connector.flow.portal import Portal
from connector.flow.reading import Reading, keep, read_back
from connector.records import ItemRef, Task
from connector.store import mirror, tasks, watermarks

logger = logging.getLogger(__name__)

#: Changes of one second share an instant, and rows become visible late: this much is read again.
OVERLAP = timedelta(minutes=5)


def reconcile_moves(portal: Portal) -> None:
    """New rows of the stage history with their items, and our open tasks."""
    with portal.database.read() as conn:
        open_tasks = tasks.open_ids(conn, portal.name)
    reading = read_back(portal, history_of=portal.bound_type_ids)
    reading.tasks = _changed_tasks(portal, open_tasks)
    _keep(portal, reading)


def _changed_tasks(portal: Portal, open_ids: list[int]) -> dict[int, Task | None]:
    """Our open tasks as they stand; of those that ended, the checklist too, which says how."""
    seen = read_tasks(portal.client, open_ids, with_checklists=False)
    ended = [task_id for task_id, task in seen.items() if task is not None and task.status == "completed"]
    return seen | read_tasks(portal.client, ended)


def reconcile_items(portal: Portal) -> None:
    """Items changed since the watermark, of every mirrored type; the watermark moves when all is kept."""
    for entity_type_id in portal.entity_type_ids:
        name = f"items:{entity_type_id}"
        began_at = portal.clock.now()
        with portal.database.read() as conn:
            value = watermarks.get(conn, portal.name, name)
        since = datetime.fromisoformat(value) if value else began_at
        pages = list_items(
            portal.client,
            entity_type_id,
            extra_fields=portal.extra_fields(entity_type_id),
            filter={">=updatedTime": since - OVERLAP},
        )
        for page in pages:
            _keep(portal, Reading(items={item.ref: item for item in page}))
        with portal.database.write() as conn:
            watermarks.put(conn, portal.name, name, began_at.isoformat(), portal.clock.now())


def sweep(portal: Portal) -> None:
    """Compare all ids with the mirror; what is missing on either side is believed only when read itself."""
    for entity_type_id in portal.entity_type_ids:
        there = {item_id for page in list_ids(portal.client, entity_type_id) for item_id in page}
        with portal.database.read() as conn:
            here = mirror.ids(conn, portal.name, entity_type_id)
        differing = sorted(ItemRef(entity_type_id, item_id) for item_id in there ^ here)
        if differing:
            facts: dict[str, Any] = {
                "portal": portal.name,
                "entity_type": entity_type_id,
                "items": len(differing),
            }
            log.note(logger, "sweep", "differs", **facts)
            _keep(portal, read_back(portal, differing, history_of=()))


def _keep(portal: Portal, reading: Reading) -> None:
    now = portal.clock.now()
    with portal.database.write() as conn:
        keep(conn, portal, reading, now)
