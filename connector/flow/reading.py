"""Reading back: what may have changed is read from the portal, kept in one commit, and told to the processes.

Whoever asks (a hint, a poll, a sweep) the same thing happens, so that the ways cannot drift apart. The stage
history is the log of moves: whatever else is read, its new rows come along, and the items they name are read
in the same turn, so that a gate never judges a move by yesterday's fields.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connector import log
from connector.bitrix24 import items
from connector.bitrix24 import tasks as tasks_api
from connector.bitrix24.call import PAGE_SIZE
from connector.bitrix24.missing_tasks import read_missing
from connector.bitrix24.moves import MoveRow, OddMove, list_moves, move_rows_of, moves_call, parted
from connector.bitrix24.outcome import Answer
from connector.errors import AuthError, CRMError, FatalError, StoreError
from connector.flow import observe, odd_moves
from connector.flow.item_values import customers_of
from connector.flow.portal import Portal
from connector.records import DEAL, LEAD, Item, ItemRef, StageMove, Task
from connector.store import Connection, catalogue, crm_tasks, mirror, tasks, visits, watermarks

logger = logging.getLogger(__name__)

#: Rows of the history may become visible late and out of order: this much is read again (reliability R14).
HISTORY_OVERLAP = timedelta(seconds=120)
#: So many tasks, each with its checklist, share a request with everything else.
FEW_TASKS = 20
#: What the commands for copied tasks begin with.
_COPIED = "copied_"
#: Records of one commit.
SLICE = 200


@dataclass
class Reading:
    """What was read in one turn. None stands for a record that the portal says does not exist."""

    items: dict[ItemRef, Item | None] = field(default_factory=dict)
    moves: list[StageMove] = field(default_factory=list)
    #: Rows of the history that cannot be read, and that nobody has been told of yet.
    odd: list[OddMove] = field(default_factory=list)
    tasks: dict[int, Task | None] = field(default_factory=dict)

    def parts(self) -> Iterator[Reading]:
        """The reading in slices that one short commit takes each; an item comes with all its moves.

        The writer of hints waits while a commit lasts, and with it the portal for its answer.
        """
        moves: dict[ItemRef, list[StageMove]] = {}
        for move in self.moves:
            moves.setdefault(move.ref, []).append(move)
        # An item that cannot be read keeps its moves: the watermark goes on past them.
        refs = sorted({*self.items, *moves})
        for start in range(0, len(refs), SLICE):
            some = refs[start : start + SLICE]
            yield Reading(
                items={ref: self.items[ref] for ref in some if ref in self.items},
                moves=[move for ref in some for move in moves.get(ref, ())],
            )
        for start in range(0, len(self.tasks), SLICE):
            ids = sorted(self.tasks)[start : start + SLICE]
            yield Reading(tasks={task_id: self.tasks[task_id] for task_id in ids})

    @property
    def present(self) -> dict[ItemRef, Item]:
        """The items that are there."""
        return {ref: item for ref, item in self.items.items() if item is not None}


def read_back(
    portal: Portal,
    refs: Iterable[ItemRef] = (),
    task_ids: Iterable[int] = (),
    copied_ids: Iterable[int] = (),
    *,
    history_of: Collection[int],
) -> Reading:
    """Read these records, and what is new in the stage history of these types. Writes nothing.

    Tasks of ours (`task_ids`) with their checklists; those that are merely copied without, 50 in a command.

    One request where little has changed: the history first, then the items, so that an item is never older
    than its last move. Raises the client's errors; nothing is lost by that: whoever asked asks again.
    """
    wanted, ids, copied = sorted(set(refs)), sorted(set(task_ids)), sorted(set(copied_ids))
    since = _since(portal, history_of)
    fields = portal.all_extra_fields()
    item_calls = items.by_ids(wanted, fields)
    calls = {f"moves_{type_id}": moves_call(type_id, since=at).page(0) for type_id, at in since.items()}
    calls |= item_calls
    if len(ids) <= FEW_TASKS:
        calls |= tasks_api.by_ids(ids) if ids else {}
    calls |= {_COPIED + key: call for key, call in tasks_api.by_ids(copied, with_checklists=False).items()}
    answers = portal.client.ask_many(calls) if calls else {}

    reading = Reading()
    rows: list[MoveRow] = []
    for type_id, at in since.items():
        rows += _moves(portal, type_id, at, answers[f"moves_{type_id}"], expected=len(wanted))
    reading.moves, reading.odd = _unknown(portal, rows)
    for key, call in item_calls.items():
        reading.items |= items.items_by_ref(answers[key], call, fields)
    reading.items |= _read_rest(portal, wanted, reading)
    reading.moves += odd_moves.stand_ins(reading.odd, reading.items)
    reading.items |= _read_customers(portal, reading)
    if ids and len(ids) <= FEW_TASKS:
        reading.tasks = tasks_api.tasks_by_id(answers, ids)
    reading.tasks |= tasks_api.read_tasks(portal.client, [each for each in ids if each not in reading.tasks])
    reading.tasks |= _copied_tasks(portal, copied, answers)
    return reading


def _copied_tasks(
    portal: Portal, ids: Sequence[int], answers: Mapping[str, Answer]
) -> dict[int, Task | None]:
    """Tasks that only reports wait for: those that cannot be read now are left out, and hold up no other."""
    lists = {key.removeprefix(_COPIED): answers[key] for key in answers if key.startswith(_COPIED)}
    try:
        found: dict[int, Task | None] = {**tasks_api.tasks_by_id(lists, ids)}
        return found | read_missing(portal.client, [each for each in ids if each not in found])
    except AuthError:
        raise
    except CRMError as error:
        facts: dict[str, Any] = {"portal": portal.name, "tasks": len(ids), "error": error}
        log.note(logger, "read_back", "tasks_left_out", level=logging.WARNING, **facts)
        return {}


def _since(portal: Portal, history_of: Collection[int]) -> dict[int, datetime]:
    """From when on the history of each type is read: its watermark, less the overlap."""
    with portal.database.read() as conn:
        marks = {type_id: history_watermark(conn, portal, type_id) for type_id in history_of}
    return {type_id: at - HISTORY_OVERLAP for type_id, at in marks.items()}


def _moves(portal: Portal, type_id: int, since: datetime, answer: Answer, *, expected: int) -> list[MoveRow]:
    """The rows of one type; a type that is refused, or that the portal has no more, holds up no other.

    Its watermark stays where it is, so nothing is missed once it is shown again.
    """
    try:
        page = move_rows_of(answer, type_id)
        return page + _later_moves(portal, type_id, since, page, expected=expected)
    except AuthError:
        raise
    except FatalError as error:
        facts: dict[str, Any] = {"portal": portal.name, "entity_type": type_id, "error": error}
        log.note(logger, "read_moves", "refused", level=logging.ERROR, **facts)
        return []


def _later_moves(
    portal: Portal, type_id: int, since: datetime, page: Sequence[MoveRow], *, expected: int
) -> list[MoveRow]:
    """The rows after a full page; many items were hinted at, so many rows are expected."""
    if len(page) < PAGE_SIZE:
        return []
    last_id = max((int(row.id) for row in page if row.id.isdecimal()), default=0)
    pages = list_moves(portal.client, type_id, after_id=last_id, since=since, expected=expected)
    return [row for later in pages for row in later]


def _unknown(portal: Portal, rows: Sequence[MoveRow]) -> tuple[list[StageMove], list[OddMove]]:
    """The rows that the store does not have yet: the overlap is mostly old news."""
    if not rows:
        return [], []
    moves, odd = parted(rows)
    with portal.database.read() as conn:
        return visits.unknown(conn, portal.name, moves), odd_moves.untold(conn, portal, odd)


def _read_rest(portal: Portal, wanted: Iterable[ItemRef], reading: Reading) -> dict[ItemRef, Item | None]:
    """Items that the lists did not show, and those that only the history named."""
    named = {move.ref for move in reading.moves}.union(wanted)
    named |= {row.ref for row in reading.odd if row.ref is not None}
    rest = sorted(ref for ref in named if ref not in reading.items)
    return items.read_items(portal.client, rest, extra_fields=portal.all_extra_fields()) if rest else {}


def _read_customers(portal: Portal, reading: Reading) -> dict[ItemRef, Item | None]:
    """Contacts and companies that an item has got and that nobody has told us of: a task will name them.

    Asked for when an item first has them and not again: some may not be for us to see.
    """
    with_some = [
        item
        for item in reading.present.values()
        if item.ref.entity_type_id in portal.bound_type_ids and customers_of(item)
    ]
    if not with_some:
        return {}
    with portal.database.read() as conn:
        before = mirror.get_items(conn, portal.name, [item.ref for item in with_some])
        got = {ref for item in with_some for ref in customers_of(item)}
        got -= {ref for item in before.values() for ref in customers_of(item)} | reading.items.keys()
        got -= mirror.get_items(conn, portal.name, got, with_gone=True).keys()
    try:
        return items.read_items(portal.client, got, extra_fields=portal.all_extra_fields()) if got else {}
    except AuthError:
        raise
    except FatalError as error:  # of the customers alone: it holds up no item
        facts: dict[str, Any] = {"portal": portal.name, "customers": len(got), "error": error}
        log.note(logger, "read_customers", "refused", level=logging.ERROR, **facts)
        return {}


def keep(
    portal: Portal,
    reading: Reading,
    and_then: Callable[[Connection, Reading], None] = lambda conn, part: None,
    *,
    is_thorough: bool = False,
) -> int:
    """Take a reading over: mirror, visits, tasks, and the signals they amount to; the watermarks last of all.

    Returns how many records were not as they were known. `and_then` is done in the commit of each slice; cut
    off in between, the rest is read again. `is_thorough`: see `mirror.upsert_items`.
    """
    changed = 0
    for part in reading.parts():
        now = portal.clock.now()
        with portal.database.write() as conn:
            changed += _keep_part(conn, portal, part, now, is_thorough)
            and_then(conn, part)
    if reading.moves or reading.odd:
        with portal.database.write() as conn:
            now = portal.clock.now()
            _advance_watermarks(conn, portal, reading, now)
            odd_moves.tell(conn, portal, reading.odd, now)
    return changed


def _keep_part(conn: Connection, portal: Portal, part: Reading, now: datetime, is_thorough: bool) -> int:
    changes = mirror.upsert_items(conn, portal.name, part.present.values(), now, is_thorough=is_thorough)
    absent = [ref for ref, item in part.items.items() if item is None]
    gone = mirror.mark_gone(conn, portal.name, absent, now)
    new_moves = visits.add_many(conn, portal.name, part.moves, now)
    observe.tell_of_visits(conn, portal, new_moves, part.present, now)
    observe.tell_of_items(conn, portal, changes, now)
    observe.tell_of_gone(conn, portal, gone, now)
    return len(changes) + len(gone) + len(new_moves) + _keep_tasks(conn, portal, part.tasks, now)


def _keep_tasks(conn: Connection, portal: Portal, read: dict[int, Task | None], now: datetime) -> int:
    there = [task for task in read.values() if task is not None]
    changes = tasks.upsert_many(conn, portal.name, there, now)
    deleted = [task_id for task_id, task in read.items() if task is None]
    gone = tasks.mark_gone(conn, portal.name, deleted, now)
    observe.tell_of_tasks(conn, portal, changes, now)
    observe.tell_of_deleted_tasks(conn, portal, gone, now)
    differed = {change.made.task.id for change in changes} | {made.task.id for made in gone}
    if portal.copies_crm_tasks:
        differed |= crm_tasks.upsert_many(conn, portal.name, there, now)
        differed |= crm_tasks.mark_gone(conn, portal.name, deleted, now)
    return len(differed)


def history_types(conn: Connection, portal: Portal) -> list[int]:
    """The types whose stage history is mirrored: those that pipelines run on, and of all others that are
    mirrored those that have stages, as far as the catalogue has been read."""
    staged = catalogue.types_with_stages(conn, portal.name).intersection(portal.entity_type_ids)
    return sorted({LEAD, DEAL, *portal.bound_type_ids, *staged})


def history_watermark(conn: Connection, portal: Portal, entity_type_id: int) -> datetime:
    """The newest instant of the type's stage history that was read, by the portal's clock."""
    value = watermarks.get(conn, portal.name, f"moves:{entity_type_id}")
    if value is None:
        raise StoreError(
            f"the history of entity type {entity_type_id} was never begun: prepare the portal first"
        )
    return datetime.fromisoformat(value)


def set_history_watermark(
    conn: Connection, portal: Portal, entity_type_id: int, at: datetime, now: datetime
) -> None:
    watermarks.put(conn, portal.name, f"moves:{entity_type_id}", at.isoformat(), now)


def _advance_watermarks(conn: Connection, portal: Portal, reading: Reading, now: datetime) -> None:
    instants = [(move.ref.entity_type_id, move.at) for move in reading.moves]
    # Of a row that is odd its time may be, too: one that is yet to come says nothing.
    instants += [(row.entity_type_id, row.at) for row in reading.odd if row.at and row.at <= now]
    newest: dict[int, datetime] = {}
    for type_id, at in instants:
        newest[type_id] = max(newest.get(type_id, at), at)
    for type_id, at in newest.items():
        if at > history_watermark(conn, portal, type_id):
            set_history_watermark(conn, portal, type_id, at, now)
