"""Processes: one item in one pipeline, with its state as the engine writes it and some columns to look by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, func, select, update

from connector.errors import StoreError
from connector.records import ItemRef
from connector.store.dialect import chunks
from connector.store.schema import process as table

Mode = Literal["live", "shadow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProcess:
    """A process to be kept. `state` is the engine's `Process.to_json()`, the rest are copies to look by."""

    portal: str
    pipeline: str
    ref: ItemRef
    version: str
    visit: str
    stage: str | None
    status: str
    phase: str
    owner_id: int | None
    mode: Mode
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProcess:
    """A process as kept; change it with `dataclasses.replace` and give it to `save`."""

    id: int
    portal: str
    pipeline: str
    ref: ItemRef
    version: str
    visit: str
    stage: str | None
    status: str
    phase: str
    owner_id: int | None
    mode: Mode
    parked_reason: str | None
    state: str
    #: Counts the saves; `save` refuses a copy that is not the newest.
    revision: int
    started_at: datetime
    updated_at: datetime


_COLUMNS = tuple(
    table.c[name]
    for name in ("entity_type_id", "item_id", *StoredProcess.__dataclass_fields__)
    if name != "ref"
)
_CHANGING = ("version", "visit", "stage", "status", "phase", "owner_id", "mode", "state")


_INSERT = table.insert().returning(*_COLUMNS)


def insert(conn: Connection, process: NewProcess, now: datetime) -> StoredProcess:
    """Keep a new process. StoreError if the item has one there, or the definition is not stored."""
    values = {name: getattr(process, name) for name in ("portal", "pipeline", *_CHANGING)}
    values |= {"entity_type_id": process.ref.entity_type_id, "item_id": process.ref.id}
    values |= {"revision": 1, "started_at": now, "updated_at": now}
    return _from_row(conn.execute(_INSERT, values).one())


_SAVE = update(table).where(table.c.id == bindparam("of_id"), table.c.revision == bindparam("was_revision"))


def save(conn: Connection, process: StoredProcess, now: datetime) -> StoredProcess:
    """Keep a changed process, its reason for being parked too. StoreError if another save came between."""
    values = {name: getattr(process, name) for name in (*_CHANGING, "parked_reason")}
    values |= {"revision": process.revision + 1, "updated_at": now}
    which = {"of_id": process.id, "was_revision": process.revision}
    if conn.execute(_SAVE, which | values).rowcount != 1:
        raise StoreError(
            f"process {process.id} ({process.pipeline}, {process.ref}) was changed by somebody else since "
            "it was read: read it again"
        )
    return replace(process, revision=process.revision + 1, updated_at=now)


_GET = select(*_COLUMNS).where(table.c.id == bindparam("id"))


def get(conn: Connection, process_id: int) -> StoredProcess | None:
    """The process with this id."""
    row = conn.execute(_GET, {"id": process_id}).first()
    return None if row is None else _from_row(row)


_OF_TYPE = (
    select(*_COLUMNS)
    .where(table.c.portal == bindparam("portal"), table.c.entity_type_id == bindparam("entity_type_id"))
    .order_by(table.c.id)
)
_OF_ITEM = _OF_TYPE.where(table.c.item_id == bindparam("item_id"))
_OF_ITEMS = _OF_TYPE.where(table.c.item_id.in_(bindparam("item_ids", expanding=True)))


def of_item(conn: Connection, portal: str, ref: ItemRef) -> list[StoredProcess]:
    """All processes of the item, oldest first."""
    named = {"portal": portal, "entity_type_id": ref.entity_type_id, "item_id": ref.id}
    return [_from_row(row) for row in conn.execute(_OF_ITEM, named)]


def of_items(
    conn: Connection, portal: str, entity_type_id: int, item_ids: Iterable[int]
) -> dict[int, list[StoredProcess]]:
    """`of_item` for many items of one type at once, by id; items without a process are left out."""
    found: dict[int, list[StoredProcess]] = {}
    for some in chunks(item_ids):
        named = {"portal": portal, "entity_type_id": entity_type_id, "item_ids": some}
        for row in conn.execute(_OF_ITEMS, named):
            stored = _from_row(row)
            found.setdefault(stored.ref.id, []).append(stored)
    return found


_WITH_PROCESS = (
    select(table.c.item_id)
    .where(
        table.c.portal == bindparam("portal"),
        table.c.entity_type_id == bindparam("entity_type_id"),
        table.c.item_id.in_(bindparam("item_ids", expanding=True)),
    )
    .distinct()
)


def with_process(conn: Connection, portal: str, refs: Iterable[ItemRef]) -> set[ItemRef]:
    """Those of the items that have a process in any pipeline."""
    by_type: dict[int, list[int]] = {}
    for ref in refs:
        by_type.setdefault(ref.entity_type_id, []).append(ref.id)
    found = set()
    for entity_type_id, item_ids in by_type.items():
        for some in chunks(item_ids):
            named = {"portal": portal, "entity_type_id": entity_type_id, "item_ids": some}
            found |= {ItemRef(entity_type_id, item_id) for item_id in conn.scalars(_WITH_PROCESS, named)}
    return found


def in_pipeline(
    conn: Connection,
    portal: str,
    pipeline: str,
    *,
    stage: str | None = None,
    phase: str | None = None,
    after_id: int = 0,
    limit: int = 1000,
) -> list[StoredProcess]:
    """A page of the pipeline's processes by id; `after_id` of the last one gives the next page."""
    query = select(*_COLUMNS).where(
        table.c.portal == portal, table.c.pipeline == pipeline, table.c.id > after_id
    )
    if stage is not None:
        query = query.where(table.c.stage == stage)
    if phase is not None:
        query = query.where(table.c.phase == phase)
    return [_from_row(row) for row in conn.execute(query.order_by(table.c.id).limit(limit))]


_LOAD = (
    select(table.c.owner_id, func.count())
    .where(
        table.c.portal == bindparam("portal"),
        table.c.pipeline == bindparam("pipeline"),
        table.c.phase == "running",
        table.c.status == "open",
        table.c.owner_id.is_not(None),
    )
    .group_by(table.c.owner_id)
)


def load(conn: Connection, portal: str, pipeline: str) -> dict[int, int]:
    """Running processes in open stages by owner: what a route by load counts."""
    rows = conn.execute(_LOAD, {"portal": portal, "pipeline": pipeline})
    return {owner_id: number for owner_id, number in rows}


def _from_row(row: Row[Any]) -> StoredProcess:
    values = dict(row._mapping)
    ref = ItemRef(values.pop("entity_type_id"), values.pop("item_id"))
    return StoredProcess(ref=ref, **values)
