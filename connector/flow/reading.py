"""Reading back: what may have changed is read from the portal, kept in one commit, and told to the processes.

Whoever asks (a hint, a poll, a sweep) the same thing happens, so that the ways cannot drift apart. The stage
history is the log of moves: whatever else is read, its new rows come along, and the items they name are read
in the same turn, so that a gate never judges a move by yesterday's fields.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector.bitrix24.items import read_items
from connector.bitrix24.moves import list_moves
from connector.bitrix24.tasks import read_tasks
from connector.flow import observe
from connector.flow.portal import Portal
from connector.records import Item, ItemRef, StageMove, Task
from connector.store import Connection, mirror, tasks, visits, watermarks

#: Rows of the history may become visible late and out of order: this much is read again (reliability R14).
HISTORY_OVERLAP = timedelta(seconds=120)


@dataclass
class Reading:
    """What was read in one turn. None stands for a record that the portal says does not exist."""

    items: dict[ItemRef, Item | None] = field(default_factory=dict)
    moves: list[StageMove] = field(default_factory=list)
    tasks: dict[int, Task | None] = field(default_factory=dict)

    @property
    def present(self) -> dict[ItemRef, Item]:
        """The items that are there."""
        return {ref: item for ref, item in self.items.items() if item is not None}


def read_back(
    portal: Portal, refs: Iterable[ItemRef] = (), task_ids: Iterable[int] = (), *, history_of: Collection[int]
) -> Reading:
    """Read these records, and what is new in the stage history of these types. Writes nothing.

    Raises the client's errors; nothing is lost by that, since whoever asked asks again.
    """
    reading = Reading()
    for entity_type_id in history_of:
        reading.moves += _new_moves(portal, entity_type_id)
    wanted = set(refs).union(move.ref for move in reading.moves)
    if wanted:
        reading.items = read_items(portal.client, sorted(wanted), extra_fields=portal.all_extra_fields())
    ids = sorted(set(task_ids))
    if ids:
        reading.tasks = read_tasks(portal.client, ids)
    return reading


def keep(conn: Connection, portal: Portal, reading: Reading, now: datetime) -> None:
    """Take a reading over: mirror, visits, tasks, watermark, and the signals they amount to. One commit."""
    changes = mirror.upsert_items(conn, portal.name, reading.present.values(), now)
    absent = [ref for ref, item in reading.items.items() if item is None]
    gone = mirror.mark_gone(conn, portal.name, absent, now)
    new_moves = visits.add_many(conn, portal.name, reading.moves, now)
    observe.tell_of_visits(conn, portal, new_moves, reading.present, now)
    observe.tell_of_items(conn, portal, changes, now)
    observe.tell_of_gone(conn, portal, gone, now)
    _keep_tasks(conn, portal, reading.tasks, now)
    _advance_watermarks(conn, portal, reading.moves, now)


def _keep_tasks(conn: Connection, portal: Portal, read: dict[int, Task | None], now: datetime) -> None:
    there = [task for task in read.values() if task is not None]
    changes = tasks.upsert_many(conn, portal.name, there, now)
    deleted = [task_id for task_id, task in read.items() if task is None]
    gone = tasks.mark_gone(conn, portal.name, deleted, now)
    observe.tell_of_tasks(conn, portal, changes, now)
    observe.tell_of_deleted_tasks(conn, portal, gone, now)


def _new_moves(portal: Portal, entity_type_id: int) -> list[StageMove]:
    """Rows since the watermark (less the overlap) that the store does not have."""
    with portal.database.read() as conn:
        since = history_watermark(conn, portal, entity_type_id)
    found = [
        move
        for page in list_moves(portal.client, entity_type_id, since=since - HISTORY_OVERLAP)
        for move in page
    ]
    with portal.database.read() as conn:
        return visits.unknown(conn, portal.name, found)


def history_watermark(conn: Connection, portal: Portal, entity_type_id: int) -> datetime:
    """The newest instant of the type's stage history that was read, by the portal's clock."""
    value = watermarks.get(conn, portal.name, f"moves:{entity_type_id}")
    return datetime.fromisoformat(value) if value else portal.clock.now()


def set_history_watermark(
    conn: Connection, portal: Portal, entity_type_id: int, at: datetime, now: datetime
) -> None:
    watermarks.put(conn, portal.name, f"moves:{entity_type_id}", at.isoformat(), now)


def _advance_watermarks(conn: Connection, portal: Portal, moves: Iterable[StageMove], now: datetime) -> None:
    newest: dict[int, datetime] = {}
    for move in moves:
        type_id = move.ref.entity_type_id
        newest[type_id] = max(newest.get(type_id, move.at), move.at)
    for type_id, at in newest.items():
        if at > history_watermark(conn, portal, type_id):
            set_history_watermark(conn, portal, type_id, at, now)
