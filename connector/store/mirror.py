"""The mirror: our copy of the portal's items. What differs from it is news; what does not, is nothing.

The last reading wins: one worker per portal reads and writes, in order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from connector.records import COMPANY, CONTACT, DEAL, Item, ItemRef
from connector.store.bulk import as_stored, write_stored
from connector.store.dialect import chunks
from connector.store.item_rows import CONTENT, STORED, Content, content_hash, contents, items_in
from connector.store.schema import item

#: Items that are compared and written in one go.
_PAGE = 2_500
#: Ids are looked up by their range if it holds at most so many for each of them.
_CLOSE = 4


class ItemChange(NamedTuple):
    """An item that is not as the mirror had it. `before` None: new to us."""

    ref: ItemRef
    before: Item | None
    after: Item
    #: It had a tombstone, and is back.
    was_gone: bool = False


class _Known(NamedTuple):
    row_id: int
    content_hash: str
    is_gone: bool


@dataclass(frozen=True, slots=True)
class _Page:
    """Items of one type as read, and what their rows are to hold."""

    items: Sequence[Item]
    contents: Sequence[Content]
    hashes: Sequence[str]

    def only(self, places: Sequence[int]) -> _Page:
        """The items at these places."""
        if len(places) == len(self.items):
            return self
        return _Page(
            [self.items[place] for place in places],
            [self.contents[place] for place in places],
            [self.hashes[place] for place in places],
        )


class _OfIds:
    """A question about items of one type by their ids.

    Answered for these ids, or where they are close together for all between them: thousands of ids are a long
    statement.
    """

    def __init__(self, question: Select[Any]) -> None:
        of_type = question.where(
            item.c.portal == bindparam("portal"), item.c.entity_type_id == bindparam("entity_type_id")
        )
        self._between = of_type.where(item.c.id.between(bindparam("lowest"), bindparam("highest")))
        self._among = of_type.where(item.c.id.in_(bindparam("ids", expanding=True)))

    def ask(
        self, conn: Connection, portal: str, type_id: int, ids_: Collection[int]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        of_type = {"portal": portal, "entity_type_id": type_id}
        lowest, highest = min(ids_), max(ids_)
        if highest - lowest < len(ids_) * _CLOSE:
            rows = conn.execute(self._between, of_type | {"lowest": lowest, "highest": highest})
        else:
            rows = conn.execute(self._among, of_type | {"ids": list(ids_)})
        return rows.all()


_KNOWN = _OfIds(select(item.c.id, item.c.row_id, item.c.content_hash, item.c.gone_at.is_not(None)))
_STORED = _OfIds(select(*STORED))
_STORED_NOT_GONE = _OfIds(select(*STORED).where(item.c.gone_at.is_(None)))


def upsert_items(
    conn: Connection, portal: str, items: Iterable[Item], now: datetime, *, is_thorough: bool = False
) -> list[ItemChange]:
    """Take over a page of items; returns the ones that changed. A tombstone among them is lifted.

    `is_thorough` compares with the rows themselves: their hash would not tell that somebody has changed them.
    """
    by_type: dict[int, dict[int, Item]] = {}
    for new in items:
        by_type.setdefault(new.ref.entity_type_id, {})[new.ref.id] = new
    changes: list[ItemChange] = []
    for type_id, of_type in by_type.items():
        for page in chunks(of_type.values(), _PAGE):
            changes += _upsert_page(conn, portal, type_id, page, now, is_thorough)
    return changes


def _upsert_page(
    conn: Connection, portal: str, type_id: int, items: list[Item], now: datetime, is_thorough: bool
) -> list[ItemChange]:
    ids_ = [new.ref.id for new in items]
    rows = contents(conn, items)
    page = _Page(items, rows, list(map(content_hash, rows)))
    known = _known(conn, portal, type_id, ids_)
    damaged = _damaged(conn, portal, type_id, dict(zip(ids_, rows, strict=True))) if is_thorough else ()
    new, changed = [], []
    for place, id_ in enumerate(ids_):
        old = known.get(id_)
        if old is None:
            new.append(place)
        elif old.content_hash != page.hashes[place] or old.is_gone or id_ in damaged:
            changed.append(place)
    inserted = _insert(conn, portal, type_id, page.only(new), now) if new else []
    return inserted + (_update(conn, portal, page.only(changed), known, now) if changed else [])


def _insert(conn: Connection, portal: str, type_id: int, page: _Page, now: datetime) -> list[ItemChange]:
    values = _values(conn, page, now)
    values["portal"] = [portal] * len(page.items)
    values["entity_type_id"] = [type_id] * len(page.items)
    values["id"] = [new.ref.id for new in page.items]
    write_stored(conn, _INSERT, values)
    return [ItemChange(new.ref, None, new) for new in page.items]


def _update(
    conn: Connection, portal: str, page: _Page, known: Mapping[int, _Known], now: datetime
) -> list[ItemChange]:
    before = get_items(conn, portal, [new.ref for new in page.items], with_gone=True)
    values = _values(conn, page, now)
    values["known_row_id"] = [known[new.ref.id].row_id for new in page.items]
    values["gone_at"] = [None] * len(page.items)
    write_stored(conn, _UPDATE, values)
    pairs = ((before[new.ref], new, known[new.ref.id].is_gone) for new in page.items)
    return [ItemChange(new.ref, old, new, was_gone) for old, new, was_gone in pairs if was_gone or old != new]


_INSERT = insert(item)
_UPDATE = update(item).where(item.c.row_id == bindparam("known_row_id"))


def _values(conn: Connection, page: _Page, now: datetime) -> dict[str, Sequence[Any]]:
    """What is written of these items, by column."""
    columns = zip(*page.contents, strict=True)
    values: dict[str, Sequence[Any]] = {
        column.name: content for column, content in zip(CONTENT, columns, strict=True)
    }
    [seen_at] = as_stored(conn, [item.c.seen_at], [[now]])
    return values | {"seen_at": [*seen_at] * len(page.items), "content_hash": page.hashes}


def _known(conn: Connection, portal: str, type_id: int, ids_: Sequence[int]) -> dict[int, _Known]:
    """What is here of these ids, and perhaps of others between them."""
    rows = _KNOWN.ask(conn, portal, type_id, ids_)
    return {id_: _Known(row_id, hash_, is_gone) for id_, row_id, hash_, is_gone in rows}


def _damaged(conn: Connection, portal: str, type_id: int, right: Mapping[int, Content]) -> set[int]:
    """Which of the rows of these ids do not hold what they should."""
    rows = _STORED.ask(conn, portal, type_id, right)
    return {id_ for _, id_, *content in rows if id_ in right and tuple(content) != right[id_]}


def get_item(conn: Connection, portal: str, ref: ItemRef) -> Item | None:
    """The item as last read; None if unknown or gone."""
    return get_items(conn, portal, [ref]).get(ref)


def get_items(
    conn: Connection, portal: str, refs: Iterable[ItemRef], *, with_gone: bool = False
) -> dict[ItemRef, Item]:
    """Those of `refs` that are known, gone ones only on demand."""
    question = _STORED if with_gone else _STORED_NOT_GONE
    found = {}
    for type_id, wanted in _by_type(refs).items():
        for some in map(set, chunks(wanted)):
            rows = question.ask(conn, portal, type_id, some)
            for one in items_in(conn, [row for row in rows if row.id in some]):
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
    query = select(*STORED).where(
        item.c.portal == portal,
        item.c.entity_type_id == entity_type_id,
        item.c.id > after_id,
        item.c.gone_at.is_(None),
    )
    if category_id is not None:
        query = query.where(item.c.category_id == category_id)
    if stage_ids is not None:
        query = query.where(item.c.stage_id.in_(stage_ids))
    return items_in(conn, conn.execute(query.order_by(item.c.id).limit(limit)).all())


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


def first_ids(conn: Connection, portal: str, entity_type_id: int, *, above: int, limit: int) -> list[int]:
    """The lowest ids above that one, of the items that are not gone, ascending."""
    query = select(item.c.id).where(
        item.c.portal == portal,
        item.c.entity_type_id == entity_type_id,
        item.c.id > above,
        item.c.gone_at.is_(None),
    )
    return list(conn.scalars(query.order_by(item.c.id).limit(limit)))


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


_MARK_GONE = (
    update(item)
    .where(
        item.c.portal == bindparam("of_portal"),
        item.c.entity_type_id == bindparam("of_type"),
        item.c.id.in_(bindparam("ids", expanding=True)),
        item.c.gone_at.is_(None),
    )
    .values(gone_at=bindparam("now"))
    .returning(item.c.id)
)


def mark_gone(conn: Connection, portal: str, refs: Iterable[ItemRef], now: datetime) -> list[ItemRef]:
    """Set the tombstone, because a read of each item said so; returns those that had none before."""
    hit = []
    for type_id, wanted in _by_type(refs).items():
        for some in chunks(wanted):
            named = {"of_portal": portal, "of_type": type_id, "ids": some, "now": now}
            hit += [ItemRef(type_id, id_) for id_ in conn.scalars(_MARK_GONE, named)]
    return sorted(hit)


def count(conn: Connection, portal: str) -> dict[int, int]:
    """Items that are not gone, by entity type."""
    rows = conn.execute(
        select(item.c.entity_type_id, func.count())
        .where(item.c.portal == portal, item.c.gone_at.is_(None))
        .group_by(item.c.entity_type_id)
    )
    return {entity_type_id: number for entity_type_id, number in rows}


def _by_type(refs: Iterable[ItemRef]) -> dict[int, list[int]]:
    wanted: dict[int, list[int]] = {}
    for ref in refs:
        wanted.setdefault(ref.entity_type_id, []).append(ref.id)
    return wanted
