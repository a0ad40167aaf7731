"""The fields of a task in REST v3: of which type they are, and which a client may write.

Values are typed JSON; words stand for statuses, priorities and marks; a deadline must carry its offset. Names
that the object has not, and names that cannot be written, are refused
(api-reference/tasks/fields-rest-v3.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from connector.sandbox.kernel import RestError
from connector.sandbox.tasks_fields import TITLE_LENGTH, XML_ID_LENGTH, BadTask, is_yes
from connector.sandbox.tasks_state import Status
from connector.sandbox.tasks_v3_lists import invalid, missing_field, unknown_field, wrong_type

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

DTO = "TaskDto"
Type = Literal["int", "string", "bool", "DateTime", "array", "object"]

STATUS_WORDS = {
    Status.PENDING: "pending",
    Status.IN_PROGRESS: "in_progress",
    Status.AWAITING_CONTROL: "supposedly_completed",
    Status.COMPLETED: "completed",
    Status.DEFERRED: "deferred",
}
PRIORITY_WORDS = {0: "low", 1: "average", 2: "high"}
_STATUSES = {word: status for status, word in STATUS_WORDS.items()}
_PRIORITIES = {word: priority for priority, word in PRIORITY_WORDS.items()}
_MARKS = {"none": None, "N": "N", "P": "P"}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the task object; a written value goes to `attribute`, "" where it cannot be written."""

    name: str
    type: Type
    attribute: str = ""
    is_sortable: bool = False
    only_new: bool = False
    convert: Callable[[Any], Any] | None = None


def _people(value: list[Any]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(each for each in value if type(each) is int))


def _texts(value: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(each) for each in value))


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("id", "int", is_sortable=True),
        Field("title", "string", "title", True, convert=lambda text: text.strip()[:TITLE_LENGTH]),
        Field("description", "string", "description"),
        Field("creatorId", "int", "created_by", True, only_new=True),
        Field("creator", "object"),
        Field("created", "DateTime", is_sortable=True),
        Field("responsibleId", "int", "responsible_id", True),
        Field("responsible", "object"),
        Field("deadline", "DateTime", "deadline", True),
        Field("needsControl", "bool", "task_control"),
        Field("startPlan", "DateTime", "start_plan", True),
        Field("endPlan", "DateTime", "end_plan", True),
        Field("fileIds", "array"),
        Field("checklist", "array"),
        Field("groupId", "int", "group_id", True),
        Field("group", "object"),
        Field("stageId", "int", "stage_id"),
        Field("stage", "object"),
        Field("epicId", "int"),
        Field("storyPoints", "int"),
        Field("flowId", "int", "flow_id"),
        Field("flow", "object"),
        Field("priority", "string", "priority", True, convert=_PRIORITIES.__getitem__),
        Field("status", "string", "status", True, convert=_STATUSES.__getitem__),
        Field("statusChanged", "DateTime"),
        Field("accomplices", "array", "accomplices", convert=_people),
        Field("auditors", "array", "auditors", convert=_people),
        Field("parentId", "int", "parent_id"),
        Field("parent", "object"),
        Field("containsChecklist", "bool"),
        Field("containsSubTasks", "bool"),
        Field("containsRelatedTasks", "bool"),
        Field("containsGanttLinks", "bool"),
        Field("containsPlacements", "bool"),
        Field("containsResults", "bool"),
        Field("numberOfReminders", "int"),
        Field("chatId", "int"),
        Field("chat", "object"),
        Field("plannedDuration", "int"),
        Field("actualDuration", "int"),
        Field("durationType", "string"),
        Field("started", "DateTime", is_sortable=True),
        Field("estimatedTime", "int", "time_estimate", True),
        Field("replicate", "bool"),
        Field("changed", "DateTime", is_sortable=True),
        Field("changedById", "int"),
        Field("changedBy", "object"),
        Field("statusChangedById", "int"),
        Field("statusChangedBy", "object"),
        Field("closedById", "int"),
        Field("closedBy", "object"),
        Field("closed", "DateTime", is_sortable=True),
        Field("activity", "DateTime", is_sortable=True),
        Field("guid", "string"),
        Field("xmlId", "string", "xml_id", convert=lambda text: text[:XML_ID_LENGTH] or None),
        Field("exchangeId", "string"),
        Field("exchangeModified", "string"),
        Field("outlookVersion", "int"),
        Field("mark", "string", "mark", True, convert=_MARKS.__getitem__),
        Field("allowsChangeDeadline", "bool", "allow_change_deadline", True),
        Field("allowsTimeTracking", "bool", "allow_time_tracking", True),
        Field("matchesWorkTime", "bool", "match_work_time"),
        Field("addInReport", "bool", "add_in_report"),
        Field("isMultitask", "bool"),
        Field("siteId", "string"),
        Field("deadlineCount", "int"),
        Field("declineReason", "string"),
        Field("forumTopicId", "int"),
        Field("maxDeadlineChangeDate", "DateTime"),
        Field("maxDeadlineChanges", "int"),
        Field("requireDeadlineChangeReason", "bool"),
        Field("link", "string"),
        Field("rights", "array"),
        Field("archiveLink", "string"),
        Field("crmItemIds", "array", "crm", convert=_texts),
        Field("requireResult", "bool", "requires_result"),
        Field("matchesSubTasksTime", "bool", "dates_from_subtasks"),
        Field("autocompleteSubTasks", "bool", "completes_with_subtasks"),
        Field("allowsChangeDatePlan", "bool"),
        Field("inFavorite", "array"),
        Field("inPin", "array"),
        Field("inGroupPin", "array"),
        Field("inMute", "array"),
        Field("dependsOn", "array"),
        Field("scenarios", "array"),
    )
}
REQUIRED = ("title", "creatorId", "responsibleId")


def read_fields(portal: SandboxPortal, fields: Mapping[str, Any], *, is_new: bool) -> dict[str, Any]:
    """The values in a v3 `fields` object, by the attributes of `Task`; refused as the portal refuses them."""
    for name in fields:
        if name not in FIELDS:
            raise unknown_field(name, DTO)
    mistakes = [missing_field(name) for name in REQUIRED if is_new and fields.get(name) is None]
    values: dict[str, Any] = {}
    for name, value in fields.items():
        field = FIELDS[name]
        if not field.attribute or (field.only_new and not is_new):
            mistakes.append((name, _not_editable(name)))
            continue
        try:
            values[field.attribute] = _read(portal, field, value)
        except (KeyError, TypeError):
            mistakes.append(wrong_type(name, field.type))
    if mistakes:
        raise invalid(*mistakes)
    return values


def _not_editable(name: str) -> str:
    attribute = "requires the presence of the `Editable` attribute for such a request"
    return f"In DTO `{DTO}`, the field `{name}` {attribute}"


_EMPTY: dict[Type, Any] = {"string": "", "int": 0, "array": []}


def _read(portal: SandboxPortal, field: Field, value: Any) -> Any:
    """TypeError or KeyError when the value is not of the field's type."""
    if value is None:
        if field.name in ("mark", "parentId", "flowId") or field.type == "DateTime":
            return None
        value = _EMPTY[field.type]
    if field.type == "DateTime":
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            raise TypeError
        at = portal.read_time(value)
        if at is None:
            raise TypeError
        return at
    if field.type == "bool":
        if value not in ("Y", "N") and not isinstance(value, bool):
            raise TypeError
        return is_yes(value)
    if type(value) is not {"int": int, "string": str, "array": list}[field.type]:
        raise TypeError
    return field.convert(value) if field.convert else value


#: How v3 calls the fields that `BadTask` names.
_V3_NAMES = {
    "TITLE": "title",
    "RESPONSIBLE_ID": "responsibleId",
    "CREATED_BY": "creatorId",
    "PARENT_ID": "parentId",
    "END_DATE_PLAN": "endPlan",
    "STATUS": "status",
}


def refused(bad: BadTask) -> RestError:
    """A refused value in the words of v3; an unknown creator is refused with an empty text, as documented."""
    name = _V3_NAMES.get(bad.field, bad.field)
    return invalid((name, "" if name == "creatorId" else bad.message))
