"""crm.timeline.logmessage.*: records that integrations leave in a timeline; pages of ten, newest first.

(api-reference/crm/timeline/logmessage/*.md)
"""

from __future__ import annotations

from typing import Any

from connector.sandbox.filters import Column, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, missing
from connector.sandbox.timeline import LogMessage, Timeline

LOG_PAGE_SIZE = 10
_FIELDS = ("entityTypeId", "entityId", "title", "text", "iconCode")
_ORDER = {"id": Column(lambda row: row.id), "created": Column(lambda row: row.created_at)}


@method("crm.timeline.logmessage.add", scope="crm", cost="write")
def add_log_message(call: Call) -> Any:
    fields = call.mapping("fields")
    for name in _FIELDS:
        if not fields.get(name):
            raise missing(name)
    item = as_int(fields["entityTypeId"]) or 0, as_int(fields["entityId"]) or 0
    record = call.portal.crm.find(*item)
    if record is None:
        raise RestError("OWNER_NOT_FOUND", "Owner not found")
    if not call.portal.crm.may_read(call.user_id, record):
        raise RestError("ACCESS_DENIED", "Access denied")
    message = LogMessage(
        call.portal.next_id("timeline"),
        item,
        str(fields["title"]),
        str(fields["text"]),
        str(fields["iconCode"]),
        call.user_id,
        call.portal.now(),
        call.credential.client_id,
    )
    call.portal.part(Timeline).log_messages[message.id] = message
    return {"logMessage": _written(call, message)}


@method("crm.timeline.logmessage.get", scope="crm")
def get_log_message(call: Call) -> Any:
    return {"logMessage": _written(call, _found(call))}


@method("crm.timeline.logmessage.list", scope="crm", cost="list")
def list_log_messages(call: Call) -> Page:
    item = call.require_int("entityTypeId"), call.require_int("entityId")
    mine = [row for row in call.portal.part(Timeline).log_messages.values() if row.item == item]
    rows = sort_rows(mine, call.mapping("order") or {"id": "desc"}, _ORDER)
    first = max(as_int(call.get("start")) or 0, 0)
    following = first + LOG_PAGE_SIZE
    written = [_written(call, row) for row in rows[first:following]]
    return Page(written, total=len(rows), next=following if following < len(rows) else None)


@method("crm.timeline.logmessage.delete", scope="crm", cost="write")
def delete_log_message(call: Call) -> Any:
    message = _found(call)
    if message.client_id != call.credential.client_id:
        raise RestError("REMOVING_DISABLED", "The record was created by another application")
    del call.portal.part(Timeline).log_messages[message.id]
    return True


def _found(call: Call) -> LogMessage:
    number = call.require_int("id")
    message = call.portal.part(Timeline).log_messages.get(number)
    if message is None:
        raise RestError("NOT_FOUND", f"Timeline logmessage not found for id {number}")
    return message


def _written(call: Call, row: LogMessage) -> dict[str, Any]:
    return {
        "id": row.id,
        "created": call.portal.write_time(row.created_at),
        "authorId": row.author_id,
        "title": row.title,
        "text": row.text,
        "iconCode": row.icon_code,
    }
