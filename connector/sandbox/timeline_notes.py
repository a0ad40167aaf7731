"""Notes on records of a timeline, and what is pinned to its top: crm.timeline.note.*, crm.timeline.item.*.

One note for each record, written over by the next (api-reference/crm/timeline/note/*.md, actions/*.md).
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.activities import ActivityBook
from connector.sandbox.kernel import Call, RestError, method
from connector.sandbox.timeline import PINNED_AT_MOST, Item, Note, Timeline, owner_of, type_id

_RECORD, _ACTIVITY = 1, 2


def _not_found() -> RestError:
    return RestError("NOT_FOUND", "Element not found")


def _noted(call: Call) -> tuple[int, int]:
    """The record that a note is about: it must exist in the timeline of the item that is named with it."""
    owner = owner_of(call, "NOT_FOUND", "Element not found")
    kind, number = call.require_int("itemType"), call.require_int("itemId")
    item = owner.entity_type_id, owner.id
    if kind == _ACTIVITY:
        activity = call.portal.part(ActivityBook).find(number)
        if activity is None or item not in activity.bindings:
            raise _not_found()
    elif kind != _RECORD or not _is_in_timeline(call, item, number):
        raise _not_found()
    return kind, number


def _is_in_timeline(call: Call, item: Item, number: int) -> bool:
    timeline = call.portal.part(Timeline)
    comment, message = timeline.comments.get(number), timeline.log_messages.get(number)
    if comment is not None:
        return (type_id(call.portal, comment.entity_type), comment.entity_id) == item
    return message is not None and message.item == item


@method("crm.timeline.note.save", scope="crm", cost="write")
def save_note(call: Call) -> Any:
    notes, key, text = call.portal.part(Timeline).notes, _noted(call), str(call.require("text"))
    now, known = call.portal.now(), notes.get(key)
    if known is None:
        notes[key] = Note(text, call.user_id, now, call.user_id, now)
    else:
        known.text, known.updated_by, known.updated_at = text, call.user_id, now
    return True


@method("crm.timeline.note.get", scope="crm")
def get_note(call: Call) -> Any:
    note = call.portal.part(Timeline).notes.get(_noted(call))
    if note is None:
        raise _not_found()
    return {
        "text": note.text,
        "createdById": note.created_by,
        "createdTime": call.portal.write_time(note.created_at),
        "updatedById": note.updated_by,
        "updatedTime": call.portal.write_time(note.updated_at),
    }


@method("crm.timeline.note.delete", scope="crm", cost="write")
def delete_note(call: Call) -> Any:
    if call.portal.part(Timeline).notes.pop(_noted(call), None) is None:
        raise _not_found()
    return True


def _pinnable(call: Call) -> tuple[list[int], int]:
    number = call.require_int("id")
    owner = owner_of(call, "OWNER_NOT_FOUND", "Owner not found")
    item = owner.entity_type_id, owner.id
    if not _is_in_timeline(call, item, number):
        raise RestError("NOT_FOUND", "Not found.")
    return call.portal.part(Timeline).pinned.setdefault(item, []), number


@method("crm.timeline.item.pin", scope="crm", cost="write")
def pin(call: Call) -> Any:
    pinned, number = _pinnable(call)
    if number not in pinned:
        if len(pinned) == PINNED_AT_MOST:
            raise RestError("0", "Only three events can be added to favorites")
        pinned.append(number)
    return None


@method("crm.timeline.item.unpin", scope="crm", cost="write")
def unpin(call: Call) -> Any:
    pinned, number = _pinnable(call)
    if number in pinned:
        pinned.remove(number)
    return None
