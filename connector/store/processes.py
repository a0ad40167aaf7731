"""Processes: one item in one pipeline, with the engine's own state as JSON and a few columns to look by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from connector.records import ItemRef

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
    state: Mapping[str, Any]


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
    state: Mapping[str, Any]
    #: Counts the saves; `save` refuses a copy that is not the newest.
    revision: int
    started_at: datetime
    updated_at: datetime


def insert(conn: Connection, process: NewProcess, now: datetime) -> StoredProcess:
    """Keep a new process. StoreError if the item has one in this pipeline, or its definition is not stored."""
    raise NotImplementedError


def save(conn: Connection, process: StoredProcess, now: datetime) -> StoredProcess:
    """Keep a changed process, its reason for being parked too. StoreError if another save came between."""
    raise NotImplementedError


def get(conn: Connection, process_id: int) -> StoredProcess | None:
    raise NotImplementedError


def of_item(conn: Connection, portal: str, ref: ItemRef) -> list[StoredProcess]:
    """All processes of the item, oldest first."""
    raise NotImplementedError


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
    raise NotImplementedError


def load(conn: Connection, portal: str, pipeline: str) -> dict[int, int]:
    """Running processes in open stages by owner: what a route by load counts."""
    raise NotImplementedError
