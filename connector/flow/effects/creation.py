"""Records made for an item: once, by their marker; one that is there already is linked instead.

Three ways to be there: the card has its company or contact, the pipeline's name for it leads to a record that
is still open, or somebody has the same phone or e-mail (api-reference/crm/duplicates/
crm-duplicate-find-by-comm.md). Nothing is written to a record that was found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connector.bitrix24 import customers, items
from connector.bitrix24.call import Call
from connector.bitrix24.items import card_address
from connector.bitrix24.outcome import Answer, Outcome
from connector.flow import relatives
from connector.flow.commands import COMMENT, marker
from connector.flow.effects.base import (
    MAIN,
    CardWrite,
    Effect,
    Ending,
    Found,
    Look,
    Prepared,
    Settled,
    read_again,
)
from connector.flow.item_values import status_of
from connector.flow.new_records import LINK_ITEM
from connector.flow.portal import Portal
from connector.records import COMPANY, CONTACT, Item, ItemRef
from connector.store import Connection, journal, links, mirror, outbox
from connector.store.journal import NewLine
from connector.store.outbox import NewCommand, QueuedCommand
from pipelines.engine.phrases import phrase


class CreateItem(Effect):
    """A record that belongs to the item; the marker is the command's key."""

    is_repeatable = False

    def guard(self, portal: Portal, commands: Sequence[QueuedCommand]) -> Mapping[str, Settled | Prepared]:
        searches = self._searches(portal, commands)
        answers = portal.client.ask_many(searches) if searches else {}
        ready: dict[str, Settled | Prepared] = {}
        for number, command in enumerate(commands):
            told = [answer for name, answer in answers.items() if name.startswith(f"of{number}_")]
            decided = _in_the_light_of(told, command.payload.get("entity_type_id", 0))
            if decided is not None:
                ready[command.key] = decided
        return ready

    def _searches(self, portal: Portal, commands: Sequence[QueuedCommand]) -> dict[str, Call]:
        """Look-ups for doubles, one for phones and one for e-mails, of what is not there by a link."""
        searches: dict[str, Call] = {}
        with portal.database.read() as conn:
            for number, command in enumerate(commands):
                known = command.payload.get("communications", ())
                if known and _there(conn, portal, command) is None:
                    calls = customers.find_twins(command.payload["entity_type_id"], known)
                    searches |= {f"of{number}_{kind}": call for kind, call in calls.items()}
        return searches

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        problem = command.payload.get("problem")
        if problem is not None:
            return Settled(Ending.PARKED, problem)
        there = _there(conn, portal, command)
        if there is not None:
            _link(conn, portal, command, there, portal.clock.now(), is_new=False)
            return Settled(Ending.DONE, f"{there} is there already, and is linked")
        payload = command.payload
        return Prepared(
            {MAIN: items.add_item(payload["entity_type_id"], payload["fields"], marker=command.key)}
        )

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        made = items.item_of(answers[MAIN], command.payload["entity_type_id"])
        is_new = items.has_marker(made, command.key)
        _link(conn, portal, command, made.ref, now, is_new=is_new)
        return str(made.ref.id)

    def probe(self, portal: Portal, command: QueuedCommand) -> Mapping[str, Call]:
        if "problem" in command.payload:
            return {}
        return {"find": items.find_by_marker(command.payload["entity_type_id"], command.key)}

    def look(self, portal: Portal, command: QueuedCommand, answers: Mapping[str, Answer]) -> Look:
        if "problem" in command.payload:  # it never left: sent again, it waits for a person with its reason
            return Look(Found.NOTHING)
        type_id = command.payload["entity_type_id"]
        found = items.items_with_marker(answers["find"], type_id, command.key)
        return Look(Found.DONE, str(found[0].ref.id)) if found else Look(Found.NOTHING)

    def adopt(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> None:
        type_id = command.payload["entity_type_id"]
        found = items.items_with_marker(answers["find"], type_id, command.key)
        _link(conn, portal, command, found[0].ref, now, is_new=True)


def _in_the_light_of(searches: Sequence[Answer], entity_type_id: int) -> Settled | Prepared | None:
    """What looking for doubles has decided; None: there are none."""
    refused = next((each for each in searches if each.outcome is Outcome.REJECTED), None)
    if refused is not None:
        return Settled(Ending.PARKED, f"the portal does not let us look for doubles: {refused.description}")
    twins = [ref for answer in searches for ref in customers.twins_of(answer, entity_type_id)]
    return Prepared({MAIN: items.get_item(min(twins))}) if twins else None


class LinkItem(CardWrite):
    """The card of an item gets a company or one more contact; what it has stays, so it is read beforehand."""

    def guard(self, portal: Portal, commands: Sequence[QueuedCommand]) -> Mapping[str, Settled | Prepared]:
        cards = items.read_items(portal.client, [command.ref for command in commands])
        return {
            command.key: _linked(command, cards[command.ref]) for command in commands if command.ref in cards
        }

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        return _linked(command, mirror.get_item(conn, portal.name, command.ref))


def _linked(command: QueuedCommand, item: Item | None) -> Prepared | Settled:
    child = ItemRef(*command.payload["child"])
    if item is None:
        return Settled(Ending.WITHDRAWN, "the item is gone")
    if child.entity_type_id == CONTACT:
        if child.id in item.contact_ids:
            return Settled(Ending.DONE, "the card has this contact")
        return Prepared({MAIN: customers.add_contact(command.ref, child.id, present=item.contact_ids)})
    if item.company_id is not None and item.company_id != child.id:
        return Settled(Ending.GIVEN_UP, f"somebody has put company {item.company_id} on the card: it stays")
    return Prepared({MAIN: items.update_item(command.ref, {"companyId": child.id})})


def _there(conn: Connection, portal: Portal, command: QueuedCommand) -> ItemRef | None:
    """The record that the item has already, by its card or under the pipeline's name for it."""
    payload, type_id = command.payload, command.payload["entity_type_id"]
    item = mirror.get_item(conn, portal.name, command.ref)
    if type_id == COMPANY and item is not None and item.company_id is not None:
        return ItemRef(COMPANY, item.company_id)
    if type_id == CONTACT and item is not None and item.contact_ids:
        return ItemRef(CONTACT, item.contact_ids[0])
    if not payload["link"]:
        return None
    named = links.children(
        conn, portal.name, command.ref, pipeline=payload["parent_pipeline"], name=payload["link"]
    )
    there = mirror.get_items(conn, portal.name, [link.child for link in named])
    for link in reversed(named):
        child = there.get(link.child)
        binding = relatives.bound(portal, link.child, link.child_pipeline)
        if child is not None and status_of(conn, portal.name, binding, child) == "open":
            return link.child
    return None


def _link(
    conn: Connection, portal: Portal, command: QueuedCommand, child: ItemRef, now: datetime, *, is_new: bool
) -> None:
    """Keep that the two belong together, and have both cards say so."""
    link = relatives.link_made_by(command, child)
    links.add(conn, portal.name, link, now)  # a new item may have been seen, and linked, before its answer
    read_again(conn, portal, child, now)
    relatives.tell_of_link(conn, portal, link, now)
    rows = _cards_of_customers(conn, portal, command, child)
    if command.payload["is_shown"] and is_new:
        rows += _comments(conn, portal, command, child)
    outbox.add_many(conn, portal.name, rows, now)
    if not is_new:
        line = NewLine(
            kind="linked",
            text=f"{child} is there already, and is linked instead of made twice",
            ref=command.ref,
            pipeline=command.pipeline,
            signal_key=command.cause,
            command_key=command.key,
        )
        journal.add_many(conn, portal.name, [line], now)


def _cards_of_customers(
    conn: Connection, portal: Portal, command: QueuedCommand, child: ItemRef
) -> list[NewCommand]:
    """A company or contact stands in the field of the card that it was made for."""
    if child.entity_type_id not in (COMPANY, CONTACT) or command.ref.entity_type_id == child.entity_type_id:
        return []
    item = mirror.get_item(conn, portal.name, command.ref)
    known = (
        () if item is None else ((COMPANY, item.company_id), *((CONTACT, each) for each in item.contact_ids))
    )
    if (child.entity_type_id, child.id) in known:
        return []
    payload = {"child": [child.entity_type_id, child.id]}
    return [_follower(portal, command, command.ref, LINK_ITEM, payload, "link")]


def _comments(conn: Connection, portal: Portal, command: QueuedCommand, child: ItemRef) -> list[NewCommand]:
    """The timeline of each card names the other, with its address."""
    parent = mirror.get_item(conn, portal.name, command.ref)
    titles = {command.ref: parent.title if parent else "", child: command.payload["title"]}
    rows = []
    for ref, other, words in ((command.ref, child, "child_made"), (child, command.ref, "made_from")):
        address = card_address(portal.config.domain, other)
        text = phrase(words, portal.config.language, title=titles[other], address=address)
        rows.append(_follower(portal, command, ref, COMMENT, {"text": text}, words))
    return rows


def _follower(
    portal: Portal, command: QueuedCommand, ref: ItemRef, kind: str, payload: Mapping[str, Any], what: str
) -> NewCommand:
    """What is done about a record that was made, after it."""
    return NewCommand(
        key=marker(portal, command.pipeline, f"{command.key}:{what}"),
        kind=kind,
        ref=ref,
        pipeline=command.pipeline,
        visit=command.visit,
        payload=payload,
        process_id=command.process_id if ref == command.ref else None,
        priority=0 if kind == LINK_ITEM else 5,
        cause=command.cause,
    )
