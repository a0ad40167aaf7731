"""Links: which records belong together because a process made, or found, one for the other.

The portal keeps links of its own (a company of a deal, a parent of a smart process), but not what a pipeline
calls them, nor whose process made them. A command makes one link; told again, it is the same one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

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


def children(
    conn: Connection, portal: str, parent: ItemRef, *, pipeline: str | None = None, name: str | None = None
) -> list[Link]:
    """What belongs to the record, oldest first; of one pipeline, under one name, if they are given."""
    where = [link.c.entity_type_id == parent.entity_type_id, link.c.item_id == parent.id]
    if pipeline is not None:
        where.append(link.c.pipeline == pipeline)
    if name is not None:
        where.append(link.c.name == name)
    return _select(conn, portal, where)


def parents(conn: Connection, portal: str, child: ItemRef) -> list[Link]:
    """What the record belongs to, oldest first."""
    return _select(conn, portal, [link.c.child_type_id == child.entity_type_id, link.c.child_id == child.id])


def with_parents(conn: Connection, portal: str, refs: Iterable[ItemRef]) -> set[ItemRef]:
    """Those of the records that belong to others."""
    by_type: dict[int, list[int]] = {}
    for ref in refs:
        by_type.setdefault(ref.entity_type_id, []).append(ref.id)
    found = set()
    for type_id, ids in by_type.items():
        for some in chunks(ids):
            rows = conn.scalars(
                select(link.c.child_id)
                .where(link.c.portal == portal, link.c.child_type_id == type_id, link.c.child_id.in_(some))
                .distinct()
            )
            found |= {ItemRef(type_id, child_id) for child_id in rows}
    return found


def with_relatives(conn: Connection, portal: str, entity_type_id: int, item_ids: Iterable[int]) -> set[int]:
    """Those of the records of one type that have children or belong to others, by id."""
    found: set[int] = set()
    for some in chunks(item_ids):
        for type_id, record_id in (
            (link.c.entity_type_id, link.c.item_id),
            (link.c.child_type_id, link.c.child_id),
        ):
            where = (link.c.portal == portal, type_id == entity_type_id, record_id.in_(some))
            found.update(conn.scalars(select(record_id).where(*where)))
    return found


def _select(conn: Connection, portal: str, where: list[ColumnElement[bool]]) -> list[Link]:
    rows = conn.execute(select(*_COLUMNS).where(link.c.portal == portal, *where).order_by(link.c.row_id))
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
