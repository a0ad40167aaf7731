"""Sweep: the whole portal beside the whole mirror, once a day, in slices that other work goes between.

Whatever was missed, damaged or never told of is found here: every record is read and compared with its row,
every row of the stage history with its visit, every task with its copy. An item is gone only if two sweeps in
a row did not see it and then a read of it alone says so; nothing that fails to arrive deletes
anything. Visits are never taken away: the portal forgets the history of what is deleted, we do not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connector import log
from connector.bitrix24.call import BATCH_SIZE, PAGE_SIZE, Priority
from connector.bitrix24.items import list_items
from connector.bitrix24.listing import FULL_LISTING
from connector.bitrix24.moves import MoveRow, list_moves, parted
from connector.bitrix24.tasks import list_tasks, read_tasks
from connector.errors import AuthError, FatalError
from connector.flow import crm_tasks, odd_moves
from connector.flow.portal import Portal
from connector.flow.reading import HISTORY_OVERLAP, Reading, history_types, history_watermark, keep, read_back
from connector.flow.slices import RECORDS, bundles, end_of, slice_of
from connector.flow.sweep_place import Place
from connector.records import Item, ItemRef, StageMove
from connector.store import Connection, inbox, mirror, tasks, visits, watermarks

logger = logging.getLogger(__name__)

#: Missing items that one slice reads one by one.
SUSPECTS = 250
#: A daily sweep is begun in these hours of the portal's day, if the last one is so long ago.
NIGHT = range(1, 5)
SHORT_OF_A_DAY = timedelta(hours=12)
#: After so long a kind that the portal would not list is tried again.
AGAIN = timedelta(hours=1)


def sweep(portal: Portal) -> None:
    """Sweep everything now, from the beginning."""
    for kind in _kinds(portal):
        place = _begin(portal, kind)
        while not place.is_finished:
            place = _slice(portal, kind, place)


def sweep_when_due(portal: Portal) -> bool:
    """One slice of what is due; False if nothing is. A slice that fails is tried again from where it was."""
    for kind in _kinds(portal):
        place = _place_of(portal, kind)
        if place.is_finished and _is_due(portal, kind, place):
            place = _begin(portal, kind)
        if not place.is_finished:
            _slice(portal, kind, place)
            return True
    _let_go_of_strangers(portal)
    return False


def _let_go_of_strangers(portal: Portal) -> None:
    """Flags of overflow for kinds that are not mirrored: no sweep would ever take them down."""
    kinds = _kinds(portal)
    with portal.database.read() as conn:
        strangers = [flag for flag in inbox.overflowed(conn, portal.name) if _kind_of(flag) not in kinds]
    if strangers:
        with portal.database.write() as conn:
            inbox.done(conn, strangers, portal.clock.now())


def _kinds(portal: Portal) -> list[str]:
    """Every kind of record, by the name of its watermark."""
    with portal.database.read() as conn:
        staged = history_types(conn, portal)
    kinds = [f"items:{type_id}" for type_id in portal.entity_type_ids]
    kinds += [f"moves:{type_id}" for type_id in staged]
    return [*kinds, "tasks", *([crm_tasks.KIND] if portal.copies_crm_tasks else [])]


def _is_due(portal: Portal, kind: str, place: Place) -> bool:
    span, waited = portal.config.polling.everything, portal.clock.now() - place.begun_at
    hour = portal.clock.now().astimezone(ZoneInfo(portal.config.time_zone)).hour
    if span > SHORT_OF_A_DAY and hour in NIGHT:
        span = SHORT_OF_A_DAY
    return waited >= span or _overflowed(portal, kind)


def _overflowed(portal: Portal, kind: str) -> bool:
    """Whether more hints of this kind came than were kept: then nobody knows which records they named."""
    with portal.database.read() as conn:
        return any(_kind_of(flag) == kind for flag in inbox.overflowed(conn, portal.name))


def _kind_of(flag: inbox.HintedRecord) -> str:
    return "tasks" if flag.kind == "task" else f"items:{flag.entity_type_id}"


def _place_of(portal: Portal, kind: str) -> Place:
    """The place, or for what was never swept one that says that the first copy was the first sweep."""
    with portal.database.read() as conn:
        value = watermarks.get(conn, portal.name, f"sweep:{kind}")
    return (
        _put(portal, kind, Place(portal.clock.now(), is_finished=True))
        if not value
        else Place.from_json(value)
    )


def _begin(portal: Portal, kind: str) -> Place:
    """From the beginning; what the last whole sweep missed is remembered, a flag of overflow taken down."""
    last = _place_of(portal, kind)
    missed = last.missing if last.is_finished else last.missed_before
    place = Place(portal.clock.now(), missed_before=missed)
    with portal.database.write() as conn:
        flags = [flag for flag in inbox.overflowed(conn, portal.name) if _kind_of(flag) == kind]
        inbox.done(conn, flags, place.begun_at)
        _write(conn, portal, kind, place)
    return place


def _put(portal: Portal, kind: str, place: Place) -> Place:
    with portal.database.write() as conn:
        _write(conn, portal, kind, place)
    return place


def _write(conn: Connection, portal: Portal, kind: str, place: Place) -> None:
    watermarks.put(conn, portal.name, f"sweep:{kind}", place.to_json(), portal.clock.now())


def _slice(portal: Portal, kind: str, place: Place) -> Place:
    """Go on for a few requests; what the portal will not list is put off, and holds up no other kind."""
    try:
        return _go_on(portal, kind, place)
    except AuthError:
        raise
    except FatalError as error:
        log.note(logger, "sweep", "refused", level=logging.ERROR, portal=portal.name, kind=kind, error=error)
        begun_at = portal.clock.now() - portal.config.polling.everything + AGAIN
        put_off = Place(begun_at, is_listed=True, is_finished=True, missing=place.missed_before)
        return _put(portal, kind, put_off)


def _go_on(portal: Portal, kind: str, place: Place) -> Place:
    if place.is_listed:
        return _put(portal, kind, _read_suspects(portal, kind, place))
    steps: dict[str, Callable[[Portal, str, Place], Place]] = {
        "items": _sweep_items,
        "moves": _sweep_moves,
        "tasks": _sweep_tasks,
        crm_tasks.KIND: _sweep_crm_tasks,
    }
    return steps[kind.partition(":")[0]](portal, kind, place)


def _type_of(kind: str) -> int:
    return int(kind.partition(":")[2])


def _sweep_items(portal: Portal, kind: str, place: Place) -> Place:
    type_id = _type_of(kind)
    with portal.database.read() as conn:
        known = mirror.first_ids(conn, portal.name, type_id, above=place.after_id, limit=RECORDS)
    pages = list_items(
        portal.client, type_id, extra_fields=portal.extra_fields(type_id), **slice_of(known, place.after_id)
    )
    for items, upto in bundles(pages, end_of(known), lambda item: item.ref.id):
        place = _put(portal, kind, _compare(portal, type_id, items, place, upto))
    return place


def _compare(portal: Portal, type_id: int, items: list[Item], place: Place, upto: int | None) -> Place:
    """Take over what was read; what the mirror alone has in the same range of ids is missing."""
    changed = keep(portal, Reading(items={item.ref: item for item in items}), is_thorough=True)
    with portal.database.read() as conn:
        here = mirror.ids(conn, portal.name, type_id, above=place.after_id, upto=upto)
    missing = here - {item.ref.id for item in items}
    if changed or missing:
        _note(portal, f"items:{type_id}", changed=changed, missing=len(missing))
    return place.past(upto, missing)


def _read_suspects(portal: Portal, kind: str, place: Place) -> Place:
    """Twice missed: read each by itself. What the portal does not say is gone stays, and stays suspect."""
    some = place.suspects[:SUSPECTS]
    if kind == crm_tasks.KIND:
        answered, gone = crm_tasks.read_suspects(portal, some)
    else:
        reading = read_back(portal, [ItemRef(_type_of(kind), each) for each in some], history_of=())
        keep(portal, reading)
        answered = {ref.id for ref in reading.items}
        gone = len(reading.items) - len(reading.present)
    _note(portal, kind, read=len(some), gone=gone)
    return place.without(len(some), answered)


def _sweep_moves(portal: Portal, kind: str, place: Place) -> Place:
    """A missing row that is younger than the watermark is left to the poll, which tells of it."""
    type_id = _type_of(kind)
    with portal.database.read() as conn:
        present_at = history_watermark(conn, portal, type_id) - HISTORY_OVERLAP
        known = visits.first_numbers(conn, portal.name, type_id, above=place.after_id, limit=RECORDS)
    pages = list_moves(portal.client, type_id, **slice_of(known, place.after_id))
    for rows, upto in bundles(pages, end_of(known), lambda row: int(row.id)):
        _mend_visits(portal, kind, rows, present_at)
        place = _put(portal, kind, place.past(upto))
    return place


def _mend_visits(portal: Portal, kind: str, rows: list[MoveRow], present_at: datetime) -> None:
    """Rows that are damaged or missing; of the missing ones only an item's newest is news to its process."""
    now = portal.clock.now()
    moves, odd = parted(rows)
    with portal.database.write() as conn:
        mended = visits.mend(conn, portal.name, moves)
        unknown = visits.unknown(conn, portal.name, [move for move in moves if move.at < present_at])
        newest = _newest(conn, portal, unknown)
        visits.add_many(conn, portal.name, [move for move in unknown if move not in newest], now)
        odd_moves.tell(conn, portal, [row for row in odd if row.at is None or row.at < present_at], now)
    if newest:
        reading = read_back(portal, [move.ref for move in newest], history_of=())
        reading.moves = newest
        keep(portal, reading)
    if mended or unknown:
        _note(portal, kind, mended=len(mended), missing=len(unknown))


def _newest(conn: Connection, portal: Portal, unknown: Iterable[StageMove]) -> list[StageMove]:
    """Those of the rows that say where an item is now."""
    last = {move.ref: move for move in sorted(unknown, key=lambda each: (each.at, int(each.id)))}
    latest = visits.latest_of(conn, portal.name, last)
    return [move for ref, move in last.items() if ref not in latest or latest[ref].at <= move.at]


def _sweep_tasks(portal: Portal, kind: str, place: Place) -> Place:
    """Every task of ours, ended ones too: those that are open are read every minute anyhow."""
    with portal.database.read() as conn:
        ids = tasks.ids(conn, portal.name, above=place.after_id, limit=BATCH_SIZE * PAGE_SIZE)
    read = read_tasks(portal.client, ids, with_checklists=False, priority=Priority.BACKFILL)
    if changed := keep(portal, Reading(tasks=read)):
        _note(portal, kind, changed=changed)
    is_end = len(ids) < BATCH_SIZE * PAGE_SIZE
    after_id = ids[-1] if ids else place.after_id
    return _put(portal, kind, replace(place, after_id=after_id, is_listed=is_end, is_finished=is_end))


def _sweep_crm_tasks(portal: Portal, kind: str, place: Place) -> Place:
    """Everybody's tasks, for those that are bound to the CRM; open and ended ones."""
    pages = list_tasks(
        portal.client, after_id=place.after_id, expected=FULL_LISTING, priority=Priority.BACKFILL
    )
    for listed, upto in bundles(pages, None, lambda task: task.id):
        changed, missing = crm_tasks.compare(portal, listed, place.after_id, upto)
        if changed or missing:
            _note(portal, kind, changed=changed, missing=len(missing))
        place = _put(portal, kind, place.past(upto, missing))
    return place


def _note(portal: Portal, kind: str, **found: int) -> None:
    log.note(logger, "sweep", "differs", portal=portal.name, kind=kind, **found)
