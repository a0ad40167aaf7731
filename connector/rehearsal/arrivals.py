"""How the card of a scenario comes into its pipeline.

A scenario that says where its card stands has it there before the product is started, and somebody starts
the process on it by hand. Without a stage the card is new: people make it, or, in a pipeline that does not
take what people make, another card's process has it made.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connector.bitrix24.item_rows import marked
from connector.flow.adopt import join
from connector.flow.commands import marker
from connector.flow.new_records import CREATE_ITEM, Target, Wish, payload_of
from connector.records import DEAL, ItemRef
from connector.rehearsal.product import PORTAL
from connector.store import mirror, outbox
from connector.store.outbox import NewCommand
from pipelines.world import NotHere, PlayError, plain

if TYPE_CHECKING:
    from connector.rehearsal.world import SandboxWorld
    from connector.sandbox.crm.records import Record

#: What the CRM knows of a card's own past.
_INSTANTS: Mapping[str, str] = {"created": "CREATED_TIME", "changed": "UPDATED_TIME"}


def make_card(world: SandboxWorld, stage: str, **marks: str) -> ItemRef:
    """Somebody makes the card of the scenario in a stage of the pipeline; `marks` are fields by REST name."""
    given: Mapping[str, Any] = world.scenario.item
    values = {**given, **given.get("fields", {})}
    creator = given.get("creator", given.get("owner"))
    record = world.portal.item(
        world.board.entity_type_id,
        given.get("id"),
        stage=world.board.stages[stage],
        by=creator,
        **world.cards.begun(values),
        **marks,
    )
    record.values.update(world.cards.found_out(values))
    ref = ItemRef(record.entity_type_id, record.id)
    _set_back(world, record, {_INSTANTS[name]: given[name] for name in _INSTANTS if name in given})
    return ref


def join_by_hand(world: SandboxWorld) -> None:
    """Somebody starts the pipeline on the card, as `funnelwright start` does."""
    with world.product.write() as conn:
        item = mirror.get_item(conn, PORTAL, world.ref)
        if item is None:
            raise PlayError("the card in the mirror", "nothing")
        binding = world.product.portal.bindings[world.definition.id]
        join(conn, world.product.portal, binding, item, "manual", world.clock.now())


def make_earlier_sale(world: SandboxWorld) -> None:
    """The customer has bought before: a deal of theirs was won at `last_won_at`, where no pipeline runs."""
    given = world.scenario.item
    if given.get("last_won_at") is None:
        return
    links = world.cards.begun(
        {name: given[name] for name in ("company", "contact", "contacts") if name in given}
    )
    if not any(links.values()):
        raise NotHere("item.last_won_at is that of the customer: give the item a company or a contact")
    sale = _elsewhere(world, "WON", **links)
    _set_back(world, sale, {"MOVED_TIME": given["last_won_at"]})


def make_parent(world: SandboxWorld) -> ItemRef:
    """The card that the new one will be made for, before the product is started: on the board where the
    pipeline says that it begins (`on_stage`), else on a board of no pipeline."""
    for point in world.definition.start.points:
        neighbour = world.around.neighbours.get(point.pipeline)
        if neighbour is not None:
            stage = next(iter(neighbour.board.stages.values()))
            parent = world.portal.item(neighbour.board.entity_type_id, stage=stage, TITLE="The card before")
            return ItemRef(parent.entity_type_id, parent.id)
    parent = _elsewhere(world, "NEW")
    return ItemRef(parent.entity_type_id, parent.id)


def make_child(world: SandboxWorld, parent: ItemRef) -> ItemRef:
    """The card is made for another one, by a command of that one's process.

    The command stands in the store, and the card bears its key: that is by what the product knows its own
    records, when the answer of the portal was lost. People of the scenario make the card, because a scenario
    says who made it and what it holds.
    """
    portal, pipeline = world.product.portal, world.definition.id
    points = world.definition.start.points
    binding = portal.bindings[pipeline]
    wish = Wish(
        parent=parent,
        parent_pipeline=points[0].pipeline if points else "",
        name=pipeline,
        how="on_stage" if points else "follow_on",
        values={},
    )
    target = Target(binding.entity_type_id, binding.category_id, binding)
    new = NewCommand(
        key=marker(portal, pipeline, f"{parent}:rehearsal"),
        kind=CREATE_ITEM,
        ref=parent,
        pipeline=pipeline,
        visit="before",
        payload=payload_of(target, wish),
    )
    now = world.clock.now()
    with world.product.write() as conn:
        outbox.add_many(conn, PORTAL, [new], now)
        outbox.drop(conn, PORTAL, new.key, now, "the answer was lost")
    first = world.definition.stages[0].id
    return make_card(world, first, **marked(binding.entity_type_id, new.key))


def _elsewhere(world: SandboxWorld, stage: str, **fields: Any) -> Record:
    """A deal on a board that no pipeline is bound to."""
    board = world.portal.pipeline(name="Elsewhere")
    code = f"C{board.id}:{stage}"
    return world.portal.item(DEAL, stage=code, TITLE="Another deal", **fields)


def _set_back(world: SandboxWorld, record: Record, instants: Mapping[str, Any]) -> None:
    told = {name: plain(value, world.calendar.zone) for name, value in instants.items()}
    at = {name: world.instant(value) for name, value in told.items() if isinstance(value, datetime)}
    world.portal.set_clock_back((record.entity_type_id, record.id), **at)
