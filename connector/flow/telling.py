"""Telling: people are told in the CRM, once, of what became of a write that a person has to know about.

A notice about a card that is held up must not be held up with it: notices stand in the outbox in the line of
the person they are for, behind no card. What no card's owner can mend is told to the portal's admin, once a
day for each pipeline, kind of write and reason, however many cards it holds up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connector.bitrix24.items import card_address
from connector.bitrix24.moves import OddMove
from connector.flow.commands import COMMENT, NOTIFY, marker
from connector.flow.portal import Portal
from connector.flow.reporting import report_of
from connector.records import Item, ItemRef, StageMove
from connector.store import Connection, catalogue, mirror, outbox
from connector.store.outbox import NewCommand, QueuedCommand
from pipelines.engine.phrases import PHRASES, phrase

#: In place of an entity type: the line of the person whose id follows.
PERSON = 0
#: In place of a pipeline: what is about the stage history as a whole.
HISTORY = "portal:history"
#: The portal's refusals come with line breaks of its pages.
_MARKUP = re.compile(r"<[^<>]*>")
#: Messages go when there is room.
_PRIORITY = 5


def tell_of_parked(
    conn: Connection,
    portal: Portal,
    command: QueuedCommand,
    reason: str,
    now: datetime,
    *,
    is_up_to_card: bool,
) -> None:
    """Tell who can mend it: the card's owner what the card lacks, the admin everything else."""
    item = mirror.get_item(conn, portal.name, command.ref)
    owner = item.owner_id if item is not None else None
    if owner is not None and is_up_to_card and _works_here(conn, portal, owner):
        user, cause, advice = owner, f"{command.key}:parked", "mend_the_card"
    else:
        user, advice = portal.config.admin, "ask_a_person"
        cause = f"parked:{command.kind}:{reason}:{now.date().isoformat()}"
    refusal = _refusal(portal, command, item, _MARKUP.sub("", reason).strip(" ."))
    text = f"{refusal} {phrase(advice, portal.config.language, pipeline=command.pipeline)}"
    _queue(conn, portal, command, ItemRef(PERSON, user), NOTIFY, {"user": user, "text": text}, cause, now)


def _refusal(portal: Portal, command: QueuedCommand, item: Item | None, reason: str) -> str:
    what, language = _what(portal, command.kind), portal.config.language
    if (report := report_of(command.pipeline)) is not None:
        return phrase("report_not_sent", language, what=what, report=report, reason=reason)
    return phrase(
        "not_written",
        language,
        what=what,
        item=item.title if item is not None else str(command.ref),
        address=card_address(portal.config.domain, command.ref),
        reason=reason,
    )


def tell_of_override(
    conn: Connection, portal: Portal, command: QueuedCommand, theirs: StageMove, now: datetime
) -> None:
    """Say on the card that a person's move was overridden; the person decides, nothing is moved again."""
    names = {
        each.id: each.name for each in catalogue.get_stages(conn, portal.name, command.ref.entity_type_id)
    }
    ours = command.payload["stage_id"]
    text = phrase(
        "overridden",
        portal.config.language,
        theirs=names.get(theirs.stage_id, theirs.stage_id),
        ours=names.get(ours, ours),
    )
    cause = f"{command.key}:override"
    _queue(conn, portal, command, command.ref, COMMENT, {"text": text}, cause, now)


def tell_of_quarrel(conn: Connection, portal: Portal, command: QueuedCommand, now: datetime) -> None:
    """Tell the admin, once a day for each pipeline, that something keeps moving cards back."""
    item, admin = mirror.get_item(conn, portal.name, command.ref), portal.config.admin
    text = phrase(
        "quarrel",
        portal.config.language,
        item=item.title if item is not None else str(command.ref),
        address=card_address(portal.config.domain, command.ref),
    )
    cause = f"quarrel:{now.date().isoformat()}"
    _queue(conn, portal, command, ItemRef(PERSON, admin), NOTIFY, {"user": admin, "text": text}, cause, now)


def tell_of_odd_moves(conn: Connection, portal: Portal, rows: Sequence[OddMove], now: datetime) -> None:
    """Tell the admin that rows of the history of one type cannot be read, once a day; of no pipeline."""
    first, admin = rows[0], portal.config.admin
    text = phrase(
        "odd_moves",
        portal.config.language,
        count=str(len(rows)),
        row=first.id,
        item=card_address(portal.config.domain, first.ref) if first.ref else "?",
        reason=first.reason,
    )
    cause = f"odd_moves:{first.entity_type_id}:{now.date().isoformat()}"
    notice = NewCommand(
        key=marker(portal, HISTORY, cause),
        kind=NOTIFY,
        ref=ItemRef(PERSON, admin),
        pipeline=HISTORY,
        visit=cause,
        payload={"user": admin, "text": text},
        priority=_PRIORITY,
    )
    outbox.add_many(conn, portal.name, [notice], now)


def _queue(
    conn: Connection,
    portal: Portal,
    about: QueuedCommand,
    ref: ItemRef,
    kind: str,
    payload: Mapping[str, Any],
    cause: str,
    now: datetime,
) -> None:
    notice = NewCommand(
        key=marker(portal, about.pipeline, cause),
        kind=kind,
        ref=ref,
        pipeline=about.pipeline,
        visit=about.visit,
        payload=payload,
        priority=_PRIORITY,
        cause=about.cause,
    )
    outbox.add_many(conn, portal.name, [notice], now)


def _what(portal: Portal, kind: str) -> str:
    name = f"write_{kind}"
    return phrase(name if name in PHRASES else "write_other", portal.config.language)


def _works_here(conn: Connection, portal: Portal, user: int) -> bool:
    person = catalogue.get_people(conn, portal.name).get(user)
    return person is not None and person.is_active
