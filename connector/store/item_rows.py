"""How a page of records of the CRM is kept in the mirror: its columns, what they hold, and their hash."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import Connection

from connector.records import Item, ItemRef
from connector.store import bulk
from connector.store.schema import item

#: The columns of an `Item`, in the order of its fields.
COLUMNS = (
    item.c.entity_type_id,
    item.c.id,
    item.c.title,
    item.c.category_id,
    item.c.stage_id,
    item.c.semantics,
    item.c.owner_id,
    item.c.amount,
    item.c.currency,
    item.c.company_id,
    item.c.contact_ids,
    item.c.source_id,
    item.c.created_at,
    item.c.updated_at,
    item.c.moved_at,
    item.c.created_by,
    item.c.updated_by,
    item.c.moved_by,
    item.c.fields,
)
#: Those that the portal's people can change.
CONTENT = COLUMNS[2:]
STORED = tuple(map(bulk.stored, COLUMNS))
_NAMES = [column.name for column in CONTENT]
_CONTACT_IDS = _NAMES.index("contact_ids")
_GETTERS = [attrgetter(name) for name in _NAMES]
_HASH_LENGTH = 32

#: The content of one item as the database keeps it.
Content = tuple[Any, ...]


def contents(conn: Connection, page: Sequence[Item]) -> list[Content]:
    """What the rows of these items hold; what a database refuses is replaced."""
    columns = (list(map(getter, page)) for getter in _GETTERS)
    return list(zip(*bulk.as_stored(conn, CONTENT, columns), strict=True))


def content_hash(content: Content) -> str:
    """A short hash: equal contents have equal hashes, on any day."""
    written = orjson.dumps(content[:-1], str) + content[-1].encode()  # JSON already: not to be quoted again
    return sha256(written).hexdigest()[:_HASH_LENGTH]


def items_in(conn: Connection, rows: Sequence[Sequence[Any]]) -> list[Item]:
    """The items of rows that were selected as `STORED`."""
    if not rows:
        return []
    types, ids, *rest = bulk.as_read(conn, COLUMNS, zip(*rows, strict=True))
    rest[_CONTACT_IDS] = list(map(tuple, rest[_CONTACT_IDS]))
    return list(map(Item, map(ItemRef, types, ids), *rest))
