"""crm.activity.todo.*: the universal activity, planned work on a CRM item.

There is no method that completes one: crm.activity.update with COMPLETED does
(api-reference/crm/timeline/activities/todo/*.md).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from connector.sandbox import activities
from connector.sandbox.activities import PROVIDER, TODO_PROVIDER, Activity, ActivityBook
from connector.sandbox.kernel import Call, RestError, as_int, method
from connector.sandbox.tasks_fields import listed
from connector.sandbox.timeline import owner_of


def _time(call: Call, name: str) -> datetime:
    at = call.portal.read_time(call.require(name))
    if at is None:
        raise RestError("WRONG_DATETIME_FORMAT", "Incorrect date format")
    return at


def _optional(call: Call) -> dict[str, Any]:
    """What add and update take besides the deadline."""
    values: dict[str, Any] = {}
    if (title := call.get("title")) is not None:
        values["subject"] = str(title)
    if (description := call.get("description")) is not None:
        values["description"] = str(description)
    if (responsible_id := as_int(call.get("responsibleId"))) is not None:
        values["responsible_id"] = responsible_id
    if (offsets := call.get("pingOffsets")) is not None:
        values["settings"] = {"PING_OFFSETS": [as_int(each) or 0 for each in listed(offsets)]}
    return values


@method("crm.activity.todo.add", scope="crm", cost="write")
def add_todo(call: Call) -> Any:
    deadline = _time(call, "deadline")
    owner = owner_of(call, "NOT_FOUND", "Not found.")
    now = call.portal.now()
    values = {
        "subject": "",
        "responsible_id": int(owner.get("ASSIGNED_BY_ID") or call.user_id),
        **_optional(call),
    }
    activity = Activity(
        id=call.portal.next_id("activity"),
        type_id=PROVIDER,
        provider_id=TODO_PROVIDER,
        provider_type_id="TODO",
        bindings=((owner.entity_type_id, owner.id),),
        author_id=call.user_id,
        editor_id=call.user_id,
        created_at=now,
        updated_at=now,
        start_at=deadline,
        end_at=deadline,
        deadline=deadline,
        **values,
    )
    return {"id": activities.put(call.portal, activity).id}


def _found(call: Call, closed: str) -> Activity:
    """The to-do that a call names together with its item; one that is completed can no longer be edited."""
    owner = owner_of(call, "NOT_FOUND", "Not found.")
    activity = call.portal.part(ActivityBook).find(call.require_int("id"))
    is_known = activity is not None and (owner.entity_type_id, owner.id) in activity.bindings
    if activity is None or not is_known or activity.provider_id != TODO_PROVIDER:
        raise RestError("NOT_FOUND", "Not found.")
    if activity.is_completed:
        raise RestError(closed, "Completed activity cannot be modified")
    return activity


def _deadline(at: datetime) -> dict[str, Any]:
    return {"start_at": at, "end_at": at, "deadline": at}


def _responsible(call: Call) -> dict[str, Any]:
    user_id = call.require_int("responsibleId")
    if user_id <= 0:
        raise RestError("INVALID_ARG_VALUE", 'Parameter "responsibleId" must be greater than 0')
    return {"responsible_id": user_id}


_COMPLETED = "CAN_NOT_UPDATE_COMPLETED_TODO"
#: (method, what a completed to-do is refused with, what the method writes)
_UPDATES: tuple[tuple[str, str, Callable[[Call], dict[str, Any]]], ...] = (
    ("update", _COMPLETED, lambda call: {**_deadline(_time(call, "deadline")), **_optional(call)}),
    ("updateDeadline", _COMPLETED, lambda call: _deadline(_time(call, "value"))),
    ("updateDescription", _COMPLETED, lambda call: {"description": str(call.require("value"))}),
    ("updateResponsibleUser", "CAN_NOT_UPDATE_RESPONSIBLE_USER_COMPLETED_TODO", _responsible),
    ("updateColor", _COMPLETED, lambda call: {"settings": {"COLOR_ID": str(call.require("colorId"))}}),
)


def _serve(name: str, closed: str, read: Callable[[Call], dict[str, Any]]) -> None:
    def run(call: Call) -> Any:
        activity = _found(call, closed)
        activities.edit(call.portal, activity, read(call), call.user_id)
        return {"id": activity.id}

    method(f"crm.activity.todo.{name}", scope="crm", cost="write")(run)


for _name, _closed, _read in _UPDATES:
    _serve(_name, _closed, _read)
