"""Backfill: the first copy of a portal. Page by page, resumable, silent: what exists is only mirrored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from connector import log
from connector.bitrix24.call import Priority
from connector.bitrix24.items import list_items
from connector.bitrix24.listing import FULL_LISTING, SIDE_BY_SIDE, CutOffError
from connector.bitrix24.moves import MoveRow, list_moves, parted
from connector.bitrix24.tasks import list_tasks
from connector.flow import crm_tasks, odd_moves
from connector.flow.bindings import Binding
from connector.flow.portal import Portal
from connector.flow.reading import HISTORY_OVERLAP, history_types, history_watermark
from connector.flow.set_up import copy_catalogue
from connector.flow.starting import bind_now
from connector.flow.versions import put_in_force
from connector.records import Item, Task
from connector.store import Connection, mirror, settings, visits, watermarks

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: The portal's clock may be behind ours by this much without a move being missed.
CLOCK_TOLERANCE = timedelta(minutes=5)
#: Who paused a pipeline that is paused in config.toml.
CONFIG = "config.toml"
#: Items of one commit: a request's worth.
COMMIT = 2_500
#: How often in a row a list may be cut off at once: the run time is then somebody else's.
MOST_RESTS = 5
REST_SLICE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """So many records of one kind are in the mirror; `last_id` is where a broken run goes on."""

    kind: str
    records: int
    last_id: int
    #: Not 0 while it waits, so long, until the portal runs its method again.
    rests_seconds: float = 0.0


Report = Callable[[Progress], None]


def backfill(portal: Portal, report: Report = lambda progress: None) -> None:
    """Copy everything that is mirrored; a run that was cut off goes on where it stopped."""
    copy_catalogue(portal)
    prepare(portal)
    for entity_type_id in portal.entity_type_ids:
        _copy_items(portal, entity_type_id, report)
    with portal.database.read() as conn:
        staged = history_types(conn, portal)
    for entity_type_id in staged:
        _copy_moves(portal, entity_type_id, report)
    if portal.copies_crm_tasks:
        _copy_tasks(portal, report)


def prepare(portal: Portal) -> None:
    """Before the first signal: versions are stored, pipelines bound as of now, watermarks set if missing."""
    now = portal.clock.now()
    with portal.database.write() as conn:
        for binding in portal.bindings.values():
            portal.versions.keep(conn, binding.definition, now)
            bind_now(conn, portal, binding, now)
            _obey_mode(conn, portal, binding, now)
        versions = {
            name: binding.definition.hash
            for name, binding in portal.bindings.items()
            if name not in portal.broken
        }
        put_in_force(conn, portal.name, versions, portal.broken.values(), now)
        for type_id in portal.entity_type_ids:
            _set_first(conn, portal, f"items:{type_id}", now)
            _set_first(conn, portal, f"moves:{type_id}", now)  # of stages that it may be given later, too
        _set_first(conn, portal, "tasks", now)
        crm_tasks.obey_config(conn, portal)


def _obey_mode(conn: Connection, portal: Portal, binding: Binding, now: datetime) -> None:
    """A pipeline that the configuration pauses sends nothing; one that it pauses no more goes on."""
    pauses = settings.pauses(conn, portal.name)
    is_paused = any(each.pipeline == binding.pipeline and each.by == CONFIG for each in pauses)
    if binding.mode == "paused" and not is_paused:
        reason = 'config.toml says mode = "paused"'
        settings.pause(conn, portal.name, now, by=CONFIG, reason=reason, pipeline=binding.pipeline)
    elif binding.mode != "paused" and is_paused:
        settings.resume(conn, portal.name, pipeline=binding.pipeline)


def _set_first(conn: Connection, portal: Portal, name: str, now: datetime) -> None:
    if watermarks.get(conn, portal.name, name) is None:
        watermarks.put(conn, portal.name, name, (now - CLOCK_TOLERANCE).isoformat(), now)


def places(conn: Connection, portal: Portal) -> dict[str, tuple[int, bool]]:
    """How far the copy of each kind has come: the last id of it, and whether that was the end."""
    kinds = [f"items:{type_id}" for type_id in portal.entity_type_ids]
    kinds += [f"moves:{type_id}" for type_id in history_types(conn, portal)]
    kinds += [crm_tasks.KIND] if portal.copies_crm_tasks else []
    return {kind: _place(conn, portal, kind) for kind in kinds}


def is_complete(conn: Connection, portal: Portal) -> bool:
    """Whether every mirrored type, and the history of every bound one, has been copied to its end."""
    return all(is_done for _, is_done in places(conn, portal).values())


def _copy_items(portal: Portal, entity_type_id: int, report: Report) -> None:
    def listed(after_id: int) -> Iterator[list[Item]]:
        return list_items(
            portal.client,
            entity_type_id,
            extra_fields=portal.extra_fields(entity_type_id),
            after_id=after_id,
            expected=FULL_LISTING,
            overlap=SIDE_BY_SIDE,
            priority=Priority.BACKFILL,
        )

    def keep(conn: Connection, items: list[Item], now: datetime) -> int:
        mirror.upsert_items(conn, portal.name, items, now)
        return items[-1].ref.id

    _copy(portal, f"items:{entity_type_id}", listed, keep, report)


def _copy_moves(portal: Portal, entity_type_id: int, report: Report) -> None:
    """The past of the items: visits, and no signals, so that reports have a yesterday.

    What is younger than the watermark is left to reconcile, which tells of it: deals come in meanwhile.
    """
    with portal.database.read() as conn:
        present_at = history_watermark(conn, portal, entity_type_id) - HISTORY_OVERLAP

    def listed(after_id: int) -> Iterator[list[MoveRow]]:
        return list_moves(
            portal.client,
            entity_type_id,
            after_id=after_id,
            expected=FULL_LISTING,
            overlap=SIDE_BY_SIDE,
            priority=Priority.BACKFILL,
        )

    def keep(conn: Connection, rows: list[MoveRow], now: datetime) -> int:
        moves, odd = parted(rows)
        visits.add_many(conn, portal.name, [move for move in moves if move.at < present_at], now)
        odd_moves.tell(conn, portal, [row for row in odd if row.at is None or row.at < present_at], now)
        return int(rows[-1].id)

    _copy(portal, f"moves:{entity_type_id}", listed, keep, report)


def _copy_tasks(portal: Portal, report: Report) -> None:
    """Of all tasks those that are bound to records of the CRM."""

    def listed(after_id: int) -> Iterator[list[Task]]:
        return list_tasks(
            portal.client,
            after_id=after_id,
            expected=FULL_LISTING,
            overlap=SIDE_BY_SIDE,
            priority=Priority.BACKFILL,
        )

    def keep(conn: Connection, tasks: list[Task], now: datetime) -> int:
        crm_tasks.take_over(conn, portal, tasks, now)
        return tasks[-1].id

    _copy(portal, crm_tasks.KIND, listed, keep, report)


def _copy(
    portal: Portal,
    name: str,
    listed: Callable[[int], Iterator[list[T]]],
    keep: Callable[[Connection, list[T], datetime], int],
    report: Report,
) -> None:
    """Copy one kind from where an earlier run stopped to its end; `keep` returns the last id of what it kept.

    A list that is cut off because the run time of its method is used up is waited for and gone on with.
    """
    with portal.database.read() as conn:
        after_id, is_done = _place(conn, portal, name)
    records = rests = 0
    while not is_done:
        try:
            for bundle in bundles(listed(after_id)):
                now = portal.clock.now()
                with portal.database.write() as conn:
                    after_id = keep(conn, bundle, now)
                    _set_place(conn, portal, name, after_id, False, now)
                records, rests = records + len(bundle), 0
                report(Progress(name, records, after_id))
            _finish(portal, name)
            is_done = True
        except CutOffError as cut:
            rests += 1
            if not cut.is_out_of_run_time or rests > MOST_RESTS:
                raise
            _rest(portal, cut.retry_after or REST_SLICE_SECONDS, Progress(name, records, after_id), report)


def _rest(portal: Portal, seconds: float, progress: Progress, report: Report) -> None:
    """Wait, in slices: whoever is told may want to stop."""
    log.note(logger, "backfill", "rests", kind=progress.kind, seconds=round(seconds))
    end = portal.clock.monotonic() + seconds
    while (left := end - portal.clock.monotonic()) > 0:
        report(replace(progress, rests_seconds=left))
        portal.clock.sleep(min(left, REST_SLICE_SECONDS))


def bundles(pages: Iterator[list[T]]) -> Iterator[list[T]]:
    """Pages put together to what one commit takes; also what was read before a list was cut off."""
    bundle: list[T] = []
    try:
        for page in pages:
            bundle += page
            if len(bundle) >= COMMIT:
                yield bundle
                bundle = []
    except CutOffError:
        if bundle:
            yield bundle
        raise
    if bundle:
        yield bundle


def _place(conn: Connection, portal: Portal, name: str) -> tuple[int, bool]:
    value = watermarks.get(conn, portal.name, f"backfill:{name}") or {}
    return int(value.get("after_id", 0)), bool(value.get("is_done", False))


def _set_place(
    conn: Connection, portal: Portal, name: str, after_id: int, is_done: bool, now: datetime
) -> None:
    watermarks.put(conn, portal.name, f"backfill:{name}", {"after_id": after_id, "is_done": is_done}, now)


def _finish(portal: Portal, name: str) -> None:
    now = portal.clock.now()
    with portal.database.write() as conn:
        after_id, _ = _place(conn, portal, name)
        _set_place(conn, portal, name, after_id, True, now)
