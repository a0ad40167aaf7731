"""What clients may write into a task, as v2 spells it; values come out typed, by the attributes of `Task`.

Unknown names are ignored, as the portal does; a value that cannot be read counts as not sent
(api-reference/tasks/fields.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from connector.sandbox.kernel import as_int
from connector.sandbox.tasks_state import Status

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

Reader = Callable[[Any, "SandboxPortal"], Any]
TITLE_LENGTH = 250
XML_ID_LENGTH = 200


class BadTask(Exception):
    """A value that the portal refuses, whichever API it came by; `field` is the v2 name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Unreadable(Exception):
    """The value has not the form of its field: it is not written."""


def listed(value: Any) -> list[Any]:
    """A list however it was sent: a list, PHP's numbered map, one value, or nothing."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, list | tuple):
        return list(value)
    return [] if value in (None, "", False) else [value]


def is_yes(value: Any) -> bool:
    return value is True or str(value).upper() in ("Y", "1", "TRUE")


def _number(value: Any, portal: SandboxPortal) -> int:
    return as_int(value) or 0


def _reference(value: Any, portal: SandboxPortal) -> int | None:
    return as_int(value) or None


def _text(value: Any, portal: SandboxPortal) -> str:
    return "" if value is None else str(value)


def _time(value: Any, portal: SandboxPortal) -> Any:
    if value in (None, "", False):
        return None
    at = portal.read_time(str(value))
    if at is None:
        raise Unreadable
    return at


def _people(value: Any, portal: SandboxPortal) -> tuple[int, ...]:
    ids = (as_int(each) for each in listed(value))
    return tuple(dict.fromkeys(each for each in ids if each))


def _tags(value: Any, portal: SandboxPortal) -> tuple[str, ...]:
    """A list of names, or names with commas between."""
    names = value.split(",") if isinstance(value, str) else listed(value)
    return tuple(dict.fromkeys(name for each in names if (name := str(each).strip())))


def _texts(value: Any, portal: SandboxPortal) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(each) for each in listed(value) if each not in (None, "", False)))


def _flag(value: Any, portal: SandboxPortal) -> bool:
    return is_yes(value)


def _mark(value: Any, portal: SandboxPortal) -> str | None:
    return str(value) if value in ("N", "P") else None


def _priority(value: Any, portal: SandboxPortal) -> int:
    number = as_int(value)
    return number if number in (0, 1, 2) else 1


def _status(value: Any, portal: SandboxPortal) -> Status:
    """The legacy 1 (new) is kept as 2; 7 (declined) can no longer be written."""
    number = as_int(value)
    if number == 1:
        return Status.PENDING
    try:
        return Status(number if number is not None else -1)
    except ValueError:
        raise BadTask("STATUS", "Invalid status") from None


WRITABLE: dict[str, tuple[str, Reader]] = {
    "TITLE": ("title", lambda value, portal: _text(value, portal).strip()[:TITLE_LENGTH]),
    "DESCRIPTION": ("description", _text),
    "RESPONSIBLE_ID": ("responsible_id", _number),
    "CREATED_BY": ("created_by", _number),
    "DEADLINE": ("deadline", _time),
    "START_DATE_PLAN": ("start_plan", _time),
    "END_DATE_PLAN": ("end_plan", _time),
    "PRIORITY": ("priority", _priority),
    "STATUS": ("status", _status),
    "MARK": ("mark", _mark),
    "TASK_CONTROL": ("task_control", _flag),
    "ALLOW_CHANGE_DEADLINE": ("allow_change_deadline", _flag),
    "ALLOW_TIME_TRACKING": ("allow_time_tracking", _flag),
    "MATCH_WORK_TIME": ("match_work_time", _flag),
    "ADD_IN_REPORT": ("add_in_report", _flag),
    "TIME_ESTIMATE": ("time_estimate", _number),
    "AUDITORS": ("auditors", _people),
    "ACCOMPLICES": ("accomplices", _people),
    "GROUP_ID": ("group_id", _number),
    "PARENT_ID": ("parent_id", _reference),
    "STAGE_ID": ("stage_id", _number),
    "FLOW_ID": ("flow_id", _reference),
    "TAGS": ("tags", _tags),
    "UF_CRM_TASK": ("crm", _texts),
    "UF_TASK_WEBDAV_FILES": ("files", _texts),
    "XML_ID": ("xml_id", lambda value, portal: _text(value, portal)[:XML_ID_LENGTH] or None),
}

#: SE_PARAMETER: [{CODE, VALUE}] switches these.
_PARAMETERS = {1: "dates_from_subtasks", 2: "completes_with_subtasks", 3: "requires_result"}


def read_fields(portal: SandboxPortal, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The typed values in a v2 `fields` map, by attribute; `user_fields` holds the custom ones.

    BadTask when the portal refuses one.
    """
    values: dict[str, Any] = {}
    for name, (attribute, read) in WRITABLE.items():
        if name in fields:
            try:
                values[attribute] = read(fields[name], portal)
            except Unreadable:
                continue
    for each in listed(fields.get("SE_PARAMETER")):
        if isinstance(each, Mapping) and (switch := _PARAMETERS.get(as_int(each.get("CODE")) or 0)):
            values[switch] = is_yes(each.get("VALUE"))
    custom = {
        name: value for name, value in fields.items() if name.startswith("UF_") and name not in WRITABLE
    }
    if custom:
        values["user_fields"] = custom
    return values
