"""What leaves for customers or spends a number: letters, text messages, documents. At most once.

No answer means that a person decides: a letter that is sent twice cannot be taken back. Of a letter the
portal keeps an activity with our marker, so one that left is not asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from connector.bitrix24 import automation, customers, documents, items, mail
from connector.bitrix24.call import Call
from connector.bitrix24.outcome import Answer, Outcome
from connector.flow.effects.base import MAIN, Effect, Ending, Found, Look, Prepared, Settled
from connector.flow.portal import Portal
from connector.records import COMPANY, CONTACT, LEAD, Item, ItemRef
from connector.store import Connection, mirror
from connector.store.outbox import QueuedCommand

_NOT_TWICE = "no answer came, and it is not sent twice by itself: look in the portal, then retry or drop it"


class AtMostOnce(Effect):
    """A command that is never repeated without a person."""

    is_repeatable = False

    def look(self, portal: Portal, command: QueuedCommand, answers: Mapping[str, Answer]) -> Look:
        return Look(Found.PARKED, reason=_NOT_TWICE)


class SendEmail(AtMostOnce):
    """A letter to the item's contact or company, or to one of our people."""

    def guard(self, portal: Portal, commands: Sequence[QueuedCommand]) -> Mapping[str, Settled | Prepared]:
        """Addresses are read when the letter leaves: the mirror has none."""
        with portal.database.read() as conn:
            cards = mirror.get_items(conn, portal.name, [command.ref for command in commands])
        readers = {command.key: _reader(command, cards.get(command.ref)) for command in commands}
        addresses = _addresses(portal, set(readers.values()))
        return {
            command.key: _letter(portal, command, readers[command.key], addresses, cards.get(command.ref))
            for command in commands
            if "problem" not in command.payload
        }

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        return Settled(Ending.PARKED, command.payload["problem"])

    def refused(self, command: QueuedCommand, answers: Mapping[str, Answer]) -> Settled | None:
        said = answers[MAIN].description or "it gave no reason"
        hint = "the letter stands in the timeline, unsent: delete it there before you retry"
        return Settled(Ending.PARKED, f"the portal did not send it ({said}); {hint}")

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        return str(answers[MAIN].result)

    def probe(self, portal: Portal, command: QueuedCommand) -> Mapping[str, Call]:
        return {"find": mail.find_email(command.ref, command.key)}

    def look(self, portal: Portal, command: QueuedCommand, answers: Mapping[str, Answer]) -> Look:
        found = mail.email_with_marker(answers["find"], command.key)
        return Look(Found.DONE, found) if found else Look(Found.PARKED, reason=_NOT_TWICE)


Reader = ItemRef | int | None


def _reader(command: QueuedCommand, item: Item | None) -> Reader:
    """Whose address it is: a card, or an employee; None if the item has no such customer."""
    to = str(command.payload.get("to", ""))
    if to.startswith("user:"):
        return int(to.removeprefix("user:")) if to.removeprefix("user:").isdecimal() else None
    if item is None:
        return None
    if to == "owner":
        return item.owner_id
    if to == "company":
        return ItemRef(COMPANY, item.company_id) if item.company_id is not None else None
    if item.contact_ids:
        return ItemRef(CONTACT, item.contact_ids[0])
    # A lead that nobody has made a contact of carries the address itself.
    return item.ref if item.ref.entity_type_id == LEAD else None


def _addresses(portal: Portal, readers: set[Reader]) -> dict[Reader, str]:
    """The e-mail addresses of cards and employees; who has none is left out."""
    cards = {f"card{number}": each for number, each in enumerate(readers) if isinstance(each, ItemRef)}
    employees = sorted(each for each in readers if isinstance(each, int))
    calls = {name: items.get_item(ref) for name, ref in cards.items()}
    if employees:
        calls["employees"] = mail.read_employees(employees)
    answers = portal.client.ask_many(calls) if calls else {}
    found: dict[Reader, str] = {}
    for name, ref in cards.items():
        # A card that is gone, or that we may not see, has no address for us; the others go on.
        is_refused = answers[name].outcome is Outcome.REJECTED
        emails = [] if is_refused else customers.emails_of(answers[name])
        if emails:
            found[ref] = emails[0]
    return found | (mail.emails_of_employees(answers["employees"]) if employees else {})


def _letter(
    portal: Portal,
    command: QueuedCommand,
    reader: Reader,
    addresses: Mapping[Reader, str],
    item: Item | None,
) -> Prepared | Settled:
    payload = command.payload
    if reader not in addresses:
        return Settled(
            Ending.PARKED, f"there is no e-mail address of the {payload['to']}: fill it in and retry"
        )
    letter = mail.send_email(
        command.ref,
        subject=payload["subject"],
        body=payload["body"],
        address=addresses[reader],
        reader=reader if isinstance(reader, ItemRef) else None,
        responsible_id=item.owner_id if item else None,
        marker=command.key,
        at=portal.clock.now(),
    )
    return Prepared({MAIN: letter})


class StartWorkflow(AtMostOnce):
    """A workflow or trigger of the portal, such as the one that sends a text message."""

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        name = command.payload["workflow"]
        workflow = portal.config.workflows.get(name)
        if workflow is None:
            return Settled(Ending.PARKED, f"config.toml has no workflows.{name}: add it and retry")
        if workflow.template is not None:
            return Prepared({MAIN: automation.start_workflow(workflow.template, command.ref)})
        return Prepared({MAIN: automation.pull_trigger(str(workflow.trigger), command.ref)})

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        started = answers[MAIN].result
        return started if isinstance(started, str) else None


class MakeDocument(AtMostOnce):
    """A document of the portal's own generator, by its name in config or its id in the portal."""

    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        name = command.payload["template"]
        template = int(name) if name.isdecimal() else portal.config.documents.get(name)
        if template is None:
            return Settled(Ending.PARKED, f"config.toml has no documents.{name}: add it and retry")
        return Prepared({MAIN: documents.add_document(template, command.ref)})

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        return str(documents.document_id(answers[MAIN]))
