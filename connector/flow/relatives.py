"""Relatives: what the records of a process show each other, and hear of each other's stages.

A parent knows its children by the names of its pipeline (`link.contract`, `child:contract`); a child knows
whom it was made for as `link.parent`. A child with a process of its own has changed when its process has: a
move that was refused is no news.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from connector.flow.bindings import Binding
from connector.flow.item_values import linked_values, status_of
from connector.flow.portal import Portal
from connector.flow.signals import CHANGED, child_signal
from connector.records import Item, ItemRef
from connector.store import Connection, links, mirror, processes, signals
from connector.store.links import Link
from connector.store.mirror import ItemChange
from connector.store.outbox import QueuedCommand
from connector.store.signals import NewSignal
from pipelines.engine.process import Process

PARENT = "parent"


def links_of(conn: Connection, portal: Portal, binding: Binding, ref: ItemRef) -> dict[str, dict[str, Any]]:
    """What `link` holds for an item in one pipeline; of several children of a name, the newest."""
    named = {
        link.name: (link.child, link.child_pipeline)
        for link in links.children(conn, portal.name, ref, pipeline=binding.pipeline)
        if link.name
    }
    for link in links.parents(conn, portal.name, ref):
        if link.child_pipeline in (None, binding.pipeline):
            named[PARENT] = (link.parent, link.pipeline)
    if not named:
        return {}
    there = mirror.get_items(conn, portal.name, [linked for linked, _ in named.values()])
    return {
        name: linked_values(conn, portal.name, bound(portal, linked, pipeline), there[linked])
        for name, (linked, pipeline) in named.items()
        if linked in there
    }


def link_made_by(command: QueuedCommand, child: ItemRef) -> Link:
    """The link that a command to make a record amounts to."""
    payload = command.payload
    return Link(
        parent=command.ref,
        pipeline=payload["parent_pipeline"],
        name=payload["link"],
        child=child,
        child_pipeline=payload["pipeline"],
        command_key=command.key,
    )


def bound(portal: Portal, ref: ItemRef, pipeline: str | None) -> Binding | None:
    """The binding of a linked record; None if no pipeline runs on its type under that name."""
    binding = portal.bindings.get(pipeline or "")
    return binding if binding is not None and binding.entity_type_id == ref.entity_type_id else None


def tell_of_process(
    conn: Connection, portal: Portal, binding: Binding, ref: ItemRef, process: Process, now: datetime
) -> None:
    """The process came into a stage: whoever waits for that, above or below, is told."""
    for link in links.parents(conn, portal.name, ref):
        if link.name and link.child_pipeline in (None, binding.pipeline):
            _tell_parent(conn, portal, link, process.visit, process.stage, process.status, now)
    for link in links.children(conn, portal.name, ref, pipeline=binding.pipeline):
        if link.child_pipeline is not None:
            news = child_signal(
                PARENT,
                f"{ref}:{process.visit}",
                now,
                stage=process.stage,
                status=process.status,
                pipeline=link.child_pipeline,
            )
            signals.add_many(conn, portal.name, link.child, [news], now)


def tell_of_items(conn: Connection, portal: Portal, changes: Iterable[ItemChange], now: datetime) -> None:
    """Linked records without a process of their own that came into another stage."""
    moved = {change.ref: change.after for change in changes if _has_moved(change)}
    for ref in sorted(links.with_parents(conn, portal.name, moved)):
        for link in links.parents(conn, portal.name, ref):
            if link.name and not _has_process(conn, portal, link):
                tell_of_child(conn, portal, link, moved[ref], now)


def _has_moved(change: ItemChange) -> bool:
    before, after = change.before, change.after
    return after.stage_id is not None and (before is None or before.stage_id != after.stage_id)


def tell_of_child(conn: Connection, portal: Portal, link: Link, child: Item, now: datetime) -> None:
    """The parent is told where a linked record stands."""
    binding = bound(portal, child.ref, link.child_pipeline)
    stage = binding.stage_of(child.category_id, child.stage_id) if binding else child.stage_id
    moved_at = child.moved_at or child.updated_at or now
    status = status_of(conn, portal.name, binding, child)
    _tell_parent(conn, portal, link, moved_at.isoformat(), stage, status, now)


def tell_of_link(conn: Connection, portal: Portal, link: Link, now: datetime) -> None:
    """A link is new: the parent's expressions may read otherwise, and a wait may be over already."""
    child = mirror.get_item(conn, portal.name, link.child)
    if link.name and child is not None and child.stage_id is not None:
        tell_of_child(conn, portal, link, child, now)
    elif processes.of_item(conn, portal.name, link.parent):
        news = NewSignal(f"linked:{link.command_key}", CHANGED, now)
        signals.add_many(conn, portal.name, link.parent, [news], now)


def _has_process(conn: Connection, portal: Portal, link: Link) -> bool:
    return any(
        each.pipeline == link.child_pipeline for each in processes.of_item(conn, portal.name, link.child)
    )


def _tell_parent(
    conn: Connection, portal: Portal, link: Link, visit: str, stage: str | None, status: str, now: datetime
) -> None:
    news = child_signal(
        link.name,
        f"{link.child}:{visit}:{stage}",
        now,
        stage=stage,
        status=status,
        pipeline=link.pipeline,
    )
    signals.add_many(conn, portal.name, link.parent, [news], now)
