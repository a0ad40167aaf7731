"""Starts: items that a pipeline has made for itself, because one of another pipeline came to a stage.

Also whose child a new item is: the marker that it carries is the key of the command that made it, so its
process starts as that command says, even when the answer to it was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.bitrix24.items import marker_of
from connector.flow.bindings import Binding
from connector.flow.commands import marker
from connector.flow.new_records import CREATE_ITEM, Target, Wish, payload_of, shared_values
from connector.flow.portal import Portal
from connector.flow.relatives import link_made_by
from connector.records import Item, ItemRef
from connector.store import Connection, journal, links, outbox
from connector.store.journal import NewLine
from connector.store.outbox import NewCommand


@dataclass(frozen=True, slots=True)
class Birth:
    """How an item of ours came to be in a pipeline."""

    how: str
    #: The stage that was asked for; None: the entries decide.
    stage: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An item came to a stage of its pipeline."""

    binding: Binding
    ref: ItemRef
    visit: str
    stage: str
    #: What is known of the item: standard values and fields.
    values: Mapping[str, Any]
    #: Key of the signal that told of it.
    cause: str


def birth_of(conn: Connection, portal: Portal, binding: Binding, item: Item, now: datetime) -> Birth | None:
    """How the item was made for this pipeline by us, and whose child it is from now on; None: it was not."""
    key = marker_of(item)
    command = outbox.get(conn, portal.name, key) if key else None
    if command is None or command.kind != CREATE_ITEM or command.payload.get("pipeline") != binding.pipeline:
        return None
    links.add(conn, portal.name, link_made_by(command, item.ref), now)
    return Birth(command.payload["how"], command.payload["stage"])


def begin_elsewhere(conn: Connection, portal: Portal, arrival: Arrival, now: datetime) -> None:
    """Have an item made in every pipeline that begins with this stage (`start.on_stage`)."""
    source = arrival.binding
    names = (source.definition.id, source.pipeline)
    for target in portal.bindings.values():
        points = target.definition.start.points
        if any(point.pipeline in names and point.stage == arrival.stage for point in points):
            wish = Wish(
                parent=arrival.ref,
                parent_pipeline=source.pipeline,
                name=target.pipeline,
                how="on_stage",
                values={},
                inherited=shared_values(source, target, arrival.values),
            )
            text = f"{arrival.ref} came to {arrival.stage} of {source.pipeline}: {target.pipeline} begins"
            new = NewCommand(
                key=marker(portal, target.pipeline, f"{arrival.ref}:on_stage:{arrival.visit}"),
                kind=CREATE_ITEM,
                ref=arrival.ref,
                pipeline=target.pipeline,
                visit=arrival.visit,
                payload=payload_of(Target(target.entity_type_id, target.category_id, target), wish),
                cause=arrival.cause,
            )
            queue_start(conn, portal, target, new, text, now)


def queue_start(
    conn: Connection, portal: Portal, target: Binding, new: NewCommand, text: str, now: datetime
) -> None:
    """Ask for an item of a pipeline; one in shadow only says what it would do."""
    is_live = target.mode == "live"
    if is_live and not outbox.add_many(conn, portal.name, [new], now):
        return
    line = NewLine(
        kind="command" if is_live else "would",
        text=text,
        ref=new.ref,
        pipeline=target.pipeline,
        version=target.definition.hash,
        rule=f"{target.definition.file}:{target.definition.start.line} start",
        signal_key=new.cause,
        command_key=new.key,
    )
    journal.add_many(conn, portal.name, [line], now)
