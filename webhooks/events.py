"""Which record an event is about.

An event names an id and nothing else that is believed: what changed is read back from the portal. Events of
the portal's settings, of activities, comments, requisites and products are genuine but of no interest.
Names and shapes: api-reference/events/events.md, api-reference/crm/*/events/,
api-reference/tasks/events-tasks/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connector.records import COMPANY, CONTACT, DEAL, LEAD, HintKind
from webhooks.payload import PayloadError

#: Ids are 32-bit columns of the portal.
MAX_ID: Final = 2**31 - 1

_ITEM_EVENTS: Final = {
    f"ONCRM{name}{action}": entity_type_id
    for name, entity_type_id in (("LEAD", LEAD), ("DEAL", DEAL), ("CONTACT", CONTACT), ("COMPANY", COMPANY))
    for action in ("ADD", "UPDATE", "DELETE")
} | {"ONCRMDEALMOVETOCATEGORY": DEAL}
# Smart processes and smart invoices; the suffix is the type, for handlers bound to one type only.
_DYNAMIC_EVENT: Final = re.compile(r"ONCRMDYNAMICITEM(?:ADD|UPDATE|DELETE)(?:_(?P<type_id>[0-9]{1,10}))?")

_ITEM_ID = ("data[FIELDS][ID]", "data[ID]")
# A task that was added has no "before", a deleted one no "after": the literal "undefined" stands there.
_TASK_ID = ("data[FIELDS_AFTER][ID]", "data[FIELDS_BEFORE][ID]", "data[FIELDS][ID]", "data[ID]")
# The ID of a comment event is the comment's (0 in the task card of 2025 and later).
_COMMENTED_TASK_ID = ("data[FIELDS_AFTER][TASK_ID]", "data[FIELDS_BEFORE][TASK_ID]")
_ID_OF_TASK_IN: Final = {
    "ONTASKADD": _TASK_ID,
    "ONTASKUPDATE": _TASK_ID,
    "ONTASKDELETE": _TASK_ID,
    "ONTASKCOMMENTADD": _COMMENTED_TASK_ID,
}

_ABSENT = frozenset({"", "undefined"})
_DECIMAL = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Mention:
    """A record that an event is about; `entity_type_id` is 0 for a task."""

    kind: HintKind
    entity_type_id: int
    entity_id: int


def find_mention(event: str, pairs: Mapping[str, str]) -> Mention | None:
    """The record, or None for an event of no interest; PayloadError if the event lacks what it must have."""
    if entity_type_id := _ITEM_EVENTS.get(event):
        return Mention("item", entity_type_id, _read_id(pairs, _ITEM_ID))
    if keys := _ID_OF_TASK_IN.get(event):
        return Mention("task", 0, _read_id(pairs, keys))
    if dynamic := _DYNAMIC_EVENT.fullmatch(event):
        return Mention("item", _read_type(dynamic["type_id"], pairs), _read_id(pairs, _ITEM_ID))
    return None


def _read_type(suffix: str | None, pairs: Mapping[str, str]) -> int:
    named = pairs.get("data[FIELDS][ENTITY_TYPE_ID]", "")
    candidates = {_to_id(text) for text in (suffix or "", named) if text not in _ABSENT}
    if len(candidates) != 1:
        raise PayloadError("no type of record" if not candidates else "two types of record")
    return candidates.pop()


def _read_id(pairs: Mapping[str, str], keys: tuple[str, ...]) -> int:
    for key in keys:
        text = pairs.get(key, "")
        if text not in _ABSENT:
            return _to_id(text)
    raise PayloadError("no id")


def _to_id(text: str) -> int:
    number = int(text) if _DECIMAL.fullmatch(text) else 0
    if not 0 < number <= MAX_ID:
        raise PayloadError("not an id")
    return number
