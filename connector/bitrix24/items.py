"""CRM items: leads, deals, contacts, companies, invoices, smart processes (skeleton)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connector.bitrix24.call import Call, Priority
from connector.bitrix24.client import Client
from connector.bitrix24.outcome import Answer
from connector.records import Item, ItemRef


def list_items(
    client: Client,
    entity_type_id: int,
    *,
    extra_fields: Sequence[str] = (),
    after_id: int = 0,
    category_id: int | None = None,
    filter: Mapping[str, Any] | None = None,
    expected: int = 0,
    priority: Priority = Priority.SWEEP,
) -> Iterator[list[Item]]:
    """Pages of items in id order; recurring templates are left out. `CutOffError` if cut off."""
    raise NotImplementedError


def list_ids(
    client: Client,
    entity_type_id: int,
    *,
    after_id: int = 0,
    category_id: int | None = None,
    expected: int = 0,
    priority: Priority = Priority.BACKFILL,
) -> Iterator[list[int]]:
    """Pages of ids only: what the nightly sweep for deletions compares."""
    raise NotImplementedError


def read_items(
    client: Client,
    refs: Iterable[ItemRef],
    *,
    extra_fields: Mapping[int, Sequence[str]] | None = None,
    priority: Priority = Priority.SWEEP,
) -> dict[ItemRef, Item | None]:
    """These items as they stand; None: the portal says it does not exist. Not readable ones are left out (and logged)."""
    raise NotImplementedError


def add_item(entity_type_id: int, fields: Mapping[str, Any], *, marker: str) -> Call:
    """Create an item that carries `marker`."""
    raise NotImplementedError


def update_item(ref: ItemRef, fields: Mapping[str, Any]) -> Call:
    """Set these fields (REST names)."""
    raise NotImplementedError


def find_by_marker(entity_type_id: int, marker: str) -> Call:
    """Look for items that carry `marker`; read the answer with `items_with_marker`."""
    raise NotImplementedError


def items_with_marker(answer: Answer, entity_type_id: int, marker: str) -> list[Item]:
    """Those rows whose own marker equals ours, lowest id first."""
    raise NotImplementedError


def item_of(answer: Answer, entity_type_id: int) -> Item:
    """The item out of the answer to get, add or update."""
    raise NotImplementedError
