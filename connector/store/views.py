"""Questions of people and schedulers: how much waits, since when, what is stuck and why. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, literal_column, select

from connector.records import ItemRef
from connector.store.commands import State
from connector.store.dialect import chunks
from connector.store.inbox import ANY
from connector.store.schema import inbox, outbox, process, signal, timer

Step = Literal["refresh", "advance", "dispatch", "remind"]


@dataclass(frozen=True, slots=True)
class Backlog:
    """One queue: rows by state, and since when the oldest that the program has yet to do waits."""

    by_state: dict[str, int]
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class HintTotals:
    """The hints that are kept, by what became of the record they named: new (waits), done, dead."""

    hints: dict[str, int]
    records: dict[str, int]

    @property
    def coalesced(self) -> int:
        """Hints of a record that another hint was waiting for already."""
        return sum(self.hints.values()) - sum(self.records.values())


@dataclass(frozen=True, slots=True)
class Parked:
    """Something that waits for a person: a command, a signal, a process, or a hint that was given up."""

    what: Literal["command", "signal", "process", "hint"]
    key: str
    #: None for a hint of a task.
    ref: ItemRef | None
    pipeline: str | None
    kind: str
    reason: str
    since_at: datetime


@dataclass(frozen=True, slots=True)
class BoardCell:
    """How many processes stand in one stage of a pipeline."""

    pipeline: str
    stage: str | None
    status: str
    phase: str
    mode: str
    count: int


@dataclass(frozen=True, slots=True)
class RecentSignal:
    """A signal, handled or not."""

    seq: int
    ref: ItemRef
    key: str
    kind: str
    at: datetime
    handled_at: datetime | None
    payload: Any


def inbox_backlog(conn: Connection, portal: str) -> Backlog:
    """States: new, done, dead."""
    oldest = select(func.min(inbox.c.received_at)).where(inbox.c.portal == portal, inbox.c.done_at.is_(None))
    return Backlog(_by_state(conn, portal, inbox.c.state), conn.scalar(oldest))


def hint_totals(conn: Connection, portal: str) -> HintTotals:
    """Every hint that was accepted and is kept is in one of the three states."""
    records = {"new": 0, "done": 0, "dead": 0} | _by_state(conn, portal, inbox.c.state)
    # Most records have one hint. Those with more have an index: no row is read for its hits.
    rows = conn.execute(
        select(inbox.c.state, func.sum(inbox.c.hits - 1))
        .where(inbox.c.portal == portal, inbox.c.hits > literal_column("1"))
        .group_by(inbox.c.state)
    )
    further = {state: int(hits) for state, hits in rows}
    return HintTotals({state: number + further.get(state, 0) for state, number in records.items()}, records)


def signal_backlog(conn: Connection, portal: str) -> Backlog:
    """States: waiting, parked."""
    total, parked_, oldest_at = conn.execute(
        select(func.count(), func.count(signal.c.parked_at), func.min(signal.c.added_at)).where(
            signal.c.portal == portal, signal.c.handled_at.is_(None)
        )
    ).one()
    return Backlog({"waiting": total - parked_, "parked": parked_}, oldest_at)


def outbox_backlog(conn: Connection, portal: str) -> Backlog:
    """States of the outbox. The oldest is among pending, sending and unknown: parked ones wait for people."""
    oldest = select(func.min(outbox.c.created_at)).where(
        outbox.c.portal == portal, outbox.c.finished_at.is_(None), outbox.c.state != State.PARKED
    )
    return Backlog(_by_state(conn, portal, outbox.c.state), conn.scalar(oldest))


def _by_state(conn: Connection, portal: str, state: ColumnElement[str]) -> dict[str, int]:
    table = state.table
    rows = conn.execute(select(state, func.count()).where(table.c.portal == portal).group_by(state))
    return {name: count for name, count in rows}


def board(conn: Connection, portal: str) -> list[BoardCell]:
    """Processes by pipeline, stage, status, phase and mode."""
    columns = (process.c.pipeline, process.c.stage, process.c.status, process.c.phase, process.c.mode)
    rows = conn.execute(
        select(*columns, func.count()).where(process.c.portal == portal).group_by(*columns).order_by(*columns)
    )
    return [BoardCell(*row) for row in rows]


def parked(conn: Connection, portal: str, limit: int = 200) -> list[Parked]:
    """Everything that waits for a person, with its reason, oldest first."""
    found = [
        *_parked_commands(conn, portal, limit),
        *_parked_signals(conn, portal, limit),
        *_parked_processes(conn, portal, limit),
        *_dead_hints(conn, portal, limit),
    ]
    return sorted(found, key=lambda one: one.since_at)[:limit]


def parked_of(conn: Connection, portal: str, ref: ItemRef) -> list[Parked]:
    """What of one item waits for a person, oldest first."""
    found = [each(conn, portal, 200, ref) for each in (_parked_commands, _parked_signals, _parked_processes)]
    return sorted((one for some in found for one in some), key=lambda one: one.since_at)


def _of(table: Table, portal: str, ref: ItemRef | None) -> ColumnElement[bool]:
    of_portal = table.c.portal == portal
    if ref is None:
        return of_portal
    return and_(of_portal, table.c.entity_type_id == ref.entity_type_id, table.c.item_id == ref.id)


def _parked_commands(conn: Connection, portal: str, limit: int, ref: ItemRef | None = None) -> list[Parked]:
    c = outbox.c
    rows = conn.execute(
        select(c.key, c.entity_type_id, c.item_id, c.pipeline, c.kind, c.reason, c.due_at)
        .where(_of(outbox, portal, ref), c.finished_at.is_(None), c.state == State.PARKED)
        .order_by(c.due_at)
        .limit(limit)
    )
    return [
        Parked("command", key, ItemRef(type_id, item_id), pipeline, kind, reason or "", at)
        for key, type_id, item_id, pipeline, kind, reason, at in rows
    ]


def _parked_signals(conn: Connection, portal: str, limit: int, ref: ItemRef | None = None) -> list[Parked]:
    c = signal.c
    rows = conn.execute(
        select(c.key, c.entity_type_id, c.item_id, c.kind, c.parked_reason, c.parked_at)
        .where(_of(signal, portal, ref), c.handled_at.is_(None), c.parked_at.is_not(None))
        .order_by(c.parked_at)
        .limit(limit)
    )
    return [
        Parked("signal", key, ItemRef(type_id, item_id), None, kind, reason or "", at)
        for key, type_id, item_id, kind, reason, at in rows
    ]


def _parked_processes(conn: Connection, portal: str, limit: int, ref: ItemRef | None = None) -> list[Parked]:
    c = process.c
    rows = conn.execute(
        select(c.id, c.entity_type_id, c.item_id, c.pipeline, c.phase, c.parked_reason, c.updated_at)
        .where(_of(process, portal, ref), c.parked_reason.is_not(None))
        .order_by(c.updated_at)
        .limit(limit)
    )
    return [
        Parked("process", str(id_), ItemRef(type_id, item_id), pipeline, phase, reason, at)
        for id_, type_id, item_id, pipeline, phase, reason, at in rows
    ]


def _dead_hints(conn: Connection, portal: str, limit: int) -> list[Parked]:
    c = inbox.c
    rows = conn.execute(
        select(c.row_id, c.kind, c.entity_type_id, c.entity_id, c.event, c.reason, c.done_at)
        .where(c.portal == portal, c.state == "dead")
        .order_by(c.done_at)
        .limit(limit)
    )
    return [
        Parked(
            "hint",
            f"{kind}:{entity_id}" if kind == "task" else str(ItemRef(type_id, entity_id)),
            None if kind == "task" else ItemRef(type_id, entity_id),
            None,
            event,
            reason or "",
            at,
        )
        for _, kind, type_id, entity_id, event, reason, at in rows
    ]


def last_signals(conn: Connection, portal: str, limit: int = 20) -> list[RecentSignal]:
    """Newest first."""
    c = signal.c
    rows = conn.execute(
        select(c.seq, c.entity_type_id, c.item_id, c.key, c.kind, c.at, c.handled_at, c.payload)
        .where(c.portal == portal)
        .order_by(c.seq.desc())
        .limit(limit)
    )
    return [RecentSignal(seq, ItemRef(type_id, item_id), *rest) for seq, type_id, item_id, *rest in rows]


def signals_of(conn: Connection, portal: str, ref: ItemRef) -> list[RecentSignal]:
    """All signals of one item that are kept, oldest first."""
    c = signal.c
    rows = conn.execute(
        select(c.seq, c.key, c.kind, c.at, c.handled_at, c.payload)
        .where(c.portal == portal, c.entity_type_id == ref.entity_type_id, c.item_id == ref.id)
        .order_by(c.seq)
    )
    return [RecentSignal(seq, ref, *rest) for seq, *rest in rows]


def signals_of_items(
    conn: Connection, portal: str, entity_type_id: int, item_ids: Iterable[int]
) -> dict[int, list[RecentSignal]]:
    """`signals_of` for many items of one type at once, by id; items without a signal are left out."""
    c = signal.c
    found: dict[int, list[RecentSignal]] = {}
    for some in chunks(item_ids):
        query = select(c.item_id, c.seq, c.key, c.kind, c.at, c.handled_at, c.payload).where(
            c.portal == portal, c.entity_type_id == entity_type_id, c.item_id.in_(some)
        )
        for item_id, seq, *rest in conn.execute(query.order_by(c.seq)):
            one = RecentSignal(seq, ItemRef(entity_type_id, item_id), *rest)
            found.setdefault(item_id, []).append(one)
    return found


def last_hint_at(conn: Connection, portal: str) -> datetime | None:
    """When the portal last told of a change, as far back as hints are kept."""
    at: datetime | None = conn.scalar(
        select(func.max(inbox.c.last_received_at)).where(inbox.c.portal == portal)
    )
    return at


def work(conn: Connection, now: datetime) -> dict[str, frozenset[Step]]:
    """Which steps may have something to do now, by portal (held or paused rows count too)."""
    questions: dict[Step, Select[Any]] = {
        "refresh": select(inbox.c.portal).where(
            inbox.c.done_at.is_(None), inbox.c.due_at <= now, inbox.c.entity_id != ANY
        ),
        "advance": select(signal.c.portal).where(signal.c.handled_at.is_(None), signal.c.parked_at.is_(None)),
        "dispatch": select(outbox.c.portal).where(
            outbox.c.finished_at.is_(None), outbox.c.state != State.PARKED, outbox.c.due_at <= now
        ),
        "remind": select(timer.c.portal).where(timer.c.fired_at.is_(None), timer.c.due_at <= now),
    }
    found: dict[str, set[Step]] = {}
    for step, question in questions.items():
        for portal in conn.scalars(question.distinct()):
            found.setdefault(portal, set()).add(step)
    return {portal: frozenset(steps) for portal, steps in found.items()}
