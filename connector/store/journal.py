"""The journal: why things happened. Append-only; a chain of hashes shows a line that was changed or cut.

Each portal has its own chain, numbered 1, 2, 3 … Write it last in a commit: writers of one portal's journal
wait for each other there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, update
from sqlalchemy import insert as plain_insert

from connector.records import ItemRef
from connector.store.columns import clean, dump_json, instant_text
from connector.store.dialect import insert
from connector.store.schema import journal, journal_head

_FIRST = "0" * 64
#: What the hash covers besides the portal and the number.
_SEALED = (
    "at",
    "entity_type_id",
    "item_id",
    "pipeline",
    "version",
    "rule",
    "kind",
    "text",
    "actor",
    "signal_key",
    "command_key",
    "details",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """One thing that happened. `actor`: a person's id, "connector", "admin:…"; None where nobody is known."""

    kind: str
    text: str
    ref: ItemRef | None = None
    pipeline: str | None = None
    version: str | None = None
    rule: str | None = None
    actor: str | None = None
    signal_key: str | None = None
    command_key: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as kept; `seq` is its number in the portal's journal."""

    seq: int
    at: datetime
    portal: str
    kind: str
    text: str
    ref: ItemRef | None
    pipeline: str | None
    version: str | None
    rule: str | None
    actor: str | None
    signal_key: str | None
    command_key: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold."""

    seq: int
    reason: str


_ADD = plain_insert(journal)
_SET_HEAD = update(journal_head).where(journal_head.c.portal == bindparam("of_portal"))
_HEAD = select(journal_head.c.seq, journal_head.c.sha256).where(journal_head.c.portal == bindparam("portal"))
_LOCK_HEAD = _HEAD.with_for_update()


def add_many(conn: Connection, portal: str, lines: Iterable[NewLine], at: datetime) -> list[int]:
    """Append the lines; returns their numbers."""
    lines = list(lines)
    if not lines:
        return []
    seq, seal = _lock_head(conn, portal)
    rows = []
    for line in lines:
        seq += 1
        row = _row(portal, seq, line, at) | {"prev_sha256": seal}
        row["sha256"] = seal = _seal(row)
        rows.append(row)
    conn.execute(_ADD, rows)
    conn.execute(_SET_HEAD, {"of_portal": portal, "seq": seq, "sha256": seal})
    return [row["seq"] for row in rows]


def _lock_head(conn: Connection, portal: str) -> tuple[int, str]:
    head = conn.execute(_LOCK_HEAD, {"portal": portal}).first()
    if head is None:
        start = {"portal": portal, "seq": 0, "sha256": _FIRST}
        conn.execute(insert(conn, journal_head).on_conflict_do_nothing(), start)
        head = conn.execute(_LOCK_HEAD, {"portal": portal}).one()
    return head.seq, head.sha256


def _row(portal: str, seq: int, line: NewLine, at: datetime) -> dict[str, Any]:
    row = {name: getattr(line, name) for name in _SEALED[3:]}
    row |= {"portal": portal, "seq": seq, "at": at, "text": clean(line.text)}
    row["actor"] = None if line.actor is None else clean(line.actor)
    row["entity_type_id"] = line.ref.entity_type_id if line.ref else None
    row["item_id"] = line.ref.id if line.ref else None
    return row


def _seal(row: Mapping[str, Any]) -> str:
    """The hash of a row and the one before it; the same for a row to be written and one read back."""
    content = [row[name] for name in ("portal", "seq", "prev_sha256", *_SEALED)]
    content[3] = instant_text(row["at"])
    return sha256(dump_json(content).encode()).hexdigest()


def of_item(conn: Connection, portal: str, ref: ItemRef, *, limit: int = 500) -> list[Line]:
    """The newest `limit` lines of the item, oldest first."""
    query = _lines(portal, limit).where(
        journal.c.entity_type_id == ref.entity_type_id, journal.c.item_id == ref.id
    )
    return [_line(row) for row in conn.execute(query)][::-1]


def of_portal(
    conn: Connection, portal: str, *, before_seq: int | None = None, limit: int = 100
) -> list[Line]:
    """Lines of the portal, newest first; `before_seq` of the last one gives the next page."""
    query = _lines(portal, limit)
    if before_seq is not None:
        query = query.where(journal.c.seq < before_seq)
    return [_line(row) for row in conn.execute(query)]


def of_kinds(conn: Connection, portal: str, pipeline: str, kinds: Collection[str]) -> list[Line]:
    """All lines of these kinds about one pipeline, oldest first. Reads the portal's whole journal."""
    rows = conn.execute(
        select(journal)
        .where(journal.c.portal == portal, journal.c.pipeline == pipeline, journal.c.kind.in_(list(kinds)))
        .order_by(journal.c.seq)
    )
    return [_line(row) for row in rows]


def length(conn: Connection, portal: str) -> int:
    """How many lines were ever written; no line is taken away, so this only grows."""
    seq: int | None = conn.scalar(select(journal_head.c.seq).where(journal_head.c.portal == portal))
    return seq or 0


def _lines(portal: str, limit: int) -> Select[Any]:
    return select(journal).where(journal.c.portal == portal).order_by(journal.c.seq.desc()).limit(limit)


def _line(row: Row[Any]) -> Line:
    values = dict(row._mapping)
    del values["prev_sha256"], values["sha256"]
    type_id, item_id = values.pop("entity_type_id"), values.pop("item_id")
    return Line(ref=None if item_id is None else ItemRef(type_id, item_id), **values)


def verify(conn: Connection, portal: str) -> Break | None:
    """Walk the whole chain; None if no line was changed, put in or taken out, at the end neither."""
    seq, seal = 0, _FIRST
    query = select(journal).where(journal.c.portal == portal).order_by(journal.c.seq)
    with conn.execute(query, execution_options={"yield_per": 1_000}) as rows:
        for row in rows:
            values = dict(row._mapping)
            if reason := _mismatch(values, seq, seal):
                return Break(seq + 1, reason)
            seq, seal = values["seq"], values["sha256"]
    head = conn.execute(_HEAD, {"portal": portal}).first()
    if tuple(head or (0, _FIRST)) != (seq, seal):
        return Break(seq + 1, "the journal does not end where it was left")
    return None


def _mismatch(row: Mapping[str, Any], seq: int, seal: str) -> str:
    if row["seq"] != seq + 1:
        return "the line is missing"
    if row["prev_sha256"] != seal:
        return "the line does not follow the one before it"
    if row["sha256"] != _seal(row):
        return "the line was changed"
    return ""
