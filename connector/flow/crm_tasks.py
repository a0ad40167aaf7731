"""Tasks that people make on records of the CRM: copied for views and reports. No process hears of them.

They come with readings that are made anyhow (`reading.keep`): the poll of changed tasks lists everybody's, so
one that is new, changed, bound or unbound costs no request. Requests of their own are the first copy and the
nightly sweep, which list all tasks of the portal, 2,500 at a time, and look which are bound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from connector.bitrix24.call import Priority
from connector.bitrix24.missing_tasks import read_missing
from connector.flow.portal import Portal
from connector.flow.reading import Reading, keep
from connector.records import Task
from connector.store import Connection, crm_tasks, watermarks

#: The name of this kind of record in the watermarks of the first copy and of the sweep.
KIND = "crm_tasks"


def obey_config(conn: Connection, portal: Portal) -> None:
    """A portal whose configuration asks for the connector's tasks alone keeps nobody else's."""
    if not portal.copies_crm_tasks:
        crm_tasks.forget(conn, portal.name)
        watermarks.forget(conn, portal.name, (f"backfill:{KIND}", f"sweep:{KIND}"))


def take_over(conn: Connection, portal: Portal, tasks: Iterable[Task], now: datetime) -> None:
    """Keep those of these tasks that are bound to something; for the first copy."""
    crm_tasks.upsert_many(conn, portal.name, [task for task in tasks if task.bindings], now)


def compare(portal: Portal, tasks: Sequence[Task], above: int, upto: int | None) -> tuple[int, set[int]]:
    """Take over all tasks of the portal in (above, upto]; how many differed, and which are here alone."""
    with portal.database.read() as conn:
        here = crm_tasks.ids(conn, portal.name, above=above, upto=upto)
    changed = keep(portal, Reading(tasks=_concerned(tasks, here)))
    return changed, here - {task.id for task in tasks}


def _concerned(tasks: Iterable[Task], here: Collection[int]) -> dict[int, Task | None]:
    """Tasks that are bound to something, and those that were."""
    return {task.id: task for task in tasks if task.bindings or task.id in here}


def read_suspects(portal: Portal, ids: Sequence[int]) -> tuple[set[int], int]:
    """Tasks that two sweeps missed, each read; returns those of which we know now, and how many are gone."""
    read = read_missing(portal.client, ids, priority=Priority.BACKFILL)
    keep(portal, Reading(tasks=read))
    return set(read), sum(task is None for task in read.values())
