"""Activities as REST writes them, and crm.activity.get and list: legacy, so every scalar is a string.

`BINDINGS` in a filter finds an activity through any item that it is bound to, once for each match
(api-reference/crm/timeline/activities/activity-base/crm-activity-list.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connector.sandbox.activities import NEVER, Activity, ActivityBook
from connector.sandbox.crm.types import COMPANY
from connector.sandbox.filters import BadFilter, Column, compile_filter, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, page_of
from connector.sandbox.tasks_fields import listed

_COLUMNS = {
    "ID": Column(lambda row: row.id, "int"),
    "OWNER_ID": Column(lambda row: row.owner[1], "int"),
    "OWNER_TYPE_ID": Column(lambda row: row.owner[0], "int"),
    "TYPE_ID": Column(lambda row: row.type_id, "int"),
    "PROVIDER_ID": Column(lambda row: row.provider_id),
    "PROVIDER_TYPE_ID": Column(lambda row: row.provider_type_id),
    "ASSOCIATED_ENTITY_ID": Column(lambda row: row.associated_id, "int"),
    "SUBJECT": Column(lambda row: row.subject),
    "DESCRIPTION": Column(lambda row: row.description),
    "CREATED": Column(lambda row: row.created_at, "datetime"),
    "LAST_UPDATED": Column(lambda row: row.updated_at, "datetime"),
    "START_TIME": Column(lambda row: row.start_at, "datetime"),
    "END_TIME": Column(lambda row: row.end_at, "datetime"),
    "DEADLINE": Column(lambda row: row.deadline or NEVER, "datetime"),
    "COMPLETED": Column(lambda row: "Y" if row.is_completed else "N"),
    "STATUS": Column(lambda row: 2 if row.is_completed else 1, "int"),
    "RESPONSIBLE_ID": Column(lambda row: row.responsible_id, "int"),
    "AUTHOR_ID": Column(lambda row: row.author_id, "int"),
    "PRIORITY": Column(lambda row: row.priority, "int"),
    "DIRECTION": Column(lambda row: row.direction, "int"),
    "ORIGINATOR_ID": Column(lambda row: row.originator_id),
    "ORIGIN_ID": Column(lambda row: row.origin_id),
}
_ON_REQUEST = ("COMMUNICATIONS", "FILES")


def may_read(call: Call, activity: Activity) -> bool:
    """Who may read one of the items may read what is bound to it; the responsible may in any case."""
    records = (call.portal.crm.find(*item) for item in activity.bindings)
    return activity.responsible_id == call.user_id or any(
        record is not None and call.portal.crm.may_read(call.user_id, record) for record in records
    )


def found(call: Call) -> Activity:
    """The activity that a call names; legacy errors, without a code."""
    number = as_int(call.get("id"))
    if number is None or number <= 0:
        raise RestError("", "ID is not defined or invalid.")
    activity = call.portal.part(ActivityBook).find(number)
    if activity is None:
        raise RestError("", "Activity is not found.")
    if not may_read(call, activity):
        raise RestError("", "Access denied.")
    return activity


@method("crm.activity.get", scope="crm")
def get_activity(call: Call) -> Any:
    return written(call, found(call))


@method("crm.activity.list", scope="crm", cost="list")
def list_activities(call: Call) -> Page:
    conditions = call.mapping("filter")
    bindings = [each for each in listed(conditions.pop("BINDINGS", None)) if isinstance(each, dict)]
    try:
        matches = compile_filter(conditions, _COLUMNS, zone=call.portal.zone)
    except BadFilter as bad:
        raise RestError("", str(bad)) from None
    rows = [row for row in _candidates(call, conditions) if matches(row) and may_read(call, row)]
    if bindings:
        rows = [row for row in rows for _ in range(_matching(row, bindings))]
    ordered = sort_rows(rows, call.mapping("order") or {"START_TIME": "ASC"}, _COLUMNS)
    select = call.names("select")
    return page_of(call, ordered, write=lambda row: written(call, row, select))


def _candidates(call: Call, conditions: dict[str, Any]) -> list[Activity]:
    """All activities, or the mirrors of the tasks that the filter names."""
    book = call.portal.part(ActivityBook)
    tasks = conditions.get("ASSOCIATED_ENTITY_ID", conditions.get("@ASSOCIATED_ENTITY_ID"))
    if conditions.get("PROVIDER_ID") != "CRM_TASKS_TASK" or not tasks:
        return list(book.activities.values())
    mirrors = (book.mirror_of(as_int(each) or 0) for each in listed(tasks))
    return [each for each in mirrors if each is not None]


def _matching(row: Activity, wanted: Sequence[dict[str, Any]]) -> int:
    """How many of the activity's bindings the filter means."""

    def is_meant(entity_type_id: int, item_id: int) -> bool:
        return any(
            as_int(each.get("OWNER_TYPE_ID", entity_type_id)) == entity_type_id
            and as_int(each.get("OWNER_ID", item_id)) == item_id
            for each in wanted
        )

    return sum(is_meant(*binding) for binding in row.bindings)


def written(call: Call, row: Activity, select: Sequence[str] = ()) -> dict[str, Any]:
    """A row with the selected fields; communications and files only when they are named."""
    whole = _whole(call, row)
    if not select or "*" in select:
        names: Sequence[str] = [*whole, *(name for name in select if name in _ON_REQUEST)]
    else:
        names = select
    extras = {"COMMUNICATIONS": [_communication(call, each) for each in row.communications], "FILES": []}
    return {name: whole.get(name, extras.get(name)) for name in names if name in whole or name in extras}


def _communication(call: Call, each: dict[str, Any]) -> dict[str, Any]:
    """One of those whom the activity reaches, with who that is in the CRM."""
    record = call.portal.crm.find(int(each["ENTITY_TYPE_ID"]), int(each["ENTITY_ID"]))
    if record is None:
        return {**each, "ENTITY_SETTINGS": {}}
    if record.entity_type_id == COMPANY:
        return {**each, "ENTITY_SETTINGS": {"COMPANY_TITLE": record.get("TITLE") or ""}}
    companies = record.get("COMPANY_IDS") or ()
    company = call.portal.crm.find(COMPANY, companies[0]) if companies else None
    settings = {
        "HONORIFIC": record.get("HONORIFIC") or "",
        "NAME": record.get("NAME") or "",
        "SECOND_NAME": record.get("SECOND_NAME") or "",
        "LAST_NAME": record.get("LAST_NAME") or "",
        "COMPANY_TITLE": (company.get("TITLE") if company else record.get("COMPANY_TITLE")) or "",
        "COMPANY_ID": str(company.id) if company else "0",
    }
    return {**each, "ENTITY_SETTINGS": settings}


def _whole(call: Call, row: Activity) -> dict[str, Any]:
    def time(at: datetime | None) -> str | None:
        return None if at is None else call.portal.write_time(at)

    return {
        "ID": str(row.id),
        "OWNER_ID": str(row.owner[1]),
        "OWNER_TYPE_ID": str(row.owner[0]),
        "TYPE_ID": str(row.type_id),
        "PROVIDER_ID": row.provider_id,
        "PROVIDER_TYPE_ID": row.provider_type_id,
        "PROVIDER_GROUP_ID": None,
        "ASSOCIATED_ENTITY_ID": str(row.associated_id),
        "SUBJECT": row.subject,
        "CREATED": time(row.created_at),
        "LAST_UPDATED": time(row.updated_at),
        "START_TIME": time(row.start_at),
        "END_TIME": time(row.end_at),
        "DEADLINE": time(row.deadline) or datetime(9999, 12, 31, tzinfo=call.portal.zone).isoformat(),
        "COMPLETED": "Y" if row.is_completed else "N",
        "STATUS": "2" if row.is_completed else "1",
        "RESPONSIBLE_ID": str(row.responsible_id),
        "PRIORITY": str(row.priority),
        "NOTIFY_TYPE": str(row.notify_type),
        "NOTIFY_VALUE": "0",
        "DESCRIPTION": row.description,
        "DESCRIPTION_TYPE": str(row.description_type),
        "DIRECTION": str(row.direction),
        "LOCATION": row.location,
        "SETTINGS": row.settings,
        "ORIGINATOR_ID": row.originator_id,
        "ORIGIN_ID": row.origin_id,
        "AUTHOR_ID": str(row.author_id),
        "EDITOR_ID": str(row.editor_id),
        "PROVIDER_PARAMS": row.provider_params,
        "PROVIDER_DATA": None,
        "RESULT_MARK": "0",
        "RESULT_VALUE": None,
        "RESULT_SUM": None,
        "RESULT_CURRENCY_ID": None,
        "RESULT_STATUS": "0",
        "RESULT_STREAM": "0",
        "RESULT_SOURCE_ID": None,
        "AUTOCOMPLETE_RULE": "0",
    }
