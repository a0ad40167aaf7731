"""What every kind of command can say: what to send, what to keep, how to see whether it happened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar

from connector.bitrix24.call import Call
from connector.bitrix24.outcome import Answer
from connector.flow.portal import Portal
from connector.outgoing import OutsideCall
from connector.records import Hint, ItemRef
from connector.store import Connection, inbox
from connector.store.outbox import QueuedCommand

#: The usual name of the call whose answer is the outcome of the command.
MAIN = "do"


class Ending(Enum):
    """How a command ends before anything is sent."""

    DONE = "done"  #: it is so already
    WITHDRAWN = "withdrawn"  #: its reason is gone
    CONFLICT = "conflict"  #: a person was first, and wins
    QUARREL = "quarrel"  #: somebody else undoes it again and again: a person must look
    PARKED = "parked"  #: a person must decide
    PUT_BACK = "put back"  #: it cannot be known now: later
    GIVEN_UP = "given up"  #: it will not be sent, and nothing waits for it


@dataclass(frozen=True, slots=True)
class Settled:
    """There is nothing to send."""

    ending: Ending
    reason: str
    #: What a parked command waits for is on the card: who works on it can mend it.
    is_up_to_card: bool = False
    #: The record that is there already.
    remote_id: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What to send: calls of one batch by name, in order; `main` names the one that is the outcome."""

    calls: Mapping[str, Call]
    #: What the write will look like when it comes back: (field, value) of the item.
    echoes: Sequence[tuple[str, str]] = ()
    main: str = MAIN
    #: A call to somebody else than the portal, instead of `calls`.
    outside: OutsideCall | None = None


class Found(Enum):
    """What looking for the effect of an unknown command showed."""

    DONE = "done"
    NOTHING = "nothing"
    CONFLICT = "conflict"
    PARKED = "parked"  #: it may not be repeated unless a person says so
    GIVEN_UP = "given up"  #: it may not be repeated, and nobody can tell whether it happened


@dataclass(frozen=True, slots=True)
class Look:
    """The result of a probe; `remote_id` names the record that was found."""

    found: Found
    remote_id: str | None = None
    reason: str = ""


class Effect(ABC):
    """One kind of command. Nothing here decides: the payload says it all."""

    #: Sent twice it has the effect of once, so an unknown one is sent again when it has settled.
    is_repeatable: ClassVar[bool] = True
    #: Looked at once more when nothing can be under way any more (`verifying`).
    is_verified: ClassVar[bool] = False

    def guard(self, portal: Portal, commands: Sequence[QueuedCommand]) -> Mapping[str, Settled | Prepared]:
        """Read what must be known before sending, for all claimed commands of this kind.

        By key: those that are not to be sent, and those that are to be sent in the light of what was read;
        the others are prepared.
        """
        return {}

    @abstractmethod
    def prepare(self, conn: Connection, portal: Portal, command: QueuedCommand) -> Prepared | Settled:
        """The calls to send, or why there are none."""

    def refused(self, command: QueuedCommand, answers: Mapping[str, Answer]) -> Settled | None:
        """How to take a refusal of the main call; None: as one (it is parked)."""
        return None

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        """Take over the answer in the commit that ends the command; returns the id of the record made."""
        return None

    def probe(self, portal: Portal, command: QueuedCommand) -> Mapping[str, Call]:
        """The reads that show whether an unknown command had its effect."""
        return {}

    def look(self, portal: Portal, command: QueuedCommand, answers: Mapping[str, Answer]) -> Look:
        """What they show."""
        return Look(Found.NOTHING)

    def adopt(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> None:
        """Take over the record that a probe found."""
        return None


class CardWrite(Effect):
    """A write to the card itself: what came of it is read back."""

    def keep(
        self,
        conn: Connection,
        portal: Portal,
        command: QueuedCommand,
        answers: Mapping[str, Answer],
        now: datetime,
    ) -> str | None:
        read_again(conn, portal, command.ref, now)
        return None


def read_again(conn: Connection, portal: Portal, ref: ItemRef, now: datetime) -> None:
    """Have an item read back after a write of ours, whether or not the portal announces it."""
    hint = Hint(portal.name, "item", ref.entity_type_id, ref.id, "OWN_WRITE", now, "")
    inbox.add_many(conn, [hint])


def read_task_again(conn: Connection, portal: Portal, task_id: int, now: datetime) -> None:
    """The same for a task: a rep may have been quicker than our bookkeeping."""
    inbox.add_many(conn, [Hint(portal.name, "task", 0, task_id, "OWN_WRITE", now, "")])
