"""crm.activity.add, update and delete; what an application may do and a webhook may not.

Editing the mirror of a task edits the task, deleting it takes the task's bindings away. An e-mail goes out
when it is added outgoing and completed; one that cannot be sent has been added all the same
(api-reference/crm/timeline/activities/activity-base/*.md,
tutorials/crm/how-to-add-crm-objects/how-to-send-email.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connector.sandbox import activities, tasks_changes
from connector.sandbox.activities import (
    CALL,
    EMAIL,
    MEETING,
    PROVIDER,
    TASK_PROVIDER,
    Activity,
    ActivityBook,
    Binding,
)
from connector.sandbox.activities_list import found
from connector.sandbox.kernel import Call, RestError, as_int, method
from connector.sandbox.tasks_changes import NotAllowed
from connector.sandbox.tasks_fields import BadTask, is_yes, listed
from connector.sandbox.tasks_state import TaskBook

#: The provider of an activity whose kind is all that was said of it.
_PROVIDERS = {
    MEETING: ("CRM_MEETING", "MEETING"),
    CALL: ("VOXIMPLANT_CALL", "CALL"),
    EMAIL: ("CRM_EMAIL", "EMAIL"),
}
_OUTGOING = 2

_READERS: dict[str, tuple[str, Callable[[Call, Any], Any]]] = {
    "SUBJECT": ("subject", lambda call, value: str(value)),
    "DESCRIPTION": ("description", lambda call, value: str(value or "")),
    "DESCRIPTION_TYPE": ("description_type", lambda call, value: as_int(value) or 1),
    "RESPONSIBLE_ID": ("responsible_id", lambda call, value: as_int(value) or call.user_id),
    "START_TIME": ("start_at", lambda call, value: call.portal.read_time(value) if value else None),
    "END_TIME": ("end_at", lambda call, value: call.portal.read_time(value) if value else None),
    "COMPLETED": ("is_completed", lambda call, value: is_yes(value)),
    "PRIORITY": ("priority", lambda call, value: as_int(value) or 2),
    "DIRECTION": ("direction", lambda call, value: as_int(value) or 0),
    "NOTIFY_TYPE": ("notify_type", lambda call, value: as_int(value) or 0),
    "LOCATION": ("location", lambda call, value: str(value or "")),
    "ORIGINATOR_ID": ("originator_id", lambda call, value: str(value) if value else None),
    "ORIGIN_ID": ("origin_id", lambda call, value: str(value) if value else None),
    "ORIGIN_VERSION": ("origin_version", lambda call, value: str(value) if value else None),
    "SETTINGS": ("settings", lambda call, value: _map(value)),
    "PROVIDER_PARAMS": ("provider_params", lambda call, value: _map(value)),
}


def _map(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _values(call: Call, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        attribute: read(call, fields[name]) for name, (attribute, read) in _READERS.items() if name in fields
    }


@method("crm.activity.add", scope="crm", cost="write")
def add_activity(call: Call) -> Any:
    fields = call.mapping("fields")
    type_id = _kind(call, fields)
    communications = tuple(
        _reached(call, _map(each)) for each in listed(fields.get("COMMUNICATIONS")) if each
    )
    _check(fields, type_id, communications)
    owner, responsible_id = _owner(call, fields)
    now, values = call.portal.now(), _values(call, fields)
    provider_id, provider_type_id = _PROVIDERS.get(type_id, ("", ""))
    values.setdefault("responsible_id", responsible_id)
    values["deadline"] = values.get("start_at" if type_id in (CALL, MEETING) else "end_at")
    activity = Activity(
        id=call.portal.next_id("activity"),
        type_id=type_id,
        bindings=_bindings(owner, communications),
        author_id=call.user_id,
        editor_id=call.user_id,
        created_at=now,
        updated_at=now,
        provider_id=str(fields.get("PROVIDER_ID") or provider_id),
        provider_type_id=str(fields.get("PROVIDER_TYPE_ID") or provider_type_id),
        associated_id=as_int(fields.get("ASSOCIATED_ENTITY_ID")) or 0,
        communications=communications,
        **values,
    )
    activities.put(call.portal, activity)
    _send_mail(call, activity)
    return activity.id


def _reached(call: Call, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Whom an activity reaches, as it is kept: everything a text."""
    entity_type_id, entity_id = as_int(sent.get("ENTITY_TYPE_ID")), as_int(sent.get("ENTITY_ID"))
    return {
        "ID": str(call.portal.next_id("communication")),
        "TYPE": str(sent.get("TYPE") or ""),
        "VALUE": str(sent.get("VALUE") or ""),
        "ENTITY_ID": str(entity_id or 0),
        "ENTITY_TYPE_ID": str(entity_type_id or 0),
    }


def _kind(call: Call, fields: Mapping[str, Any]) -> int:
    type_id, provider = as_int(fields.get("TYPE_ID")), str(fields.get("PROVIDER_ID") or "")
    if provider == "CONFIGURABLE_REST_APP":
        raise RestError("", "Use crm.activity.configurable.add for this activity provider")
    if provider == "REST_APP" and call.credential.kind != "app":
        raise RestError("", "Application context required")
    if type_id is None or not 1 <= type_id <= PROVIDER:
        raise RestError("", "The field TYPE_ID is not defined or invalid")
    if type_id not in (MEETING, CALL, EMAIL, PROVIDER):
        raise RestError("", f'The activity type "{type_id}" is not supported in current context')
    if type_id == PROVIDER and not provider:
        raise RestError("", "The custom activity without provider is not supported in current context")
    return type_id


def _check(fields: Mapping[str, Any], type_id: int, communications: tuple[dict[str, Any], ...]) -> None:
    if not str(fields.get("SUBJECT") or "").strip():
        raise RestError("", "The field SUBJECT is not defined or empty")
    if type_id != PROVIDER and not communications:
        raise RestError("", "The field COMMUNICATIONS is not defined or invalid")
    if type_id == MEETING and len(communications) > 1:
        raise RestError("", "The only one communication is allowed for activity of specified type")


def _owner(call: Call, fields: Mapping[str, Any]) -> tuple[Binding, int]:
    """The item that the activity belongs to, and who answers for it."""
    item = as_int(fields.get("OWNER_TYPE_ID")) or 0, as_int(fields.get("OWNER_ID")) or 0
    if not all(item):
        text = (
            "Could not build binding. Please ensure that owner info and communications are defined correctly"
        )
        raise RestError("", text)
    record = call.portal.crm.find(*item)
    if record is None:
        entity_type = call.portal.crm.types.get(item[0])
        raise RestError(
            "", f"Could not find '{entity_type.symbol if entity_type else item[0]}' with ID: {item[1]}"
        )
    if not call.portal.crm.may_read(call.user_id, record):
        raise RestError("", "Access denied.")
    return item, int(record.get("ASSIGNED_BY_ID") or call.user_id)


def _bindings(owner: Binding, communications: tuple[dict[str, Any], ...]) -> tuple[Binding, ...]:
    """The owner, then whom the activity reaches."""
    reached = ((as_int(each.get("ENTITY_TYPE_ID")), as_int(each.get("ENTITY_ID"))) for each in communications)
    return tuple(dict.fromkeys((owner, *((kind, number) for kind, number in reached if kind and number))))


def _send_mail(call: Call, activity: Activity) -> None:
    if activity.type_id != EMAIL or activity.direction != _OUTGOING or not activity.is_completed:
        return
    if not any("@" in str(each.get("VALUE")) for each in activity.communications):
        raise RestError("", 'Email send error. "To" is not found')
    call.portal.part(ActivityBook).sent_mails.append(activity)


@method("crm.activity.update", scope="crm", cost="write")
def update_activity(call: Call) -> Any:
    activity, fields = found(call), call.mapping("fields")
    values = _values(call, fields)
    if "subject" in values and not values["subject"].strip():
        raise RestError("", "The field SUBJECT is not defined or empty")
    if activity.provider_id == TASK_PROVIDER:
        _edit_task(call, activity, values)
        return True
    source = "start_at" if activity.type_id in (CALL, MEETING) else "end_at"
    if source in values:
        values["deadline"] = values[source]
    activities.edit(call.portal, activity, values, call.user_id)
    return True


def _edit_task(call: Call, mirror: Activity, values: Mapping[str, Any]) -> None:
    """What is done to the mirror is done to the task, by the task's rules; the mirror then follows."""
    task = call.portal.part(TaskBook).find(mirror.associated_id)
    if task is None:
        raise RestError("", "Activity is not found.")
    names = {"subject": "title", "description": "description", "responsible_id": "responsible_id"}
    changes = {names[name]: value for name, value in values.items() if name in names}
    if "end_at" in values:
        changes["deadline"] = values["end_at"]
    try:
        if changes:
            tasks_changes.update(call.portal, task, changes, call.user_id)
        if "is_completed" in values and values["is_completed"] != task.is_closed:
            if values["is_completed"]:
                tasks_changes.act(call.portal, task, "complete", call.user_id)
            else:
                tasks_changes.reopen(call.portal, task, call.user_id)
    except (NotAllowed, BadTask):
        raise RestError("", "Access denied.") from None


@method("crm.activity.delete", scope="crm", cost="write")
def delete_activity(call: Call) -> Any:
    activity = found(call)
    activities.remove(call.portal, activity, call.user_id)
    task = call.portal.part(TaskBook).find(activity.associated_id)
    if activity.provider_id == TASK_PROVIDER and task is not None:
        tasks_changes.unbind(call.portal, task, call.user_id)
    return True


#: Served to applications by the cloud; of them the sandbox portal has only the refusal of webhooks.
_FOR_APPLICATIONS = (
    "crm.activity.configurable.add",
    "crm.activity.configurable.get",
    "crm.activity.configurable.update",
    "crm.activity.layout.blocks.set",
    "crm.activity.layout.blocks.get",
    "crm.activity.layout.blocks.delete",
    "crm.timeline.layout.blocks.set",
    "crm.timeline.layout.blocks.get",
    "crm.timeline.layout.blocks.delete",
)


def _refuse(call: Call) -> Any:
    if call.credential.kind == "app":
        raise RestError("ERROR_METHOD_NOT_FOUND", "The sandbox portal does not serve this method", 404)
    raise RestError(
        "ERROR_WRONG_CONTEXT", "The method can only be called in the context of a REST application"
    )


for _name in _FOR_APPLICATIONS:
    method(_name, scope="crm")(_refuse)
