"""Advance: waiting signals are told to the engine; what it decides is kept, many items in one commit.

An item whose decision fails is parked with the reason, inside its own savepoint; the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connector.flow.facts import Surroundings, facts_of, read_surroundings
from connector.flow.keeping import Keeper, known_values
from connector.flow.portal import Portal
from connector.flow.relatives import tell_of_process
from connector.flow.signals import GONE, START, VISIT, Hearing, again, started, to_engine, visit_key
from connector.flow.starting import bound_at
from connector.flow.starts import Arrival, begin_elsewhere, birth_of
from connector.records import Item, ItemRef
from connector.store import Connection, mirror, outbox, processes, signals, visits
from connector.store.processes import StoredProcess
from connector.store.signals import WaitingItem
from connector.store.visits import history_number
from pipelines.engine import decide
from pipelines.engine.model import Signal, Started
from pipelines.engine.process import Process

logger = logging.getLogger(__name__)

#: Items of one transaction: some share a commit, and the writer of hints never waits long for it.
BUNDLE = 10
#: TYPE_ID of rows by which an item comes into a category: api-reference/crm/crm-stage-history-list.md.
CREATED, CATEGORY_CHANGED = 1, 5


def advance(portal: Portal) -> int:
    """Decide on waiting signals; returns how many items were looked at (0: nothing waits)."""
    now = portal.clock.now()
    with portal.database.read() as conn:
        waiting = signals.waiting(conn, portal.name, BUNDLE)
    if not waiting:
        return 0
    with portal.database.write() as conn:
        around = read_surroundings(conn, portal, now)
        for item in waiting:
            _advance_item(conn, around, item, now)
    return len(waiting)


def _advance_item(conn: Connection, around: Surroundings, waiting: WaitingItem, now: datetime) -> None:
    told = waiting.signals[0]
    try:
        with conn.begin_nested():
            for told in waiting.signals:
                for binding in around.portal.bindings_of(waiting.ref.entity_type_id):
                    _tell(conn, around, Hearing(told, binding), now)
            signals.handled(conn, waiting.signals, now)
    except Exception as error:  # whatever it is, it concerns this item only; the reason is kept for a person
        signals.park(conn, told, f"{type(error).__name__}: {error}", now)
        logger.exception("action=advance status=parked portal=%s item=%s", around.portal.name, waiting.ref)


def _tell(conn: Connection, around: Surroundings, hearing: Hearing, now: datetime) -> None:
    """Tell one signal to one pipeline, if it concerns it, and keep what is decided."""
    portal, binding, ref = around.portal, hearing.binding, hearing.signal.ref
    if not _concerns(hearing):
        return
    stored = _process_of(conn, portal.name, ref, binding.pipeline)
    item = mirror.get_item(conn, portal.name, ref)
    is_joining = stored is None or _leaves_shadow(hearing, stored)
    process = Process.from_json(stored.state) if stored and not is_joining else None
    signal = _joining(conn, portal, hearing, item, now) if is_joining else _heard(hearing, stored, process)
    if signal is None:
        _pass_by(conn, around, hearing, stored, item, now)
        return
    if item is None:
        # The tombstone is set: what it looked like does not matter to what is to be wound up.
        item = _blank(ref)
    # A visit keeps the version it began with; only a new visit takes the newest.
    running = portal.versions.get(conn, process.version) if process else binding.definition
    facts = facts_of(conn, around, binding, item)
    decision = decide(running, process, signal, facts, now, item=str(ref), newest=binding.definition)
    if hearing.signal.kind == GONE and stored is not None:
        outbox.supersede(conn, portal.name, now, "the item was deleted in the CRM", process_id=stored.id)
    cause = hearing.signal.key
    keeper = Keeper(conn, around, binding, ref, cause, now, facts=facts, is_joining=is_joining)
    keeper.keep(stored, decision)
    if is_joining and hearing.signal.kind == VISIT:
        _tell_what_came_before(conn, portal, hearing, now)
    if decision.process is not None and _has_come(process, decision.process):
        values = known_values(facts, decision.process)
        _announce(conn, around, hearing, decision.process, values, now)


def _has_come(before: Process | None, after: Process) -> bool:
    """Whether a process came into a stage; one that is on its way to its first has not."""
    return after.stage != "" and (
        before is None or (before.visit, before.stage) != (after.visit, after.stage)
    )


def _announce(
    conn: Connection,
    around: Surroundings,
    hearing: Hearing,
    process: Process,
    values: Mapping[str, Any],
    now: datetime,
) -> None:
    """Those who wait for this stage are told: linked items, and pipelines that begin with it."""
    binding, ref = hearing.binding, hearing.signal.ref
    tell_of_process(conn, around.portal, binding, ref, process, now)
    # Who is put into a pipeline by a person was in its stage before.
    if hearing.signal.kind != START:
        arrival = Arrival(
            binding=binding,
            ref=ref,
            visit=process.visit,
            stage=process.stage,
            values=values,
            cause=hearing.signal.key,
        )
        begin_elsewhere(conn, around.portal, arrival, now)


def _pass_by(
    conn: Connection,
    around: Surroundings,
    hearing: Hearing,
    stored: StoredProcess | None,
    item: Item | None,
    now: datetime,
) -> None:
    """An item that has no process here comes to a stage all the same; other pipelines may begin with it."""
    if stored is None and item is not None and hearing.signal.kind == VISIT and hearing.stage is not None:
        arrival = Arrival(
            binding=hearing.binding,
            ref=hearing.signal.ref,
            visit=hearing.payload["visit"],
            stage=hearing.stage,
            values=known_values(facts_of(conn, around, hearing.binding, item), None),
            cause=hearing.signal.key,
        )
        begin_elsewhere(conn, around.portal, arrival, now)


def _concerns(hearing: Hearing) -> bool:
    """Signals that name a pipeline are for that one alone."""
    named = hearing.payload.get("pipeline")
    return named is None or named == hearing.binding.pipeline


def _process_of(conn: Connection, portal: str, ref: ItemRef, pipeline: str) -> StoredProcess | None:
    return next((each for each in processes.of_item(conn, portal, ref) if each.pipeline == pipeline), None)


def _leaves_shadow(hearing: Hearing, stored: StoredProcess) -> bool:
    """Adopted by a pipeline that has gone live, a process of its shadow days begins anew: it has no tasks."""
    is_start = hearing.signal.kind == START
    return is_start and stored.mode == "shadow" and hearing.binding.mode == "live"


def _heard(hearing: Hearing, stored: StoredProcess | None, process: Process | None) -> Signal | None:
    """What an item's process hears; a task speaks to the process that made it."""
    owner = hearing.payload.get("process_id")
    if stored is None or process is None or hearing.signal.kind == START:
        return None
    if (owner is not None and owner != stored.id) or _is_late(hearing, process):
        return None
    return to_engine(hearing)


def _is_late(hearing: Hearing, process: Process) -> bool:
    """Whether a row was listed after a newer one: the card has left that stage, as the process has heard."""
    if hearing.signal.kind != VISIT:
        return False
    return 0 < history_number(hearing.payload["visit"]) < history_number(process.last_visit)


def _tell_what_came_before(conn: Connection, portal: Portal, hearing: Hearing, now: datetime) -> None:
    """Rows that were listed before the one by which the item joined found no process: it hears them now."""
    ref, pipeline = hearing.signal.ref, hearing.binding.pipeline
    later = visits.after(conn, portal.name, ref, hearing.payload["visit"])
    over = signals.handled_of(conn, portal.name, ref, [visit_key(move) for move in later])
    news = [again(move, pipeline) for move in later if visit_key(move) in over]
    signals.add_many(conn, portal.name, ref, news, now)


def _joining(
    conn: Connection, portal: Portal, hearing: Hearing, item: Item | None, now: datetime
) -> Started | None:
    """The signal by which an item without a process joins the pipeline; None if this one does not do that."""
    binding = hearing.binding
    if item is None or not binding.covers(item.category_id):
        return None
    if hearing.signal.kind == START:
        stage = binding.stage_of(item.category_id, item.stage_id)
        return started(hearing, stage, hearing.payload["how"])
    if hearing.signal.kind == VISIT and (birth := birth_of(conn, portal, binding, item, now)) is not None:
        return started(hearing, birth.stage, birth.how)
    is_new = hearing.signal.kind == VISIT and hearing.payload["type_id"] in (CREATED, CATEGORY_CHANGED)
    if not is_new or hearing.signal.at < bound_at(conn, portal, binding):
        return None
    begun_in = binding.definition.stage(hearing.stage) if hearing.stage is not None else None
    # A card that is made won or lost, say by an import, has no way before it.
    if binding.definition.start.on_create and begun_in is not None and not begun_in.is_final:
        return started(hearing, None, "create")
    return None


def _blank(ref: ItemRef) -> Item:
    return Item(
        ref, "", None, None, None, None, None, None, None, (), None, None, None, None, None, None, None
    )
