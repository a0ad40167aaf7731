"""Links: which records belong together because a process made, or found, one for the other.

The portal keeps links of its own (a company of a deal, a parent of a smart process), but not what a pipeline
calls them, nor whose process made them. A command makes one link; told again, it is the same one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, union

from connector.records import ItemRef
from connector.store.dialect import chunks, insert
from connector.store.schema import link


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`child` belongs to `parent`, under a name of the pipeline that runs on the parent."""

    parent: ItemRef
    #: The pipeline whose process, or whose start, made the link.
    pipeline: str
    #: The `as` of the action, the id of the follow-on; "" when it has none.
    name: str
    child: ItemRef
    #: The pipeline that the child was made for; None: no pipeline runs on it.
    child_pipeline: str | None
    #: The command that made it; one link for each.
    command_key: str


_COLUMNS = (
    link.c.entity_type_id,
    link.c.item_id,
    link.c.pipeline,
    link.c.name,
    link.c.child_type_id,
    link.c.child_id,
    link.c.child_pipeline,
    link.c.command_key,
)


def add(conn: Connection, portal: str, new: Link, now: datetime) -> bool:
    """Keep the link; False if its command has made it before."""
    statement = (
        insert(conn, link)
        .values(
            portal=portal,
            entity_type_id=new.parent.entity_type_id,
            item_id=new.parent.id,
            pipeline=new.pipeline,
            name=new.name,
            child_type_id=new.child.entity_type_id,
            child_id=new.child.id,
            child_pipeline=new.child_pipeline,
            command_key=new.command_key,
            made_at=now,
        )
        .on_conflict_do_nothing()
        .returning(link.c.row_id)
    )
    return conn.execute(statement).first() is not None


_LINKS = select(*_COLUMNS).where(link.c.portal == bindparam("portal")).order_by(link.c.row_id)
_CHILDREN = _LINKS.where(link.c.entity_type_id == bindparam("type_id"), link.c.item_id == bindparam("id"))
_PARENTS = _LINKS.where(link.c.child_type_id == bindparam("type_id"), link.c.child_id == bindparam("id"))


def children(
    conn: Connection, portal: str, parent: ItemRef, *, pipeline: str | None = None, name: str | None = None
) -> list[Link]:
    """What belongs to the record, oldest first; of one pipeline, under one name, if they are given."""
    return [
        each
        for each in _select(conn, _CHILDREN, portal, parent)
        if pipeline in (None, each.pipeline) and name in (None, each.name)
    ]


def parents(conn: Connection, portal: str, child: ItemRef) -> list[Link]:
    """What the record belongs to, oldest first."""
    return _select(conn, _PARENTS, portal, child)


_WITH_PARENTS = (
    select(link.c.child_id)
    .where(
        link.c.portal == bindparam("portal"),
        link.c.child_type_id == bindparam("type_id"),
        link.c.child_id.in_(bindparam("ids", expanding=True)),
    )
    .distinct()
)


def with_parents(conn: Connection, portal: str, refs: Iterable[ItemRef]) -> set[ItemRef]:
    """Those of the records that belong to others."""
    by_type: dict[int, list[int]] = {}
    for ref in refs:
        by_type.setdefault(ref.entity_type_id, []).append(ref.id)
    found = set()
    for type_id, ids in by_type.items():
        for some in chunks(ids):
            rows = conn.scalars(_WITH_PARENTS, {"portal": portal, "type_id": type_id, "ids": some})
            found |= {ItemRef(type_id, child_id) for child_id in rows}
    return found


_WITH_RELATIVES = union(
    select(link.c.item_id).where(
        link.c.portal == bindparam("portal"),
        link.c.entity_type_id == bindparam("type_id"),
        link.c.item_id.in_(bindparam("ids", expanding=True)),
    ),
    _WITH_PARENTS,
)


def with_relatives(conn: Connection, portal: str, entity_type_id: int, item_ids: Iterable[int]) -> set[int]:
    """Those of the records of one type that have children or belong to others, by id."""
    found: set[int] = set()
    for some in chunks(item_ids):
        named = {"portal": portal, "type_id": entity_type_id, "ids": some}
        found.update(conn.scalars(_WITH_RELATIVES, named))
    return found


def _select(conn: Connection, statement: Select[Any], portal: str, ref: ItemRef) -> list[Link]:
    rows = conn.execute(statement, {"portal": portal, "type_id": ref.entity_type_id, "id": ref.id})
    return [
        Link(
            parent=ItemRef(type_id, item_id),
            pipeline=pipeline,
            name=name,
            child=ItemRef(child_type_id, child_id),
            child_pipeline=child_pipeline,
            command_key=command_key,
        )
        for type_id, item_id, pipeline, name, child_type_id, child_id, child_pipeline, command_key in rows
    ]
