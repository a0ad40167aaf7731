"""crm.timeline.comment.*: what people write about a CRM item (api-reference/crm/timeline/comments/*.md).

The item need not exist: a comment on nothing gets an id as well. `fields` must be spelt in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox.filters import Column, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, missing, page_of
from connector.sandbox.tasks_fields import listed
from connector.sandbox.timeline import Comment, File, Timeline, type_id

_ORDER = {
    "ID": Column(lambda row: row.id),
    "CREATED": Column(lambda row: row.created_at),
    "AUTHOR_ID": Column(lambda row: row.author_id),
}


@method("crm.timeline.comment.add", scope="crm", cost="write")
def add_comment(call: Call) -> Any:
    fields = _fields(call)
    for name in ("ENTITY_ID", "ENTITY_TYPE"):
        if not fields.get(name):
            raise missing(name)
    text, entity_id = _text(fields), as_int(fields["ENTITY_ID"]) or 0
    entity_type_id = type_id(call.portal, str(fields["ENTITY_TYPE"]))
    if entity_type_id is None:
        raise RestError("OWNER_NOT_FOUND", "Owner not found")
    _check_owner(call, entity_type_id, entity_id)
    comment = Comment(
        call.portal.next_id("timeline"),
        str(fields["ENTITY_TYPE"]).lower(),
        entity_id,
        text,
        call.user_id,
        call.portal.now(),
        _files(call, fields.get("FILES")),
    )
    call.portal.part(Timeline).comments[comment.id] = comment
    _tell(call, "ADD", comment.id)
    return comment.id


@method("crm.timeline.comment.list", scope="crm", cost="list")
def list_comments(call: Call) -> Page:
    """Of one item only."""
    conditions = call.mapping("filter")
    entity_id, entity_type = as_int(conditions.get("ENTITY_ID")), str(conditions.get("ENTITY_TYPE") or "")
    if not entity_id or not entity_type:
        raise RestError("", "Access denied")
    entity_type_id = type_id(call.portal, entity_type)
    if entity_type_id is None or not _may_read(call, entity_type_id, entity_id):
        raise RestError("", "Access denied")
    rows = call.portal.part(Timeline).comments_of(entity_type, entity_id)
    select = call.names("select")

    def write(row: Comment) -> dict[str, Any]:
        whole = _written(call, row)
        return {name: value for name, value in whole.items() if not select or name in select}

    return page_of(call, sort_rows(rows, call.mapping("order") or {"ID": "ASC"}, _ORDER), write=write)


@method("crm.timeline.comment.get", scope="crm")
def get_comment(call: Call) -> Any:
    """An old method among new ones: its errors have no code."""
    comment_id = as_int(call.get("id"))
    if comment_id is None or comment_id <= 0:
        raise RestError("", "ID is not defined or invalid.")
    comment = call.portal.part(Timeline).comments.get(comment_id)
    if comment is None:
        raise RestError("", "Not found.")
    return _written(call, comment)


@method("crm.timeline.comment.update", scope="crm", cost="write")
def update_comment(call: Call) -> Any:
    comment, fields = _found(call), _fields(call)
    if "COMMENT" in fields:
        comment.text = _text(fields)
    if "FILES" in fields:
        comment.files = _files(call, fields["FILES"])
    _tell(call, "UPDATE", comment.id)
    return comment.id


@method("crm.timeline.comment.delete", scope="crm", cost="write")
def delete_comment(call: Call) -> Any:
    comment = _found(call)
    del call.portal.part(Timeline).comments[comment.id]
    _tell(call, "DELETE", comment.id)
    return None


def _fields(call: Call) -> Mapping[str, Any]:
    fields = call.params.get("fields")
    if not isinstance(fields, Mapping):
        raise missing("fields")
    return fields


def _text(fields: Mapping[str, Any]) -> str:
    text = str(fields.get("COMMENT") or "").strip()
    if not text:
        raise RestError("INVALID_ARG_VALUE", "Empty comment message")
    return text


def _may_read(call: Call, entity_type_id: int, entity_id: int) -> bool:
    record = call.portal.crm.find(entity_type_id, entity_id)
    return record is None or call.portal.crm.may_read(call.user_id, record)


def _check_owner(call: Call, entity_type_id: int, entity_id: int) -> None:
    if not _may_read(call, entity_type_id, entity_id):
        raise RestError("ACCESS_DENIED", "Access denied.")


def _found(call: Call) -> Comment:
    comment = call.portal.part(Timeline).comments.get(call.require_int("id"))
    if comment is None:
        raise RestError("NOT_FOUND", "Not found.")
    _check_owner(call, type_id(call.portal, comment.entity_type) or 0, comment.entity_id)
    return comment


def _files(call: Call, sent: Any) -> tuple[File, ...]:
    """[[name, base64], …]; the content is measured and let go."""
    pairs = [listed(each) for each in listed(sent)]
    return tuple(
        File(call.portal.next_id("file"), str(pair[0]), len(str(pair[1])) * 3 // 4)
        for pair in pairs
        if len(pair) == 2
    )


def _written(call: Call, row: Comment) -> dict[str, Any]:
    return {
        "ID": str(row.id),
        "ENTITY_ID": str(row.entity_id),
        "ENTITY_TYPE": row.entity_type,
        "CREATED": call.portal.write_time(row.created_at),
        "COMMENT": row.text,
        "AUTHOR_ID": str(row.author_id),
        "FILES": {str(each.id): _file(call, row, each) for each in row.files},
    }


def _file(call: Call, row: Comment, each: File) -> dict[str, Any]:
    author = call.portal.people.get(row.author_id)
    address = f"{call.portal.base_url}/disk"
    return {
        "id": each.id,
        "date": call.portal.write_time(row.created_at),
        "type": "file",
        "name": each.name,
        "size": each.size,
        "image": False,
        "authorId": row.author_id,
        "authorName": author.full_name if author else "",
        "urlPreview": "",
        "urlShow": f"{address}/showFile/{each.id}/?&ncc=1&filename={each.name}",
        "urlDownload": f"{address}/downloadFile/{each.id}/?&ncc=1&filename={each.name}",
    }


def _tell(call: Call, what: str, comment_id: int) -> None:
    """The id stands in `data` itself here, without FIELDS (comments/events/*.md)."""
    call.portal.events.raise_event(f"ONCRMTIMELINECOMMENT{what}", {"ID": comment_id}, by=call.user_id)
