"""The timeline of CRM items as the portal keeps it: comments, log messages, notes, pins.

What the portal itself writes there (stage changes and the like) is not readable over REST, and not kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from connector.sandbox.crm.records import Record
from connector.sandbox.kernel import Call, RestError

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

PINNED_AT_MOST = 3

#: (entityTypeId, id) of a CRM item.
Item = tuple[int, int]


@dataclass(frozen=True, slots=True)
class File:
    """A file of a comment; its content is not kept."""

    id: int
    name: str
    size: int


@dataclass(slots=True)
class Comment:
    id: int
    #: How the client called the item: ("deal", 7). Nobody checks that it exists.
    entity_type: str
    entity_id: int
    text: str
    author_id: int
    created_at: datetime
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class LogMessage:
    id: int
    item: Item
    title: str
    text: str
    icon_code: str
    author_id: int
    created_at: datetime
    #: The application that wrote it, "" for a webhook: nobody else may delete it.
    client_id: str = ""


@dataclass(slots=True)
class Note:
    text: str
    created_by: int
    created_at: datetime
    updated_by: int
    updated_at: datetime


@dataclass(slots=True)
class Timeline:
    """All timelines of the portal."""

    comments: dict[int, Comment] = field(default_factory=dict)
    log_messages: dict[int, LogMessage] = field(default_factory=dict)
    #: By (itemType, itemId): 1 a record of the timeline, 2 an activity.
    notes: dict[tuple[int, int], Note] = field(default_factory=dict)
    pinned: dict[Item, list[int]] = field(default_factory=dict)

    def comments_of(self, entity_type: str, entity_id: int) -> list[Comment]:
        """Oldest first."""
        named = entity_type.lower()
        rows = self.comments.values()
        return [row for row in rows if row.entity_id == entity_id and row.entity_type.lower() == named]


def type_name(portal: SandboxPortal, entity_type_id: int) -> str:
    """How comments name a type: `deal`, or `dynamic_1046` for everything that has a number in its symbol."""
    entity_type = portal.crm.types.get(entity_type_id)
    if entity_type is None or entity_type.is_dynamic:
        return f"dynamic_{entity_type_id}"
    return entity_type.symbol.lower()


def type_id(portal: SandboxPortal, name: str) -> int | None:
    """The type that a comment names, None when there is none; orders are a type of which nothing is kept."""
    wanted = name.lower()
    if wanted == "order":
        return 14
    found = (each for each in portal.crm.types.by_id if type_name(portal, each) == wanted)
    return next(found, None)


def owner_of(call: Call, code: str, text: str) -> Record:
    """The CRM item that `ownerTypeId` and `ownerId` name; `code` when there is none."""
    record = call.portal.crm.find(call.require_int("ownerTypeId"), call.require_int("ownerId"))
    if record is None:
        raise RestError(code, text)
    if not call.portal.crm.may_read(call.user_id, record):
        raise RestError("ACCESS_DENIED", "Access denied.")
    return record
