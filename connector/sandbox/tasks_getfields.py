"""tasks.task.getFields: what a task has, for v2 clients (api-reference/tasks/tasks-task-get-fields.md)."""

from __future__ import annotations

from typing import Any

from connector.sandbox.kernel import Call, method
from connector.sandbox.tasks_userfields import TaskUserFields

_YES_NO = {"Y": "Yes", "N": "No"}
_MARKS = {"N": "Negative", "P": "Positive"}
_PRIORITIES = {"2": "High", "1": "Medium", "0": "Low"}
_STATUSES = {"2": "Pending", "3": "In Progress", "4": "Awaiting Review", "5": "Completed", "6": "Deferred"}
_DURATIONS = ["secs", "mins", "hours", "days", "weeks", "months", "years"]

_ENUM: dict[str, Any] = {"type": "enum", "values": _YES_NO}
_INT: dict[str, Any] = {"type": "integer"}
_TIME: dict[str, Any] = {"type": "datetime"}
_LIST: dict[str, Any] = {"type": "array"}
_NOTHING: dict[str, Any] = {"default": None}
_ZERO: dict[str, Any] = {"default": 0}
_NO: dict[str, Any] = {"default": "N"}

#: (name, title, what stands beside the title), in the order of the documentation.
_FIELDS: tuple[tuple[str, str | None, dict[str, Any]], ...] = (
    ("ID", "ID", {**_INT, "primary": True}),
    ("PARENT_ID", "Base Task ID", {**_INT, **_ZERO}),
    ("TITLE", "Title", {"type": "string", "required": True}),
    ("DESCRIPTION", "Description", {"type": "string"}),
    ("MARK", "Rating", {"type": "enum", "values": _MARKS, **_NOTHING}),
    ("PRIORITY", "Priority", {"type": "enum", "values": _PRIORITIES, "default": 1}),
    ("STATUS", "Status", {"type": "enum", "values": _STATUSES, "default": 2}),
    ("MULTITASK", "Multitask", {**_ENUM, **_NO}),
    ("NOT_VIEWED", None, {**_ENUM, **_NO}),
    ("REPLICATE", "Recurring Task", {**_ENUM, **_NO}),
    ("GROUP_ID", "Project", {**_INT, **_ZERO}),
    ("STAGE_ID", "Stage", {**_INT, **_ZERO}),
    ("SPRINT_ID", "Sprint", {**_INT, **_ZERO}),
    ("BACKLOG_ID", "Backlog", {**_INT, **_ZERO}),
    ("CREATED_BY", "Creator", {**_INT, "required": True}),
    ("CREATED_DATE", None, _TIME),
    ("RESPONSIBLE_ID", "Participant", {**_INT, "required": True}),
    ("ACCOMPLICES", None, _LIST),
    ("AUDITORS", None, _LIST),
    ("CHANGED_BY", "Modified By", _INT),
    ("CHANGED_DATE", "Modification Date", _TIME),
    ("STATUS_CHANGED_BY", "Status Changed By", _INT),
    ("STATUS_CHANGED_DATE", "Status Change Date", _TIME),
    ("CLOSED_BY", "Closed By", {**_INT, **_NOTHING}),
    ("CLOSED_DATE", "Closure Date", {**_TIME, **_NOTHING}),
    ("ACTIVITY_DATE", None, {**_TIME, **_NOTHING}),
    ("DATE_START", "Start Date", {**_TIME, **_NOTHING}),
    ("DEADLINE", "Deadline", {**_TIME, **_NOTHING}),
    ("START_DATE_PLAN", "Planned Start", {**_TIME, **_NOTHING}),
    ("END_DATE_PLAN", "Planned Completion", {**_TIME, **_NOTHING}),
    ("GUID", "GUID", {"type": "string", **_NOTHING}),
    ("XML_ID", "XML_ID", {"type": "string", **_NOTHING}),
    ("COMMENTS_COUNT", "Number of Comments", {**_INT, **_ZERO}),
    ("SERVICE_COMMENTS_COUNT", None, {**_INT, **_ZERO}),
    ("NEW_COMMENTS_COUNT", None, {**_INT, **_ZERO}),
    ("ALLOW_CHANGE_DEADLINE", None, {**_ENUM, **_NO}),
    ("ALLOW_TIME_TRACKING", None, {**_ENUM, **_NO}),
    ("TASK_CONTROL", "Accept Work", {**_ENUM, **_NO}),
    ("ADD_IN_REPORT", "Add to Report", {**_ENUM, **_NO}),
    ("FORKED_BY_TEMPLATE_ID", "Created from Template", {**_ENUM, **_NO}),
    ("TIME_ESTIMATE", "Estimated Time", _INT),
    ("TIME_SPENT_IN_LOGS", "Time Spent from Change History", _INT),
    ("MATCH_WORK_TIME", "Skip Weekends", _INT),
    ("FORUM_TOPIC_ID", "FORUM_TOPIC_ID", _INT),
    ("FORUM_ID", "FORUM_ID", _INT),
    ("SITE_ID", "SITE_ID", {"type": "string"}),
    ("SUBORDINATE", "Subordinate Task", {**_ENUM, **_NOTHING}),
    ("FAVORITE", None, {**_ENUM, **_NOTHING}),
    ("EXCHANGE_MODIFIED", "EXCHANGE_MODIFIED", {**_TIME, **_NOTHING}),
    ("EXCHANGE_ID", "EXCHANGE_ID", {**_INT, **_NOTHING}),
    ("OUTLOOK_VERSION", "OUTLOOK_VERSION", {**_INT, **_NOTHING}),
    ("VIEWED_DATE", "Last Viewed Date", _TIME),
    ("SORTING", "Sorting Index", {"type": "double"}),
    ("DURATION_PLAN", "Spent (planned)", _INT),
    ("DURATION_FACT", "Spent (actual)", _INT),
    ("CHECKLIST", None, _LIST),
    ("DURATION_TYPE", "DURATION_TYPE", {"type": "enum", "values": _DURATIONS, "default": "days"}),
    ("IS_MUTED", None, {**_ENUM, **_NO}),
    ("IS_PINNED", None, {**_ENUM, **_NO}),
    ("IS_PINNED_IN_GROUP", None, {**_ENUM, **_NO}),
    ("FLOW_ID", "Flow", {**_INT, **_ZERO}),
    ("UF_CRM_TASK", "CRM Entities", {"type": "crm"}),
    ("UF_TASK_WEBDAV_FILES", "Upload Files", {"type": "disk_file"}),
    ("UF_MAIL_MESSAGE", None, {"type": "mail_message"}),
)


@method("tasks.task.getFields", scope="task")
def get_fields(call: Call) -> Any:
    fields = {name: {"title": title, **beside} for name, title, beside in _FIELDS}
    for each in call.portal.part(TaskUserFields).custom():
        fields[each.name] = {"title": each.label or each.name, "type": each.type}
    return {"fields": fields}
