"""Routing looked at: which route would take an item now, and who would have got the last ones.

Reads the mirror, the stage history and the kept signals; assigns nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.flow.bindings import Binding
from connector.flow.facts import Nearby, Surroundings, facts_of, read_nearby, read_surroundings
from connector.flow.portal import Portal
from connector.records import Item, StageMove
from connector.reports.happenings import absent_at
from connector.reports.past import past_of
from connector.store import Connection, mirror, processes, views, visits
from connector.store.dialect import chunks
from pipelines.backtest import Given, Newcomer, backtest
from pipelines.engine.preview import Routed, route_of

#: Items that are read together.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Backtest:
    """Who would have got the items that came since then."""

    since: datetime
    given: Sequence[Given]
    #: Names of people, by id.
    people: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Stay:
    """How long an item was in the pipeline."""

    item: Item
    came_at: datetime
    #: When it came into the final stage that it is in; None while it is in an open one.
    closed_at: datetime | None


def route_now(conn: Connection, portal: Portal, binding: Binding, item: Item) -> Routed:
    """Which route of the pipeline would take the item as it is now, and why."""
    now = portal.clock.now()
    around = read_surroundings(conn, portal, now)
    return route_of(binding.definition, facts_of(conn, around, binding, item), now, item=str(item.ref))


def backtest_routes(conn: Connection, portal: Portal, binding: Binding, since: datetime) -> Backtest:
    """Ask the routes again for every item that came into the category since then, in the order they came.

    What people had before that is what they have of those items now: whose they were then is not known.
    """
    around = read_surroundings(conn, portal, portal.clock.now())
    stays = list(_stays(conn, portal, binding, since))
    old = [each for each in stays if each.came_at < since and (not each.closed_at or each.closed_at > since)]
    new = sorted((each for each in stays if each.came_at >= since), key=lambda each: each.came_at)
    nearby = read_nearby(conn, portal, binding, (each.item for each in new))
    given = backtest(
        binding.definition,
        [
            newcomer
            for some in chunks(new, _BATCH)
            for newcomer in _newcomers(conn, around, nearby, binding, some)
        ],
        absent_at(portal),
        load=Counter(each.item.owner_id for each in old if each.item.owner_id is not None),
        closing=[
            (each.closed_at, each.item.owner_id) for each in old if each.closed_at and each.item.owner_id
        ],
    )
    return Backtest(since, given, {user: person.name for user, person in around.base.people.items()})


def _stays(conn: Connection, portal: Portal, binding: Binding, since: datetime) -> Iterator[_Stay]:
    items = mirror.items(conn, portal.name, binding.entity_type_id, category_id=binding.category_id)
    latest = visits.latest_of(conn, portal.name, [item.ref for item in items])
    moved = visits.moved_since(conn, portal.name, binding.entity_type_id, since)
    # Who came from another category came later than it was made; that shows only where something moved.
    moved_ids = [item.ref.id for item in items if item.ref in moved]
    moves_of = visits.of_items(conn, portal.name, binding.entity_type_id, moved_ids)
    for item in items:
        moves = moves_of.get(item.ref.id, [])
        came_at = next((each.at for each in moves if binding.covers(each.category_id)), item.created_at)
        if came_at is not None:
            yield _Stay(item, came_at, _closed_at(binding, item, latest.get(item.ref)))


def _closed_at(binding: Binding, item: Item, latest: StageMove | None) -> datetime | None:
    stage = binding.definition.stage(binding.stage_of(item.category_id, item.stage_id) or "")
    if stage is None or not stage.is_final:
        return None
    return latest.at if latest else item.moved_at or item.updated_at


def _newcomers(
    conn: Connection, around: Surroundings, nearby: Nearby, binding: Binding, stays: Sequence[_Stay]
) -> Iterator[Newcomer]:
    """Items with what was known of them when the routes were asked, or, if they were not, when they came."""
    portal, type_id, ids = around.portal.name, binding.entity_type_id, [stay.item.ref.id for stay in stays]
    heard = views.signals_of_items(conn, portal, type_id, ids)
    moves = visits.of_items(conn, portal, type_id, ids)
    heard_by = processes.of_items(conn, portal, type_id, ids)
    for stay in stays:
        item, number = stay.item, stay.item.ref.id
        signals = heard.get(number, [])
        past = past_of(item, moves.get(number, []), signals, heard_by.get(number, []))
        at = next((each.handled_at for each in signals if each.handled_at), stay.came_at)
        yield Newcomer(
            item=str(item.ref),
            title=item.title,
            created_at=stay.came_at,
            closed_at=stay.closed_at,
            facts=facts_of(conn, around, binding, past.at(at), nearby),
            is_assumed=not past.is_known_at(at),
            owner=item.owner_id,
        )
