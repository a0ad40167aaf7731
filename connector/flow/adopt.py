"""Adopt: items that were there before a pipeline was bound join it, at their present stage, when told to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.flow.bindings import Binding
from connector.flow.facts import facts_of, read_surroundings
from connector.flow.item_values import item_values
from connector.flow.keeping import describe
from connector.flow.made_up import made_up_visit
from connector.flow.portal import Portal
from connector.flow.signals import Hearing, start_signal, started
from connector.records import Item
from connector.store import Connection, mirror, processes, signals, visits
from connector.store.signals import NewSignal, WaitingSignal
from pipelines.engine import decide
from pipelines.expressions import Expression


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that would join, the visit that it would join on, and what the pipeline would do at once."""

    item: Item
    stage: str
    visit: str
    commands: tuple[str, ...]


def candidates(
    conn: Connection,
    portal: Portal,
    binding: Binding,
    *,
    where: Expression | None = None,
    limit: int | None = None,
) -> Iterator[Candidate]:
    """Items in an open stage that have no process in the pipeline, and what adopting each would do."""
    now = portal.clock.now()
    around = read_surroundings(conn, portal, now)
    found = 0
    for item in _open_items(conn, portal, binding):
        if limit is not None and found >= limit:
            return
        if not _is_wanted(conn, portal, binding, item, where, now):
            continue
        stage = binding.stage_of(item.category_id, item.stage_id)
        if stage is None or _has_joined(conn, portal, binding, item):
            continue
        found += 1
        news = _start_of(conn, portal, binding, item, "adopt", now)
        told = WaitingSignal(0, portal.name, item.ref, news.key, news.kind, news.at, news.payload)
        signal = started(Hearing(told, binding), stage, "adopt")
        decision = decide(
            binding.definition, None, signal, facts_of(conn, around, binding, item), now, item=str(item.ref)
        )
        yield Candidate(
            item, stage, news.payload["visit"], tuple(describe(each) for each in decision.commands)
        )


def adopt(conn: Connection, portal: Portal, binding: Binding, items: Iterable[Item], now: datetime) -> int:
    """Let these items join; returns how many were not on their way already."""
    return sum(join(conn, portal, binding, item, "adopt", now) for item in items)


def join(conn: Connection, portal: Portal, binding: Binding, item: Item, how: str, now: datetime) -> int:
    """One item joins the pipeline at its present stage; 0 if it was told to before on the same visit."""
    news = _start_of(conn, portal, binding, item, how, now)
    return signals.add_many(conn, portal.name, item.ref, [news], now)


def _start_of(
    conn: Connection, portal: Portal, binding: Binding, item: Item, how: str, now: datetime
) -> NewSignal:
    # An item whose history is not known joins on a visit that is made up from what the item itself says.
    visit_id = (visits.latest(conn, portal.name, item.ref) or made_up_visit(item)).id
    return start_signal(binding.pipeline, how, visit_id, now, mode=binding.mode)


def _has_joined(conn: Connection, portal: Portal, binding: Binding, item: Item) -> bool:
    """A process of the pipeline's shadow days has no tasks: when the pipeline is live, it may begin anew."""
    joined = [p for p in processes.of_item(conn, portal.name, item.ref) if p.pipeline == binding.pipeline]
    return any(process.mode == "live" or binding.mode != "live" for process in joined)


def _open_items(conn: Connection, portal: Portal, binding: Binding) -> Sequence[Item]:
    stage_ids = [
        stage_id
        for name, stage_id in binding.config.stages.items()
        if (stage := binding.definition.stage(name)) is not None and not stage.is_final
    ]
    return mirror.items(
        conn, portal.name, binding.entity_type_id, category_id=binding.category_id, stage_ids=stage_ids
    )


def _is_wanted(
    conn: Connection, portal: Portal, binding: Binding, item: Item, where: Expression | None, now: datetime
) -> bool:
    if where is None:
        return True
    scope = {
        "item": item_values(conn, portal.name, binding, item),
        "fields": binding.read_fields(item),
        "owner": {"id": item.owner_id},
        "now": now,
    }
    return where.holds(scope, ZoneInfo(portal.config.time_zone)).holds
