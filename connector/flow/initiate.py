"""Initiate: items that a pipeline makes by itself, at its own rhythm, for customers of whom something holds.

One open item for each customer: who has one in the pipeline, or one on its way, gets none. A round is named
by the one before it, so that a round that was cut off in the middle asks for the same items, and no others.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connector import log
from connector.flow.backfill import is_complete
from connector.flow.bindings import Binding
from connector.flow.commands import marker
from connector.flow.item_values import item_values, reached
from connector.flow.new_records import CREATE_ITEM, Target, Wish, customer_of, payload_of
from connector.flow.portal import Portal
from connector.flow.starts import queue_start
from connector.records import COMPANY, CONTACT, Item, ItemRef
from connector.store import Connection, mirror, outbox, watermarks
from connector.store.outbox import NewCommand
from pipelines.definition import Schedule

logger = logging.getLogger(__name__)

#: Customers that are looked at in one commit.
PAGE = 500


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of a schedule."""

    binding: Binding
    schedule: Schedule
    #: The instant of the round before, as kept; "first" for none.
    after: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of customers: when each last had a deal won, and last had an item of the pipeline."""

    won: Mapping[ItemRef, datetime]
    asked: Mapping[ItemRef, datetime]


def initiate(portal: Portal) -> int:
    """Look for customers whose turn it is, where a schedule is due; returns how many items were asked for."""
    now = portal.clock.now()
    return sum(_run(portal, each) for each in _due(portal, now))


def _due(portal: Portal, now: datetime) -> list[Round]:
    scheduled = [
        (binding, schedule)
        for binding in portal.bindings.values()
        if (schedule := binding.definition.start.schedule) is not None
    ]
    if not scheduled:
        return []
    found = []
    with portal.database.read() as conn:
        for binding, schedule in scheduled:
            last = watermarks.get(conn, portal.name, _name(binding))
            is_due = last is None or portal.calendar.add(datetime.fromisoformat(last), schedule.every) <= now
            if is_due and binding.mode != "paused":
                found.append(Round(binding, schedule, last or "first", now))
        # Half a copy does not know who bought when, nor who has an open item.
        return found if found and is_complete(conn, portal) else []


def _run(portal: Portal, turn: Round) -> int:
    source = COMPANY if turn.schedule.source == "company" else CONTACT
    with portal.database.read() as conn:
        won = mirror.last_won(conn, portal.name)
        busy = _busy(conn, portal, turn.binding)
        asked_at = _last_items(conn, portal, turn.binding)
    asked, after_id = 0, 0
    while True:
        with portal.database.write() as conn:
            page = mirror.items(conn, portal.name, source, after_id=after_id, limit=PAGE)
            for new, text in _wanted(conn, portal, turn, page, Past(won, asked_at), busy):
                queue_start(conn, portal, turn.binding, new, text, turn.now)
                asked += 1
            if len(page) < PAGE:
                watermarks.put(conn, portal.name, _name(turn.binding), turn.now.isoformat(), turn.now)
                break
        after_id = page[-1].ref.id
    facts: dict[str, Any] = {"portal": portal.name, "pipeline": turn.binding.pipeline, "items": asked}
    log.note(logger, "initiate", "done", **facts)
    return asked


def _busy(conn: Connection, portal: Portal, binding: Binding) -> set[ItemRef]:
    """Customers who have an open item in the pipeline."""
    stage_ids = [
        stage_id
        for name, stage_id in binding.config.stages.items()
        if (stage := binding.definition.stage(name)) is not None and not stage.is_final
    ]
    there = mirror.items(
        conn, portal.name, binding.entity_type_id, category_id=binding.category_id, stage_ids=stage_ids
    )
    return {customer for item in there for customer in _customers(item)}


def _last_items(conn: Connection, portal: Portal, binding: Binding) -> dict[ItemRef, datetime]:
    """When the pipeline last began an item for each customer, however it ended."""
    if "last_item_at" not in binding.definition.text:
        return {}
    there = mirror.items(conn, portal.name, binding.entity_type_id, category_id=binding.category_id)
    begun = [(item.created_at, customer) for item in there for customer in _customers(item)]
    known = [(at, customer) for at, customer in begun if at is not None]
    return {customer: at for at, customer in sorted(known, key=lambda each: each[0])}


def _customers(item: Item) -> set[ItemRef]:
    companies = set() if item.company_id is None else {ItemRef(COMPANY, item.company_id)}
    return companies | {ItemRef(CONTACT, each) for each in item.contact_ids}


def _wanted(
    conn: Connection,
    portal: Portal,
    turn: Round,
    page: list[Item],
    past: Past,
    busy: set[ItemRef],
) -> Iterator[tuple[NewCommand, str]]:
    binding, condition = turn.binding, turn.schedule.when
    zone = ZoneInfo(portal.config.time_zone)
    for customer in page:
        if customer.ref in busy:
            continue
        scope = {"item": _values(conn, portal, customer, past), "now": turn.now}
        if condition is not None and not condition.holds(scope, zone).holds:
            continue
        if _is_on_its_way(conn, portal, binding, customer.ref):
            continue
        text = f'it is the turn of {customer.ref} "{customer.title}": {binding.pipeline} begins'
        yield _command(portal, turn, customer), text


def _values(conn: Connection, portal: Portal, customer: Item, past: Past) -> dict[str, Any]:
    values = item_values(conn, portal.name, None, customer, last_won_at=past.won.get(customer.ref))
    last_item_at = past.asked.get(customer.ref)
    return values | {"name": customer.title, **reached(customer), "last_item_at": last_item_at}


def _is_on_its_way(conn: Connection, portal: Portal, binding: Binding, customer: ItemRef) -> bool:
    return any(
        row.kind == CREATE_ITEM and row.pipeline == binding.pipeline and row.finished_at is None
        for row in outbox.of_item(conn, portal.name, customer)
    )


def _command(portal: Portal, turn: Round, customer: Item) -> NewCommand:
    binding = turn.binding
    wish = Wish(
        parent=customer.ref,
        parent_pipeline="",
        name="",
        how="create",
        values={},
        inherited=customer_of(customer.ref, customer.title, customer.owner_id),
        is_shown=False,
    )
    return NewCommand(
        key=marker(portal, binding.pipeline, f"{customer.ref}:schedule:{turn.after}"),
        kind=CREATE_ITEM,
        ref=customer.ref,
        pipeline=binding.pipeline,
        visit="",
        payload=payload_of(Target(binding.entity_type_id, binding.category_id, binding), wish),
        priority=5,
        cause=f"schedule:{turn.now.isoformat()}",
    )


def _name(binding: Binding) -> str:
    return f"schedule:{binding.pipeline}"
