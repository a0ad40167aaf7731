"""crm.deal.*, crm.lead.*, crm.contact.*, crm.company.*: the classic methods, still in use though frozen.

Upper-case names, every value as text, errors with an empty code; a filter on an unknown field finds
everything; a stage of another pipeline changes nothing, and a deal's pipeline cannot be changed at all
(api-reference/crm/deals/index.md, crm-deal-list.md, crm-deal-update.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.sandbox.crm.changes import read_changes
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.listing import Query, find_page
from connector.sandbox.crm.multifields import TYPES
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.schema import Schema
from connector.sandbox.crm.types import COMPANY, CONTACT, DEAL, LEAD
from connector.sandbox.crm.writing import Changes, add_record, delete_record, update_record
from connector.sandbox.filters import BadFilter, Column
from connector.sandbox.kernel import Call, Page, RestError, as_int, method

_NAMES = {DEAL: "deal", LEAD: "lead", CONTACT: "contact", COMPANY: "company"}


def find_classic(call: Call, entity_type_id: int) -> Record:
    """The record whose id a call gives: "Not found" when there is none or its user may not see it."""
    number = as_int(call.get("id"))
    if number is None or number <= 0:
        raise RestError("", "ID is not defined or invalid.")
    record = call.portal.crm.find(entity_type_id, number)
    if record is None:
        raise RestError("", "Not found")
    if not call.portal.crm.may_read(call.user_id, record):
        raise RestError("", "Access denied.")
    return record


def _list(call: Call, schema: Schema) -> Page:
    for name in ("filter", "order", "select"):
        if call.get(name) is not None and not isinstance(call.get(name), dict | list):
            raise RestError("", f"Parameter '{name}' must be array.")
    query = Query(
        schema.entity_type.id,
        call.user_id,
        call.mapping("filter"),
        call.mapping("order"),
        _listable(schema),
        id_name="ID",
        category_name="CATEGORY_ID",
        is_strict=False,
    )
    try:
        found = find_page(call.portal.crm, query, as_int(call.get("start")) or 0)
    except BadFilter as error:
        raise RestError("", str(error)) from None
    select = call.names("select")
    projection = schema.classic_projection(select)
    kinds = [kind for kind in TYPES if kind in select]
    rows = [{**projection.write(record), **_multifields(record, kinds)} for record in found.rows]
    return Page(rows, found.total, found.next)


def _listable(schema: Schema) -> dict[str, Column]:
    """Fields to filter by; contact lists are not among them (api-reference/crm/deals/crm-deal-list.md)."""
    hidden = ("CONTACT_IDS", "COMPANY_IDS")
    return {name: column for name, column in schema.classic_columns.items() if name not in hidden}


def _get(call: Call, schema: Schema) -> Any:
    record = find_classic(call, schema.entity_type.id)
    row = schema.classic_projection([]).write(record)
    row.pop("CONTACT_IDS", None)
    row.pop("COMPANY_IDS", None)
    return {**row, **_multifields(record, list(TYPES))}


def _multifields(record: Record, kinds: list[str]) -> dict[str, Any]:
    """PHONE, EMAIL and so on; a kind that a record has none of is left out."""
    present = record.values.get("FM", ())
    found = {kind: [each.as_classic() for each in present if each.type == kind] for kind in kinds}
    return {kind: values for kind, values in found.items() if values}


def _add(call: Call, schema: Schema) -> Any:
    crm = call.portal.crm
    values = read_changes(crm, schema, _fields(call), schema.by_classic_name, "classic")
    if call.user_id in crm.rights.read_only:
        raise RestError("", "Access denied.")
    _drop_foreign_stage(call, schema, values, int(values.get("CATEGORY_ID") or 0))
    return add_record(crm, schema.entity_type, values, call.user_id).id


def _update(call: Call, schema: Schema) -> Any:
    crm = call.portal.crm
    raw = _fields(call)
    record = find_classic(call, schema.entity_type.id)
    if not crm.rights.may_write(call.user_id, record):
        raise RestError("", "Access denied.")
    changes = read_changes(crm, schema, raw, schema.by_classic_name, "classic", record=record)
    changes.pop("CATEGORY_ID", None)
    _drop_foreign_stage(call, schema, changes, record.category_id)
    try:
        update_record(crm, record, changes, call.user_id)
    except RestError as error:
        raise RestError("", error.description) from None
    return True


def _drop_foreign_stage(call: Call, schema: Schema, changes: Changes, category_id: int) -> None:
    """Forget a stage that is not of this pipeline, as the classic methods do without a word."""
    wanted = changes.get("STAGE_ID")
    stages = call.portal.crm.stages
    if wanted is not None and stages.find(schema.entity_type, category_id, wanted) is None:
        del changes["STAGE_ID"]


def _delete(call: Call, schema: Schema) -> Any:
    record = find_classic(call, schema.entity_type.id)
    if not call.portal.crm.rights.may_write(call.user_id, record):
        raise RestError("", "Access denied.")
    delete_record(call.portal.crm, record, call.user_id)
    return True


def _describe(call: Call, schema: Schema) -> Any:
    hidden = "COMPANY_IDS" if schema.entity_type.id == CONTACT else "CONTACT_IDS"
    shown = {name: _describe_field(field) for name, field in schema.by_classic_name.items() if name != hidden}
    if schema.entity_type.id != DEAL:
        shown.update({kind: _describe_field(_multifield(kind)) for kind in TYPES})
    return shown


def _multifield(kind: str) -> Field:
    return Field(kind, "crm_multifield", kind.capitalize(), is_multiple=True)


def _describe_field(field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": "char" if field.type == "boolean" and not field.is_dynamic else field.type,
        "isRequired": field.is_required and field.is_dynamic,
        "isReadOnly": field.is_read_only,
        "isImmutable": field.name == "CATEGORY_ID",
        "isMultiple": field.is_multiple,
        "isDynamic": field.is_dynamic,
        "title": field.name if field.is_dynamic else field.title,
    }
    if field.status_type:
        described["statusType"] = field.status_type
    if field.parent_type_id:
        described["settings"] = {"parentEntityTypeId": field.parent_type_id}
    if field.options:
        described["items"] = [{"ID": str(number), "VALUE": text} for number, text in field.options]
    if field.is_dynamic:
        described.update(listLabel=field.title, formLabel=field.title, filterLabel=field.title)
    return described


def _fields(call: Call) -> dict[str, Any]:
    if not isinstance(call.get("fields"), dict | list):
        raise RestError("", "Parameter 'fields' must be array.")
    return call.mapping("fields")


def _serve(entity_type_id: int, action: Callable[[Call, Schema], Any]) -> Callable[[Call], Any]:
    return lambda call: action(call, call.portal.crm.schema(entity_type_id))


for _type_id, _name in _NAMES.items():
    method(f"crm.{_name}.list", scope="crm", cost="list")(_serve(_type_id, _list))
    method(f"crm.{_name}.get", scope="crm")(_serve(_type_id, _get))
    method(f"crm.{_name}.add", scope="crm", cost="write")(_serve(_type_id, _add))
    method(f"crm.{_name}.update", scope="crm", cost="write")(_serve(_type_id, _update))
    method(f"crm.{_name}.delete", scope="crm", cost="write")(_serve(_type_id, _delete))
    method(f"crm.{_name}.fields", scope="crm")(_serve(_type_id, _describe))
