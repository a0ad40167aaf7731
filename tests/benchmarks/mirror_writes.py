"""Deals written into the mirror, beside the driver alone.

`raw` is what one writes who needs nothing but rows in a table: the same items made into tuples, one
`executemany` into the same table with the same indexes, in transactions of the same size. It does not look
what was there, cannot say what has changed, and keeps what a database refuses. Both go to SQLite files of
their own, in turns; inserts, changes of every row, and rows that are as they were.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import truediv
from pathlib import Path

import orjson

from connector.records import DEAL, Item, ItemRef
from connector.store import Database, mirror

ITEMS = 20_000
COMMIT = 2_500
ROUNDS = 5
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

Write = Callable[[Sequence[Item]], None]


def deals() -> list[Item]:
    """Deals with twenty bound fields each, about 1.3 kB of them, as in the measurements of the design."""
    return [
        Item(
            ref=ItemRef(DEAL, number),
            title=f"Deal {number}: spare parts and service",
            category_id=number % 3,
            stage_id=f"C{number % 3}:NEW",
            semantics="P",
            owner_id=number % 40,
            amount=Decimal(1_000 + number % 977),
            currency="EUR",
            company_id=number % 500,
            contact_ids=(number % 700, number % 701),
            source_id="CALL",
            created_at=NOW - timedelta(minutes=number),
            updated_at=NOW - timedelta(seconds=number),
            moved_at=NOW - timedelta(seconds=2 * number),
            created_by=1,
            updated_by=number % 40,
            moved_by=number % 40,
            fields={
                f"ufCrm_{place}": f"what somebody wrote, {number + place}, and more" for place in range(20)
            },
        )
        for number in range(1, ITEMS + 1)
    ]


_NAMES = [
    *(
        "portal",
        "entity_type_id",
        "id",
        "title",
        "category_id",
        "stage_id",
        "semantics",
        "owner_id",
        "amount",
    ),
    *("currency", "company_id", "contact_ids", "source_id", "created_at", "updated_at", "moved_at"),
    *("created_by", "updated_by", "moved_by", "fields", "content_hash", "seen_at"),
]
_RAW = (
    f"INSERT INTO item ({', '.join(_NAMES)}) VALUES ({', '.join('?' * len(_NAMES))}) "
    "ON CONFLICT (portal, entity_type_id, id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _NAMES[3:])
)


def _row(item: Item) -> tuple[object, ...]:
    return (
        "main",
        item.ref.entity_type_id,
        item.ref.id,
        item.title,
        item.category_id,
        item.stage_id,
        item.semantics,
        item.owner_id,
        str(item.amount),
        item.currency,
        item.company_id,
        orjson.dumps(item.contact_ids).decode(),
        item.source_id,
        *(at.isoformat() if at else None for at in (item.created_at, item.updated_at, item.moved_at)),
        item.created_by,
        item.updated_by,
        item.moved_by,
        orjson.dumps(item.fields).decode(),
        "",
        NOW.isoformat(),
    )


def raw(path: Path) -> Write:
    Database(f"sqlite:///{path}").upgrade()
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA synchronous = FULL")

    def write(items: Sequence[Item]) -> None:
        conn.execute("BEGIN IMMEDIATE")
        conn.executemany(_RAW, map(_row, items))
        conn.execute("COMMIT")

    return write


def ours(path: Path) -> Write:
    database = Database(f"sqlite:///{path}")
    database.upgrade()

    def write(items: Sequence[Item]) -> None:
        with database.write() as conn:
            mirror.upsert_items(conn, "main", items, NOW)

    return write


def seconds(writers: Mapping[str, Write], items: Sequence[Item]) -> dict[str, float]:
    """CPU of this process: what a disk takes is alike for both. Commit by commit in turns, so that whatever
    else the machine does meets both."""
    taken = dict.fromkeys(writers, 0.0)
    for number, start in enumerate(range(0, len(items), COMMIT)):
        for name in sorted(writers, reverse=number % 2 == 1):
            started = time.process_time()
            writers[name](items[start : start + COMMIT])
            taken[name] += time.process_time() - started
    return taken


def measure(folder: Path, aim: float) -> Iterator[str]:
    """Print rows a second; what misses its aim comes out."""
    first = deals()
    changed = [replace(item, title=f"{item.title}, changed", amount=item.amount) for item in first]
    work = {"insert": first, "update": changed, "unchanged": changed}
    taken: dict[tuple[str, str], list[float]] = {}
    for number in range(ROUNDS):
        writers = {"raw": raw(folder / f"raw{number}.db"), "ours": ours(folder / f"ours{number}.db")}
        for what, items in work.items():
            for name, each in seconds(writers, items).items():
                taken.setdefault((what, name), []).append(each)
    print(f"\nmirror, {ITEMS:,} deals of 1.3 kB   raw rows/s   ours rows/s   ours of raw")
    for what in work:
        of_raw, of_ours = (statistics.median(taken[what, name]) for name in ("raw", "ours"))
        ratio = statistics.median(map(truediv, taken[what, "raw"], taken[what, "ours"]))
        print(f"{what:<32}{ITEMS / of_raw:>10,.0f}{ITEMS / of_ours:>14,.0f}{ratio:>14.2f}")
        if ratio < aim:
            yield f"mirror, {what}: {ratio:.2f} of raw executemany, not {aim}"
