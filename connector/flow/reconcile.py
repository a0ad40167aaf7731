"""Reconcile: what no hint announced is found by asking. The portal never repeats an event: a main path.

Two questions, each with its own rhythm: new rows of the stage history, and our tasks with their checklists (a
minute); items changed since the watermark (minutes). What leaves no trace in a list is left to `sweeping`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from connector import log
from connector.bitrix24.items import list_changed_items
from connector.bitrix24.tasks import list_changed_tasks, read_tasks
from connector.errors import AuthError, FatalError
from connector.flow.made_up import made_up_visit
from connector.flow.portal import Portal
from connector.flow.reading import HISTORY_OVERLAP, Reading, history_types, keep, read_back
from connector.records import Item
from connector.store import processes, tasks, visits, watermarks

logger = logging.getLogger(__name__)

#: Changes of one second share an instant, and rows become visible late: this much is read again.
OVERLAP = timedelta(minutes=5)
#: Checklists of open tasks that are read in one go: 20 requests, a sixth of what the portal allows a minute.
MOST_CHECKLISTS = 980
#: Watermarks: the newest change of a task that was read, the last task whose checklist was.
TASKS, CHECKLISTS = "tasks", "checklists"


def reconcile_moves(portal: Portal) -> None:
    """New rows of the stage history with their items; our tasks that are open or changed, with theirs."""
    with portal.database.read() as conn:
        open_ids = tasks.open_ids(conn, portal.name)
    seen = read_tasks(portal.client, open_ids, with_checklists=False)
    ended = [task_id for task_id, task in seen.items() if task is not None and task.status == "completed"]
    with portal.database.read() as conn:
        cards = tasks.refs_of(conn, portal.name, ended)
        staged = history_types(conn, portal)
    reading = read_back(portal, cards.values(), history_of=staged)
    # Of a task that ended, the checklist too: it says how.
    reading.tasks = seen | read_tasks(portal.client, ended)
    keep(portal, reading)
    _reconcile_changed_tasks(portal)
    # Last: the run time of this method may be used up, and nothing else has to wait for it.
    _reconcile_checklists(portal)


def _reconcile_changed_tasks(portal: Portal) -> None:
    """Tasks of ours that changed after they had ended, such as one that was taken up again."""
    with portal.database.read() as conn:
        value = watermarks.get(conn, portal.name, TASKS)
        open_ids = set(tasks.open_ids(conn, portal.name))
    newest = datetime.fromisoformat(value) if value else portal.clock.now()
    for page in list_changed_tasks(portal.client, newest - HISTORY_OVERLAP):
        keep(portal, Reading(tasks={task.id: task for task in page if task.id not in open_ids}))
        newest = max([newest, *(task.changed_at for task in page if task.changed_at is not None)])
    with portal.database.write() as conn:
        watermarks.put(conn, portal.name, TASKS, newest.isoformat(), portal.clock.now())


def _reconcile_checklists(portal: Portal) -> None:
    """Lines that were ticked: no event tells of it, the task stays as it was. So many at a time, in turn."""
    with portal.database.read() as conn:
        ids = tasks.open_with_lines(conn, portal.name)
        last = int(watermarks.get(conn, portal.name, CHECKLISTS) or 0)
    if len(ids) > MOST_CHECKLISTS:
        ids = ([one for one in ids if one > last] + [one for one in ids if one <= last])[:MOST_CHECKLISTS]
    keep(portal, Reading(tasks=read_tasks(portal.client, ids)))
    if ids:
        with portal.database.write() as conn:
            watermarks.put(conn, portal.name, CHECKLISTS, ids[-1], portal.clock.now())


def reconcile_items(portal: Portal) -> None:
    """Items changed since the watermark, of every mirrored type; one that is refused holds up no other."""
    newest = _newest_changes(portal)
    changed = list_changed_items(
        portal.client,
        {type_id: at - OVERLAP for type_id, at in newest.items()},
        extra_fields=portal.all_extra_fields(),
    )
    for type_id, pages in changed.items():
        try:
            _keep_changed(portal, type_id, pages, newest[type_id])
        except AuthError:
            raise
        except FatalError as error:
            facts: dict[str, Any] = {"portal": portal.name, "entity_type": type_id, "error": error}
            log.note(logger, "reconcile", "refused", level=logging.ERROR, **facts)


def _newest_changes(portal: Portal) -> dict[int, datetime]:
    """Up to when the changes of each type have been read. By the portal's clock: ours may be ahead of it."""
    with portal.database.read() as conn:
        marks = {
            type_id: watermarks.get(conn, portal.name, f"items:{type_id}")
            for type_id in portal.entity_type_ids
        }
    now = portal.clock.now()
    return {type_id: datetime.fromisoformat(mark) if mark else now for type_id, mark in marks.items()}


def _keep_changed(portal: Portal, entity_type_id: int, pages: Iterator[list[Item]], newest: datetime) -> None:
    """The watermark moves when all is kept."""
    for page in pages:
        keep(portal, Reading(items={item.ref: item for item in page}))
        _make_up_visits(portal, page)
        newest = max([newest, *(item.updated_at for item in page if item.updated_at is not None)])
    with portal.database.write() as conn:
        watermarks.put(conn, portal.name, f"items:{entity_type_id}", newest.isoformat(), portal.clock.now())


def _make_up_visits(portal: Portal, page: Sequence[Item]) -> None:
    """Items that stand where no row of the history has put them: a change of category may leave none.

    A row that is merely late has had its time to show (b24restdocs#8; reliability R14, R15), and the history
    is asked once more: it may not have been read since they moved.
    """
    if not (astray := _astray(portal, page)):
        return
    refs = [item.ref for item in astray]
    reading = read_back(portal, refs, history_of={ref.entity_type_id for ref in refs})
    keep(portal, reading)
    astray = _astray(portal, list(reading.present.values()))
    moves = [made_up_visit(item) for item in astray]
    if moves:
        log.note(logger, "history", "made_up", portal=portal.name, visits=len(moves))
        keep(portal, Reading(items={item.ref: item for item in astray}, moves=moves))


def _astray(portal: Portal, page: Sequence[Item]) -> list[Item]:
    before = portal.clock.now() - HISTORY_OVERLAP
    with portal.database.read() as conn:
        heard = processes.with_process(conn, portal.name, [item.ref for item in page])
        latest = visits.latest_of(conn, portal.name, heard)
    return [
        item
        for item in page
        if item.ref in latest and item.moved_at and latest[item.ref].at < item.moved_at < before
        if item.stage_id and latest[item.ref].stage_id != item.stage_id
    ]
