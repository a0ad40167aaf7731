"""The mirror: our copy of the portal's items. What differs from it is news; what does not, is nothing.

The last reading wins: one worker per portal reads and writes, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from connector.records import COMPANY, CONTACT, DEAL, Item, ItemRef
from connector.store.bulk import execute_many
from connector.store.columns import dump_json
from connector.store.dialect import chunks
from connector.store.schema import item

#: The columns of an `Item`, in the order of its fields.
_COLUMNS = (
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


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item that is not as the mirror had it. `before` None: new to us."""

    ref: ItemRef
    before: Item | None
    after: Item
    #: It had a tombstone, and is back.
    was_gone: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    row_id: int
    content_hash: str
    is_gone: bool


def upsert_items(
    conn: Connection, portal: str, items: Iterable[Item], now: datetime, *, is_thorough: bool = False
) -> list[ItemChange]:
    """Take over a page of items; returns the ones that changed. A tombstone among them is lifted.

    `is_thorough` compares with the rows themselves: their hash would not tell that somebody has changed them.
    """
    changes: list[ItemChange] = []
    for page in chunks({new.ref: new for new in items}.values(), 1_000):
        changes += _upsert_page(conn, portal, page, now, is_thorough)
    return changes


def _upsert_page(
    conn: Connection, portal: str, page: list[Item], now: datetime, is_thorough: bool
) -> list[ItemChange]:
    known = _known(conn, portal, page)
    news = [(new, content_hash(new)) for new in page]
    if is_thorough:
        known |= _damaged(conn, portal, [new for new in page if new.ref in known], known)
    inserts = [(new, hash_) for new, hash_ in news if new.ref not in known]
    updates = [
        (new, hash_, known[new.ref])
        for new, hash_ in news
        if new.ref in known and (known[new.ref].content_hash != hash_ or known[new.ref].is_gone)
    ]
    before = get_items(conn, portal, [new.ref for new, _, _ in updates], with_gone=True)
    if inserts:
        execute_many(conn, insert(item), _columns(portal, inserts, now))
    if updates:
        columns = _columns(portal, [(new, hash_) for new, hash_, _ in updates], now)
        columns["known_row_id"] = [old.row_id for _, _, old in updates]
        columns["gone_at"] = [None] * len(updates)
        execute_many(conn, update(item).where(item.c.row_id == bindparam("known_row_id")), columns)
    changes = [ItemChange(new.ref, None, new) for new, _ in inserts]
    changes += [ItemChange(new.ref, before[new.ref], new, old.is_gone) for new, _, old in updates]
    return [change for change in changes if change.was_gone or change.before != change.after]


def _known(conn: Connection, portal: str, page: list[Item]) -> dict[ItemRef, _Known]:
    known = {}
    for entity_type_id, ids_ in _by_type(new.ref for new in page).items():
        rows = conn.execute(
            select(item.c.id, item.c.row_id, item.c.content_hash, item.c.gone_at.is_not(None)).where(
                item.c.portal == portal, item.c.entity_type_id == entity_type_id, item.c.id.in_(ids_)
            )
        )
        for id_, row_id, hash_, is_gone in rows:
            known[ItemRef(entity_type_id, id_)] = _Known(row_id, hash_, is_gone)
    return known


def _damaged(
    conn: Connection, portal: str, page: list[Item], known: dict[ItemRef, _Known]
) -> dict[ItemRef, _Known]:
    """Those whose rows are not what they should be, with a hash that no content has."""
    rows = get_items(conn, portal, [new.ref for new in page], with_gone=True)
    damaged = (new for new in page if rows[new.ref] != new and rows[new.ref] != _as_kept(conn, new))
    return {new.ref: replace(known[new.ref], content_hash="") for new in damaged}


def _as_kept(conn: Connection, new: Item) -> Item:
    """The item as it comes back: what a database refuses is replaced on the way in."""
    values = (new.ref.entity_type_id, new.ref.id, *(getattr(new, name) for name in _HASHED))
    kept = []
    for column, value in zip(_COLUMNS, values, strict=True):
        type_ = column.type.dialect_impl(conn.dialect)
        for process in (type_.bind_processor(conn.dialect), type_.result_processor(conn.dialect, None)):
            value = process(value) if process else value
        kept.append(value)
    return _item(kept)


def content_hash(of: Item) -> str:
    """A short hash of everything in the item: equal items have equal hashes, on any day, on any machine."""
    return _hash(_CONTENT(of))


def _hash(content: tuple[Any, ...]) -> str:
    try:
        text = orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        text = dump_json([*map(str, content[:-1]), content[-1]]).encode()
    return blake2b(text, digest_size=16).hexdigest()


_HASHED = tuple(column.name for column in _COLUMNS[2:])
_CONTENT = attrgetter(*_HASHED)


def _columns(portal: str, page: list[tuple[Item, str]], now: datetime) -> dict[str, Sequence[Any]]:
    contents = zip(*(_CONTENT(new) for new, _ in page), strict=True)
    columns: dict[str, Sequence[Any]] = dict(zip(_HASHED, contents, strict=True))
    columns["portal"] = [portal] * len(page)
    columns["entity_type_id"] = [new.ref.entity_type_id for new, _ in page]
    columns["id"] = [new.ref.id for new, _ in page]
    columns["content_hash"] = [hash_ for _, hash_ in page]
    columns["seen_at"] = [now] * len(page)
    return columns


def _item(row: Sequence[Any]) -> Item:
    type_id, id_, title, category_id, stage_id, semantics, owner_id, amount, currency, company_id, *rest = row
    contact_ids, *others = rest
    return Item(
        ItemRef(type_id, id_),
        title,
        category_id,
        stage_id,
        semantics,
        owner_id,
        amount,
        currency,
        company_id,
        tuple(contact_ids),
        *others,
    )


def get_item(conn: Connection, portal: str, ref: ItemRef) -> Item | None:
    """The item as last read; None if unknown or gone."""
    return get_items(conn, portal, [ref]).get(ref)


def get_items(
    conn: Connection, portal: str, refs: Iterable[ItemRef], *, with_gone: bool = False
) -> dict[ItemRef, Item]:
    """Those of `refs` that are known, gone ones only on demand."""
    found = {}
    for condition in _meaning(portal, refs):
        query = select(*_COLUMNS).where(condition)
        if not with_gone:
            query = query.where(item.c.gone_at.is_(None))
        for row in conn.execute(query):
            one = _item(row)
            found[one.ref] = one
    return found


def items(
    conn: Connection,
    portal: str,
    entity_type_id: int,
    *,
    category_id: int | None = None,
    stage_ids: Sequence[str] | None = None,
    after_id: int = 0,
    limit: int | None = None,
) -> list[Item]:
    """Items that are not gone, by id. `category_id` None: all of them."""
    query = select(*_COLUMNS).where(
        item.c.portal == portal,
        item.c.entity_type_id == entity_type_id,
        item.c.id > after_id,
        item.c.gone_at.is_(None),
    )
    if category_id is not None:
        query = query.where(item.c.category_id == category_id)
    if stage_ids is not None:
        query = query.where(item.c.stage_id.in_(stage_ids))
    return [_item(row) for row in conn.execute(query.order_by(item.c.id).limit(limit))]


def ids(
    conn: Connection, portal: str, entity_type_id: int, *, above: int = 0, upto: int | None = None
) -> set[int]:
    """The ids in (above, upto] of the items that are not gone: what a sweep is compared with."""
    query = select(item.c.id).where(
        item.c.portal == portal,
        item.c.entity_type_id == entity_type_id,
        item.c.id > above,
        item.c.gone_at.is_(None),
    )
    return set(conn.scalars(query if upto is None else query.where(item.c.id <= upto)))


def last_won(conn: Connection, portal: str) -> dict[ItemRef, datetime]:
    """When each company and contact last had a deal won."""
    rows = conn.execute(
        select(item.c.company_id, item.c.contact_ids, item.c.moved_at).where(
            item.c.portal == portal,
            item.c.entity_type_id == DEAL,
            item.c.semantics == "S",
            item.c.moved_at.is_not(None),
            item.c.gone_at.is_(None),
        )
    )
    newest: dict[ItemRef, datetime] = {}
    for company_id, contact_ids, moved_at in rows:
        customers = [ItemRef(CONTACT, each) for each in contact_ids]
        customers += [ItemRef(COMPANY, company_id)] if company_id else []
        for customer in customers:
            newest[customer] = max(newest.get(customer, moved_at), moved_at)
    return newest


def mark_gone(conn: Connection, portal: str, refs: Iterable[ItemRef], now: datetime) -> list[ItemRef]:
    """Set the tombstone, because a read of each item said so; returns those that had none before."""
    return _set_gone(conn, portal, refs, item.c.gone_at.is_(None), now)


def restore(conn: Connection, portal: str, refs: Iterable[ItemRef]) -> list[ItemRef]:
    """Lift the tombstone without new content; returns those that had one."""
    return _set_gone(conn, portal, refs, item.c.gone_at.is_not(None), None)


def _set_gone(
    conn: Connection, portal: str, refs: Iterable[ItemRef], only: ColumnElement[bool], at: datetime | None
) -> list[ItemRef]:
    hit = []
    for condition in _meaning(portal, refs):
        rows = conn.execute(
            update(item).where(condition, only).values(gone_at=at).returning(item.c.entity_type_id, item.c.id)
        )
        hit += [ItemRef(*row) for row in rows]
    return sorted(hit)


def count(conn: Connection, portal: str) -> dict[int, int]:
    """Items that are not gone, by entity type."""
    rows = conn.execute(
        select(item.c.entity_type_id, func.count())
        .where(item.c.portal == portal, item.c.gone_at.is_(None))
        .group_by(item.c.entity_type_id)
    )
    return {entity_type_id: number for entity_type_id, number in rows}


def _meaning(portal: str, refs: Iterable[ItemRef]) -> Iterable[ColumnElement[bool]]:
    for entity_type_id, wanted in _by_type(refs).items():
        for some in chunks(wanted):
            yield (
                (item.c.portal == portal) & (item.c.entity_type_id == entity_type_id) & item.c.id.in_(some)
            )


def _by_type(refs: Iterable[ItemRef]) -> dict[int, list[int]]:
    wanted: dict[int, list[int]] = {}
    for ref in refs:
        wanted.setdefault(ref.entity_type_id, []).append(ref.id)
    return wanted
