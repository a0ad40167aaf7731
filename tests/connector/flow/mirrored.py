"""The mirror beside the portal, field by field, and the polls on their rhythm: for tests of promises.

The truth is taken from the records of the sandbox where it keeps them plainly, and for all other fields read
through a client of its own, which meets no fault and is charged for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from connector.app import build_client
from connector.bitrix24.items import list_items
from connector.bitrix24.listing import FULL_LISTING
from connector.bitrix24.moves import list_moves
from connector.bitrix24.tasks import list_tasks, read_tasks
from connector.clock import VirtualClock
from connector.flow.reading import history_types
from connector.records import ItemRef, StageMove
from connector.sandbox.adapter import SandboxAdapter
from connector.sandbox.faults import Faults
from connector.store import crm_tasks, mirror, tasks, visits
from tests.connector.flow.workshop import Workshop

#: Where the sandbox keeps what is compared without any code of the connector in between.
PLAIN = {"title": "TITLE", "stage_id": "STAGE_ID", "owner_id": "ASSIGNED_BY_ID", "updated_at": "UPDATED_TIME"}


def differences(workshop: Workshop) -> list[str]:
    """Everything that is not in the mirror as it is in the portal, one line for each record."""
    sandbox = workshop.sandbox
    faults, sandbox.faults = sandbox.faults, Faults(sandbox.faults.random)
    is_limited, sandbox.limits.is_on = sandbox.limits.is_on, False
    try:
        return [*_of_items(workshop), *_of_visits(workshop), *_of_tasks(workshop), *_of_crm_tasks(workshop)]
    finally:
        sandbox.faults, sandbox.limits.is_on = faults, is_limited


def _client(workshop: Workshop) -> Any:
    """On a clock that stands still for everybody else."""
    clock = VirtualClock(workshop.clock.now())
    return build_client(workshop.portal.config, clock=clock, adapter=SandboxAdapter(workshop.sandbox))


def _of_items(workshop: Workshop) -> Iterator[str]:
    client = _client(workshop)
    for type_id in workshop.portal.entity_type_ids:
        pages = list_items(
            client, type_id, extra_fields=workshop.portal.extra_fields(type_id), expected=FULL_LISTING
        )
        there = {item.ref: item for page in pages for item in page}
        with workshop.app.database.read() as conn:
            here = {item.ref: item for item in mirror.items(conn, "main", type_id)}
        records = workshop.sandbox.crm.shelf(type_id).records
        assert {ref.id for ref in there} == records.keys()
        yield from _compare(there, here)
        for ref, item in here.items():
            record = records.get(ref.id)
            for name, column in PLAIN.items():
                if (
                    record is not None
                    and column in record.values
                    and getattr(item, name) != record.get(column)
                ):
                    yield f"{ref}: {name} is {getattr(item, name)!r}, in the portal {record.get(column)!r}"


def _of_visits(workshop: Workshop) -> Iterator[str]:
    client = _client(workshop)
    with workshop.app.database.read() as conn:
        types = history_types(conn, workshop.portal)
    for type_id in types:
        there = {
            move.id: move
            for page in list_moves(client, type_id, expected=FULL_LISTING)
            for move in page
            if isinstance(move, StageMove)  # what nobody can read, nobody copies
        }
        with workshop.app.database.read() as conn:
            here = {
                move.id: move
                for ref in {m.ref for m in there.values()}
                for move in visits.of(conn, "main", ref)
            }
        # The portal forgets what it had of records that were deleted and came back; the mirror does not.
        yield from _compare(there, {key: move for key, move in here.items() if key in there})


def _of_tasks(workshop: Workshop) -> Iterator[str]:
    with workshop.app.database.read() as conn:
        ids = tasks.ids(conn, "main", above=0, limit=100_000)
        here = {
            task_id: made.task for task_id in ids if (made := tasks.get(conn, "main", task_id)) is not None
        }
    there = read_tasks(_client(workshop), ids)
    # The checklist of an ended task is read once, when it ends.
    unread = {one for one, task in here.items() if task.status == "completed"}
    there = {
        one: replace(task, checklist=None) if one in unread and task else task for one, task in there.items()
    }
    here = {one: replace(task, checklist=None) if one in unread else task for one, task in here.items()}
    yield from _compare(there, here)


def _of_crm_tasks(workshop: Workshop) -> Iterator[str]:
    """Everybody's tasks on records of the CRM, without what is known of our own alone."""
    pages = list_tasks(_client(workshop), expected=FULL_LISTING)
    there = {
        f"crm_task {task.id}": replace(task, changed_by=None, status_changed_by=None, marker=None)
        for page in pages
        for task in page
        if task.bindings
    }
    with workshop.app.database.read() as conn:
        here = {f"crm_task {one}": task for one, task in crm_tasks.all_of(conn, "main").items()}
    yield from _compare(there, here)


def _compare(there: dict[Any, Any], here: dict[Any, Any]) -> Iterator[str]:
    for key in sorted(there.keys() | here.keys(), key=str):
        if there.get(key) != here.get(key):
            yield f"{key}: the mirror has {here.get(key)}, the portal {there.get(key)}"


def poll(workshop: Workshop, seconds: int) -> None:
    """Time passes, with the polls that fall due on the rhythm of the configuration; nobody hears an event."""
    polling = workshop.portal.config.polling
    moves, items = int(polling.moves.total_seconds()), int(polling.changes.total_seconds())
    begun = round(workshop.clock.monotonic())
    while (now := round(workshop.clock.monotonic())) < begun + seconds:
        due = min(now - now % moves + moves, begun + seconds)
        workshop.clock.advance(max(due - workshop.clock.monotonic(), 0.0))
        if due % moves == 0:
            workshop.app.reconcile_moves("main")
        if due % items == 0:
            workshop.app.reconcile_items("main")
        workshop.app.work("main")


def mirrored(workshop: Workshop, ref: ItemRef) -> Any:
    """The item as the mirror has it; None if it is gone."""
    with workshop.app.database.read() as conn:
        return mirror.get_item(conn, "main", ref)
