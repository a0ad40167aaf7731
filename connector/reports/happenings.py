"""Happenings: what really befell the items of a pipeline, read from the store in the words of the engine.

Moves come from the stage history, the rest from the signals that are kept; where a task's signal is not kept
any more, the task itself says how it ended. Clocks are not told: a definition has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.flow.bindings import Binding
from connector.flow.facts import Nearby, Surroundings, absent_on, facts_of
from connector.flow.observe import ticked_outcomes
from connector.flow.portal import Portal
from connector.flow.signals import CHANGED, START, TASK_COMPLETED, TIMER, VISIT, Hearing, to_engine
from connector.records import Item, ItemRef, StageMove
from connector.reports.past import Past, past_of
from connector.store import Connection, mirror, processes, tasks, views, visits
from connector.store.processes import StoredProcess
from connector.store.signals import WaitingSignal
from connector.store.tasks import MadeTask
from connector.store.views import RecentSignal
from pipelines.engine.model import Facts, How, Moved, Signal, Started, TaskCompleted
from pipelines.replay import Happening

#: TYPE_ID of rows by which an item comes into a category: api-reference/crm/crm-stage-history-list.md.
_ARRIVALS = (1, 5)
_UNTOLD = frozenset({VISIT, START, TIMER})
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Known:
    """What the store has of one item."""

    past: Past
    #: Those that were decided on.
    signals: Sequence[RecentSignal]
    #: The tasks of its process in this pipeline.
    made: Sequence[MadeTask]
    process: StoredProcess | None
    #: Facts that were put together before, by what the item was like and whether a customer's past counts.
    facts: dict[tuple[str, bool], Facts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """A signal of the past; `order` tells apart what was decided on in one commit."""

    at: datetime
    order: int
    signal: Signal
    is_own: bool = False


def refs_since(conn: Connection, portal: Portal, binding: Binding, since: datetime) -> list[ItemRef]:
    """The items that moved since then, or whose process in the pipeline heard of something."""
    refs = visits.moved_since(conn, portal.name, binding.entity_type_id, since)
    after_id = 0
    while page := processes.in_pipeline(conn, portal.name, binding.pipeline, after_id=after_id, limit=_PAGE):
        after_id = page[-1].id
        refs |= {each.ref for each in page if each.updated_at >= since}
    return sorted(refs)


def read_known(
    conn: Connection, portal: Portal, binding: Binding, refs: Sequence[ItemRef]
) -> dict[ItemRef, Known]:
    """What the store has of these items, but for those neither in the pipeline nor in a process of it."""
    name, type_id, ids = portal.name, binding.entity_type_id, [ref.id for ref in refs]
    items = mirror.get_items(conn, name, refs, with_gone=True)
    stored = processes.of_items(conn, name, type_id, ids)
    heard = views.signals_of_items(conn, name, type_id, ids)
    moves = visits.of_items(conn, name, type_id, ids)
    made = tasks.of_items(conn, name, type_id, ids)
    found = {}
    for ref, item in sorted(items.items()):
        of_item = stored.get(ref.id, [])
        own = next((each for each in of_item if each.pipeline == binding.pipeline), None)
        if own is None and not binding.covers(item.category_id):
            continue
        signals = [each for each in heard.get(ref.id, []) if each.handled_at is not None]
        own_tasks = [each for each in made.get(ref.id, []) if own and each.process_id == own.id]
        past = past_of(item, moves.get(ref.id, []), signals, of_item)
        found[ref] = Known(past, signals, own_tasks, own)
    return found


def absent_at(portal: Portal) -> Callable[[datetime], frozenset[int]]:
    """Who was away at an instant, by the absences of the configuration."""
    return lambda at: absent_on(portal.config, at.astimezone(portal.calendar.zone))


def happenings_of(
    conn: Connection, around: Surroundings, nearby: Nearby, binding: Binding, known: Known, since: datetime
) -> list[Happening]:
    """What befell one item from the visit that it was on at the beginning, with the facts of each time."""
    told = sorted(_told(around.portal, binding, known, since), key=lambda each: (each.at, each.order))
    found = []
    for each in told:
        item = known.past.at(each.at)
        facts = _facts(conn, around, nearby, binding, item, known)
        is_assumed = not known.past.is_known_at(each.at)
        found.append(Happening(str(item.ref), each.at, each.signal, facts, is_assumed, each.is_own))
    return found


def _facts(
    conn: Connection, around: Surroundings, nearby: Nearby, binding: Binding, item: Item, known: Known
) -> Facts:
    """Facts of an item as it was; two definitions of one pipeline share what they do not name themselves."""
    key = (repr(item), "last_won_at" in binding.definition.text)
    if key not in known.facts:
        known.facts[key] = facts_of(conn, around, binding, item, nearby)
    return replace(known.facts[key], fields=binding.read_fields(item))


def _told(portal: Portal, binding: Binding, known: Known, since: datetime) -> Iterator[Told]:
    first = _first(binding, known, since)
    if first is None:
        return
    moves = known.past.moves[first:]
    news = {each.payload["visit"]: each for each in known.signals if each.kind == VISIT}
    yield _join(binding, moves[0], news.get(moves[0].id), is_new=moves[0].at >= since)
    yield from (_move(binding, move, news.get(move.id)) for move in moves[1:])
    yield from _heard(portal, binding, known, moves[0].at)
    yield from _completed(portal, known, moves[0].at)


def _first(binding: Binding, known: Known, since: datetime) -> int | None:
    """The visit that the item was on when the time began, else its first; one in a stage of the pipeline."""
    moves = known.past.moves
    inside = [n for n, move in enumerate(moves) if binding.stage_of(move.category_id, move.stage_id)]
    before = [n for n in inside if moves[n].at < since]
    return before[-1] if before else next(iter(inside), None)


def _join(binding: Binding, move: StageMove, news: RecentSignal | None, *, is_new: bool) -> Told:
    """A new item is told as one, and the entries say where it begins; another joins where it stood."""
    is_new = is_new and move.type_id in _ARRIVALS
    at, by = _decided(move, news)
    stage = None if is_new else binding.stage_of(move.category_id, move.stage_id)
    how: How = "create" if is_new else "adopt"
    signal = Started(key=f"start:{move.id}", at=at, by=by, visit=move.id, stage=stage, how=how)
    return Told(at, news.seq if news else 0, signal)


def _move(binding: Binding, move: StageMove, news: RecentSignal | None) -> Told:
    at, by = _decided(move, news)
    stage = binding.stage_of(move.category_id, move.stage_id)
    signal = Moved(key=f"visit:{move.id}", at=at, by=by, visit=move.id, stage=stage)
    is_own = bool(news and news.payload.get("command"))
    return Told(at, news.seq if news else 0, signal, is_own)


def _decided(move: StageMove, news: RecentSignal | None) -> tuple[datetime, int | None]:
    """When a move was decided on, if it was, and who had made it."""
    if news is None:
        return move.at, None
    return news.handled_at or move.at, news.payload.get("by")


def _heard(portal: Portal, binding: Binding, known: Known, began_at: datetime) -> Iterator[Told]:
    """The signals that are kept, as the pipeline hears them."""
    for each in known.signals:
        if each.kind in _UNTOLD or each.handled_at is None or each.at < began_at:
            continue
        if not _is_ours(binding, known, each) or _is_echo(portal, each):
            continue
        stored = WaitingSignal(each.seq, portal.name, each.ref, each.key, each.kind, each.at, each.payload)
        yield Told(each.handled_at, each.seq, to_engine(Hearing(stored, binding)))


def _is_ours(binding: Binding, known: Known, signal: RecentSignal) -> bool:
    """Signals that name a pipeline, or the process that made a task, are for that one alone."""
    process = signal.payload.get("process_id")
    is_own = process is None or (known.process is not None and process == known.process.id)
    return is_own and signal.payload.get("pipeline") in (None, binding.pipeline)


def _is_echo(portal: Portal, signal: RecentSignal) -> bool:
    """A task that we closed ourselves; a change of the record is news whoever made it."""
    return signal.kind != CHANGED and signal.payload.get("by") == portal.config.technical_user


def _completed(portal: Portal, known: Known, began_at: datetime) -> Iterator[Told]:
    heard = {each.payload["task_id"] for each in known.signals if each.kind == TASK_COMPLETED}
    for made in known.made:
        task, at = made.task, made.task.closed_at
        if made.is_gone or task.status != "completed" or task.id in heard or at is None or at < began_at:
            continue
        if task.status_changed_by != portal.config.technical_user:
            outcome = next(iter(ticked_outcomes(made)), None)
            key, by = f"task:{task.id}", task.status_changed_by
            yield Told(at, 0, TaskCompleted(key=key, at=at, by=by, run=made.run, outcome=outcome))
