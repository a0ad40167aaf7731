"""Reconcile: what no hint announced is found by asking. The portal never repeats an event: a main path.

Three questions, each with its own rhythm: new rows of the stage history and our open tasks (a minute), items
changed since the watermark (minutes), every id (a day: deletions leave no trace in a list).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from connector import log
from connector.bitrix24.items import list_ids, list_items
from connector.bitrix24.tasks import read_tasks
from connector.flow.made_up import made_up_visit
from connector.flow.portal import Portal
from connector.flow.reading import HISTORY_OVERLAP, Reading, keep, read_back
from connector.records import Item, ItemRef
from connector.store import mirror, processes, tasks, visits, watermarks

logger = logging.getLogger(__name__)

#: Changes of one second share an instant, and rows become visible late: this much is read again.
OVERLAP = timedelta(minutes=5)


def reconcile_moves(portal: Portal) -> None:
    """New rows of the stage history with their items, and our open tasks with theirs."""
    with portal.database.read() as conn:
        open_ids = tasks.open_ids(conn, portal.name)
    seen = read_tasks(portal.client, open_ids, with_checklists=False)
    ended = [task_id for task_id, task in seen.items() if task is not None and task.status == "completed"]
    with portal.database.read() as conn:
        cards = tasks.refs_of(conn, portal.name, ended)
    reading = read_back(portal, cards.values(), history_of=portal.bound_type_ids)
    # Of a task that ended, the checklist too: it says how.
    reading.tasks = seen | read_tasks(portal.client, ended)
    keep(portal, reading)


def reconcile_items(portal: Portal) -> None:
    """Items changed since the watermark, of every mirrored type; the watermark moves when all is kept."""
    for entity_type_id in portal.entity_type_ids:
        name = f"items:{entity_type_id}"
        with portal.database.read() as conn:
            value = watermarks.get(conn, portal.name, name)
        # By the portal's clock: ours may be ahead of it.
        newest = datetime.fromisoformat(value) if value else portal.clock.now()
        pages = list_items(
            portal.client,
            entity_type_id,
            extra_fields=portal.extra_fields(entity_type_id),
            filter={">=updatedTime": newest - OVERLAP},
        )
        for page in pages:
            keep(portal, Reading(items={item.ref: item for item in page}))
            _make_up_visits(portal, page)
            newest = max([newest, *(item.updated_at for item in page if item.updated_at is not None)])
        with portal.database.write() as conn:
            watermarks.put(conn, portal.name, name, newest.isoformat(), portal.clock.now())


def _make_up_visits(portal: Portal, page: Sequence[Item]) -> None:
    """Items that stand where no row of the history has put them: a change of category may leave none.

    A row that is merely late has had its time to show (b24restdocs#8; reliability R14, R15).
    """
    before = portal.clock.now() - HISTORY_OVERLAP
    with portal.database.read() as conn:
        heard = processes.with_process(conn, portal.name, [item.ref for item in page])
        latest = visits.latest_of(conn, portal.name, heard)
    astray = [
        item
        for item in page
        if item.ref in latest and item.moved_at and latest[item.ref].at < item.moved_at < before
        if item.stage_id and latest[item.ref].stage_id != item.stage_id
    ]
    moves = [made_up_visit(item) for item in astray]
    if moves:
        log.note(logger, "history", "made_up", portal=portal.name, visits=len(moves))
        keep(portal, Reading(items={item.ref: item for item in astray}, moves=moves))


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
            keep(portal, read_back(portal, differing, history_of=()))
