"""What the checker reads: what happened in the portal, what went over the wire, what the store says of it.

Written down while it happens or read at the end, by ways that are not the product's own.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

Ref = tuple[int, int]
#: A rule is named with the file that it stands in, and that lies in a new folder every time.
_OF_THIS_RUN = frozenset({"rule", "prev_sha256", "sha256"})


@dataclass(frozen=True, slots=True)
class Stay:
    """A row of the portal's stage history, with what the portal does not tell: who wrote it."""

    id: int
    ref: Ref
    type_id: int
    category_id: int
    stage_id: str
    seconds: float
    author: str
    #: The row of this item that was the last one before; None for its first.
    after: int | None


@dataclass(frozen=True, slots=True)
class TaskMade:
    """A task as it was when it was made."""

    id: int
    title: str
    marker: str
    codes: tuple[str, ...]
    author: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RecordMade:
    """A card that the connector made."""

    ref: Ref
    marker: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Act:
    """What a person or a robot did in the portal."""

    seconds: float
    who: str
    what: str
    ref: Ref | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request of an engine, and what became of it."""

    seconds: float
    started_at: str
    engine: str
    methods: tuple[str, ...]
    #: Moves that it asks for: type, id, stage.
    pushes: tuple[tuple[int, int, str], ...]
    ended: str


@dataclass(slots=True)
class PortalLog:
    """What happened in the portal, in order."""

    stays: list[Stay] = field(default_factory=list)
    tasks: list[TaskMade] = field(default_factory=list)
    records: list[RecordMade] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    comments: list[tuple[float, str]] = field(default_factory=list)
    deleted: set[Ref] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Card:
    """A card, in the portal or in the mirror."""

    title: str
    category_id: int | None
    stage_id: str | None
    owner_id: int | None


@dataclass(slots=True)
class Store:
    """The tables of the product at the end, as plain rows."""

    outbox: list[dict[str, Any]]
    journal: list[dict[str, Any]]
    signals: list[dict[str, Any]]
    inbox: list[dict[str, Any]]
    visits: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    processes: list[dict[str, Any]]
    timers: list[dict[str, Any]]
    cards: Mapping[Ref, Card]

    @property
    def by_key(self) -> dict[str, dict[str, Any]]:
        return {row["key"]: row for row in self.outbox}


@dataclass(slots=True)
class Histories:
    """Everything that a verdict rests on."""

    seed: int
    profile: str
    domain: str
    log: PortalLog
    requests: list[Request]
    store: Store
    #: Hints that were answered with 200: the instant, the kind, the type, the id.
    acknowledged: list[tuple[str, str, int, int]]
    history_lag: float
    has_clock_jump: bool
    #: What fell due by then must have been done.
    due_until: str
    #: The cards of the boards that pipelines are bound to, as the portal has them at the end.
    cards: Mapping[Ref, Card]
    #: Status of each living task of ours in the portal, by id.
    task_states: Mapping[int, int]
    counts: Counter[str]
    #: Texts of the program in which a credential stood.
    leaks: Sequence[str]
    #: When the faults ended, and when everything had drained; None: it had not.
    calm_at: float
    drained_at: float | None
    #: When everything was compared for the first time: what is found then was missed by the polls.
    swept_at: float
    start: datetime
    #: Mistakes that the harness saw while it ran.
    noticed: Sequence[str]

    def instant(self, seconds: float) -> str:
        """An instant of this world as the store writes it."""
        return instant_text(self.start + timedelta(seconds=seconds))

    def hash(self) -> str:
        """The same for the same history."""
        seen = hashlib.sha256()
        for part in (self.log.stays, self.log.tasks, self.log.records, self.log.acts, self.log.comments):
            seen.update(repr(part).encode())
        seen.update(repr(self.requests).encode())
        for rows in (self.store.outbox, self.store.journal, self.store.signals, self.store.visits):
            told = [{name: row[name] for name in row if name not in _OF_THIS_RUN} for row in rows]
            seen.update(json.dumps(told, sort_keys=True).encode())
        return seen.hexdigest()


def instant_text(at: datetime) -> str:
    """An instant as the store writes it."""
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def read_store(path: Path) -> Store:
    """The tables, read without the product."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as conn:
        conn.row_factory = sqlite3.Row

        def rows(table: str, order: str) -> list[dict[str, Any]]:
            return [dict(row) for row in conn.execute(f"SELECT * FROM {table} ORDER BY {order}")]

        cards = {
            (row["entity_type_id"], row["id"]): Card(
                row["title"], row["category_id"], row["stage_id"], row["owner_id"]
            )
            for row in rows("item", "row_id")
            if row["gone_at"] is None
        }
        store = Store(
            outbox=rows("outbox", "seq"),
            journal=rows("journal", "seq"),
            signals=rows("signal", "seq"),
            inbox=rows("inbox", "row_id"),
            visits=rows("visit", "history_number"),
            tasks=rows("task", "row_id"),
            processes=rows("process", "id"),
            timers=rows("timer", "due_at, process_id, name"),
            cards=cards,
        )
    conn.close()
    return store
