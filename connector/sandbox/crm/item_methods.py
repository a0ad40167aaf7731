"""crm.item.*, the universal methods: camel case, typed values (api-reference/crm/universal/index.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox.crm.changes import read_changes
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.listing import Query, find_page
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.schema import Schema
from connector.sandbox.crm.writing import add_record, delete_record, update_record
from connector.sandbox.filters import BadFilter
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, missing


def schema_of(call: Call) -> Schema:
    """The type that a call names; NOT_FOUND, or 100 when it names none."""
    check_intranet(call)
    crm = call.portal.crm
    number = call.require_int("entityTypeId")
    crm.entity_type(number)
    return crm.schema(number)


def check_intranet(call: Call) -> None:
    """The new controllers are closed to people from outside the company."""
    user = call.portal.people.get(call.user_id)
    if user is not None and user.user_type != "employee":
        raise RestError("allowed_only_intranet_user", "Only intranet users are allowed", 403)


def is_original(call: Call) -> bool:
    return str(call.get("useOriginalUfNames", "N")).upper() in ("Y", "TRUE", "1")


def _names(call: Call, schema: Schema) -> Mapping[str, Field]:
    return schema.by_original_name if is_original(call) else schema.by_item_name


def readable_item(call: Call, schema: Schema) -> Record:
    """The record that a call names: NOT_FOUND if there is none, ACCESS_DENIED if its user may not see it."""
    record = call.portal.crm.find(schema.entity_type.id, call.require_int("id"))
    if record is None:
        raise RestError("NOT_FOUND", "Element not found")
    if not call.portal.crm.may_read(call.user_id, record):
        raise RestError("ACCESS_DENIED", "Access denied")
    return record


def _writable_item(call: Call, schema: Schema) -> Record:
    record = readable_item(call, schema)
    if not call.portal.crm.rights.may_write(call.user_id, record):
        raise RestError("ACCESS_DENIED", "Access denied")
    return record


@method("crm.item.list", scope="crm", cost="list")
def list_items(call: Call) -> Page:
    schema = schema_of(call)
    original = is_original(call)
    query = Query(
        schema.entity_type.id,
        call.user_id,
        call.mapping("filter"),
        _order(call),
        schema.original_columns if original else schema.item_columns,
        id_name="id",
        category_name="categoryId",
        is_strict=True,
    )
    try:
        found = find_page(call.portal.crm, query, as_int(call.get("start")) or 0)
    except BadFilter as error:
        raise RestError("INVALID_ARG_VALUE", str(error)) from None
    projection, is_everything = schema.item_projection(call.names("select"), is_original=original)
    rows = [projection.write(record) for record in found.rows]
    if is_everything:
        for row, record in zip(rows, found.rows, strict=True):
            row.update(schema.item_extras(record))
    return Page({"items": rows}, found.total, found.next)


def _order(call: Call) -> dict[str, Any]:
    """`ID` is taken for `id`: a widespread client sorts every list so, and lists of items work for it."""
    return {"id" if name == "ID" else name: way for name, way in call.mapping("order").items()}


@method("crm.item.get", scope="crm")
def get_item(call: Call) -> Any:
    schema = schema_of(call)
    record = readable_item(call, schema)
    return {"item": schema.write_item(record, is_original=is_original(call))}


@method("crm.item.add", scope="crm", cost="write")
def add_item(call: Call) -> Any:
    schema = schema_of(call)
    crm = call.portal.crm
    raw = _fields(call)
    values = read_changes(crm, schema, raw, _names(call, schema), "item")
    category_id = int(values.get("CATEGORY_ID") or 0)
    if call.user_id in crm.rights.read_only or not crm.rights.may_read_category(
        call.user_id, schema.entity_type.id, category_id
    ):
        raise RestError("ACCESS_DENIED", "Access denied")
    record = add_record(crm, schema.entity_type, values, call.user_id)
    return {"item": schema.write_item(record, is_original=is_original(call))}


@method("crm.item.update", scope="crm", cost="write")
def update_item(call: Call) -> Any:
    schema = schema_of(call)
    crm = call.portal.crm
    record = _writable_item(call, schema)
    changes = read_changes(crm, schema, _fields(call), _names(call, schema), "item", record=record)
    category_id = changes.get("CATEGORY_ID")
    if category_id is not None and not crm.rights.may_read_category(
        call.user_id, schema.entity_type.id, category_id
    ):
        raise RestError("CRM_FIELD_ERROR_CATEGORY_NOT_AVAILABLE", "The pipeline is not available")
    update_record(crm, record, changes, call.user_id)
    return {"item": schema.write_item(record, is_original=is_original(call))}


@method("crm.item.delete", scope="crm", cost="write")
def delete_item(call: Call) -> Any:
    schema = schema_of(call)
    delete_record(call.portal.crm, _writable_item(call, schema), call.user_id)
    return []


@method("crm.item.fields", scope="crm")
def describe_fields(call: Call) -> Any:
    schema = schema_of(call)
    names = _names(call, schema)
    return {"fields": {name: describe(field) for name, field in names.items() if not field.is_dead}}


def describe(field: Field) -> dict[str, Any]:
    """One field as crm.item.fields shows it; of a stage, `statusType` is that of the default pipeline."""
    shown: dict[str, Any] = {
        "type": field.type,
        "isRequired": field.is_required,
        "isReadOnly": field.is_read_only,
        "isImmutable": field.is_immutable,
        "isMultiple": field.is_multiple,
        "isDynamic": field.is_dynamic,
    }
    if field.is_deprecated:
        shown["isDeprecated"] = True
    if field.status_type:
        shown["statusType"] = field.status_type
    if field.options:
        shown["items"] = [{"ID": str(number), "VALUE": text} for number, text in field.options]
    shown["title"] = field.title
    if field.is_dynamic:
        shown.update(listLabel=field.title, formLabel=field.title, filterLabel=field.title)
    settings = {"parentEntityTypeId": field.parent_type_id} if field.parent_type_id else field.settings
    if settings:
        shown["settings"] = settings
    return {**shown, "upperName": field.name}


def _fields(call: Call) -> dict[str, Any]:
    """`fields`, which may be empty but not absent (error 100)."""
    if call.get("fields") is None:
        raise missing("fields")
    return call.mapping("fields")
