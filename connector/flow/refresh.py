"""Refresh: hinted records are read back, many in one request, and taken over in one commit."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from connector import log
from connector.errors import CRMError, RetriableError
from connector.flow.portal import Portal
from connector.flow.reading import Reading, history_types, keep, read_back
from connector.records import ItemRef
from connector.store import Connection, crm_tasks, inbox, tasks
from connector.store.inbox import HintedRecord

logger = logging.getLogger(__name__)

#: What one request can read: 50 commands of 50 ids.
BATCH = 2_500
#: api-reference/tasks/events-tasks/on-task-add.md
TASK_MADE = "ONTASKADD"
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 5, 300
MOST_TRIES = 5


def refresh(portal: Portal) -> int:
    """Read back what hints name; returns how many records left the inbox."""
    now = portal.clock.now()
    with portal.database.read() as conn:
        records = inbox.pending(conn, portal.name, now, BATCH)
        hinted_tasks = [record.entity_id for record in records if record.kind == "task"]
        ours = tasks.refs_of(conn, portal.name, hinted_tasks)
        # A task that is new to us, or newly bound, comes with the next poll, which lists all that changed.
        copied = crm_tasks.known_ids(conn, portal.name, hinted_tasks) - ours.keys()
    ours = {id_: ref for id_, ref in ours.items() if id_ not in _just_made(records)}
    if not records:
        return 0
    refs = [record.ref for record in records if _is_mirrored(portal, record)]
    try:
        # A task is judged together with its card: whoever completes one may just have filled in the other.
        reading = read_back(
            portal, [*refs, *ours.values()], ours, copied, history_of=_types_with_history(portal, refs)
        )
    except CRMError as error:
        _postpone(portal, records, error, now)
        return 0
    unread = _unread(records, refs, copied | ours.keys(), reading)
    by_target = {_target(record): record for record in records if record.row_id not in unread}

    def done(conn: Connection, part: Reading) -> None:
        targets = [*part.items, *part.tasks]
        inbox.done(conn, [by_target.pop(each) for each in targets if each in by_target], portal.clock.now())

    keep(portal, reading, done)
    _let_go(portal, [record for record in records if record.row_id in unread], list(by_target.values()))
    facts: dict[str, Any] = {"portal": portal.name, "records": len(records), "moves": len(reading.moves)}
    log.note(logger, "refresh", "done", **facts)
    return len(records) - len(unread)


def _just_made(records: list[HintedRecord]) -> set[int]:
    """Tasks of which the portal has told nothing but that they were made.

    Of ours the answer has told that already, and a task is the third request of each card: what somebody does
    with it later has a hint of its own, and is read every minute anyway.
    """
    return {each.entity_id for each in records if each.hits == 1 and each.event == TASK_MADE}


def _target(record: HintedRecord) -> ItemRef | int:
    """What a reading calls the record: an item's reference, a task's id."""
    return record.entity_id if record.kind == "task" else record.ref


def _let_go(portal: Portal, unread: list[HintedRecord], foreign: list[HintedRecord]) -> None:
    """Records that cannot be read come again for a while; those that are not ours to read are done with."""
    now = portal.clock.now()
    if unread or foreign:
        with portal.database.write() as conn:
            inbox.done(conn, foreign, now)
            for record in unread:
                retry_at = _give_up_after(record, now)
                inbox.failed(conn, record, now, "the portal does not let us read it", retry_at)


def _is_mirrored(portal: Portal, record: HintedRecord) -> bool:
    return record.kind == "item" and record.entity_type_id in portal.entity_type_ids


def _types_with_history(portal: Portal, refs: list[ItemRef]) -> list[int]:
    hinted = {ref.entity_type_id for ref in refs}
    with portal.database.read() as conn:
        return [type_id for type_id in history_types(conn, portal) if type_id in hinted]


def _unread(
    records: list[HintedRecord], refs: list[ItemRef], task_ids: set[int], reading: Reading
) -> set[int]:
    """Row ids of records that were asked for, but neither read nor shown to be gone: a right is missing."""
    asked = set(refs)
    return {
        record.row_id
        for record in records
        if (record.kind == "item" and record.ref in asked and record.ref not in reading.items)
        or (record.kind == "task" and record.entity_id in task_ids and record.entity_id not in reading.tasks)
    }


def _postpone(portal: Portal, records: list[HintedRecord], error: CRMError, now: datetime) -> None:
    """The portal did not answer: the records stay, and come again later."""
    after = error.retry_after if isinstance(error, RetriableError) else None
    with portal.database.write() as conn:
        for record in records:
            retry_at = now + timedelta(seconds=after) if after else _retry_at(record, now)
            inbox.failed(conn, record, now, str(error), retry_at)
    facts: dict[str, Any] = {"portal": portal.name, "records": len(records), "error": error}
    log.note(logger, "refresh", "retry", level=logging.WARNING, **facts)


def _give_up_after(record: HintedRecord, now: datetime) -> datetime | None:
    """A right that is missing is not mended by asking: after some tries only a new hint asks again."""
    return None if record.tries >= MOST_TRIES else _retry_at(record, now)


def _retry_at(record: HintedRecord, now: datetime) -> datetime:
    delay = min(FIRST_DELAY_SECONDS * 2**record.tries, LONGEST_DELAY_SECONDS)
    return now + timedelta(seconds=delay)
