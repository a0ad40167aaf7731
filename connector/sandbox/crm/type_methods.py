"""crm.type.* and crm.enum.ownertype: smart processes
(api-reference/crm/universal/user-defined-object-types/).

`id` is that of the type record, used in the names of its user fields; `entityTypeId` is used everywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox.crm.defaults import GENERAL, SMART_STAGES
from connector.sandbox.crm.types import COMPANY, CONTACT, TYPE_FLAGS, UNSUPPORTED, SmartType
from connector.sandbox.filters import BadFilter, Column, compile_filter, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, page_of

_COLUMNS = {
    "id": Column(lambda smart: smart.id, "int"),
    "title": Column(lambda smart: smart.title),
    "entityTypeId": Column(lambda smart: smart.entity_type_id, "int"),
    "code": Column(lambda smart: smart.code),
}
_LINKS = ("CALENDAR_EVENT|UF_CRM_CAL_EVENT", "TASKS_TASK|UF_CRM_TASK", "TASKS_TASK_TEMPLATE|UF_CRM_TASK")


def _flag(value: bool) -> str:
    return "Y" if value else "N"


def write_type(call: Call, smart: SmartType, *, with_relations: bool) -> dict[str, Any]:
    """A type record; its relations come with get, add and update, not with list."""
    portal = call.portal
    shown: dict[str, Any] = {
        "id": smart.id,
        "title": smart.title,
        "code": smart.code,
        "createdBy": smart.created_by,
        "entityTypeId": smart.entity_type_id,
        "customSectionId": None,
        **{name: _flag(value) for name, value in smart.flags.items()},
        "createdTime": portal.write_time(smart.created_at),
        "updatedTime": portal.write_time(smart.updated_at),
        "updatedBy": smart.updated_by,
    }
    if with_relations:
        shown["relations"] = {
            side: [
                {
                    "entityTypeId": each["entityTypeId"],
                    "isChildrenListEnabled": _flag(bool(each["isChildrenListEnabled"])),
                    "isPredefined": _flag(bool(each.get("isPredefined"))),
                }
                for each in relations
            ]
            for side, relations in smart.relations.items()
        }
        shown["linkedUserFields"] = {
            name: _flag(smart.linked_user_fields.get(name, False)) for name in _LINKS
        }
        shown["customSections"] = []
    return shown


def _check_admin(call: Call) -> None:
    if not call.is_admin:
        raise RestError("ACCESS_DENIED", "Access denied")


@method("crm.type.list", scope="crm", cost="list")
def list_types(call: Call) -> Page:
    _check_admin(call)
    types = call.portal.crm.types.smart_types()
    try:
        test = compile_filter(
            call.mapping("filter"), _COLUMNS, zone=call.portal.zone, refuse_unknown=True, has_logic=True
        )
        found = sort_rows(filter(test, types), call.mapping("order"), _COLUMNS)
    except BadFilter as error:
        raise RestError("INVALID_ARG_VALUE", str(error)) from None
    return page_of(call, found, write=lambda each: write_type(call, each, with_relations=False), wrap="types")


def _smart(call: Call, *, by: str) -> SmartType:
    number = call.require_int(by)
    for smart in call.portal.crm.types.smart_types():
        if number == (smart.id if by == "id" else smart.entity_type_id):
            return smart
    raise RestError("0", "Smart process not found")


@method("crm.type.get", scope="crm")
def get_type(call: Call) -> Any:
    return {"type": write_type(call, _smart(call, by="id"), with_relations=True)}


@method("crm.type.getByEntityTypeId", scope="crm")
def get_type_by_entity(call: Call) -> Any:
    return {"type": write_type(call, _smart(call, by="entityTypeId"), with_relations=True)}


@method("crm.type.add", scope="crm", cost="write")
def add_type(call: Call) -> Any:
    """Make a smart process with one pipeline; entityTypeId is 128…192, or even and at least 1030."""
    _check_admin(call)
    fields = call.mapping("fields")
    crm = call.portal.crm
    if not fields.get("title"):
        raise RestError("BX_EMPTY_REQUIRED", "The 'title' field is required")
    number = as_int(fields.get("entityTypeId")) or _next_entity_type_id(call)
    if not (128 <= number <= 192 or (number >= 1030 and number % 2 == 0)) or crm.types.get(number):
        raise RestError("INVALID_ARG_VALUE", "entityTypeId is out of allowed range")
    flags = {name: _is_on(fields.get(name), name == "isSetOpenPermissions") for name in TYPE_FLAGS}
    now = call.now.replace(microsecond=0)
    smart = SmartType(
        call.portal.next_id("crm type"),
        str(fields["title"]),
        number,
        call.user_id,
        now,
        now,
        call.user_id,
        flags=flags,
    )
    _relate(smart, fields)
    entity_type = crm.types.register(smart)
    name = GENERAL["ru" if crm.stages.language == "ru" else "en"]
    crm.stages.add_category(
        entity_type, name, SMART_STAGES if entity_type.has_stages else (), is_default=True
    )
    crm.types_changed()
    call.portal.events.raise_event("ONCRMTYPEADD", {"FIELDS": {"ID": smart.id}}, call.user_id)
    return {"type": write_type(call, smart, with_relations=True)}


def _next_entity_type_id(call: Call) -> int:
    return max([1028, *call.portal.crm.types.by_id]) + 2 & ~1


def _is_on(value: Any, default: bool) -> bool:
    return default if value is None else str(value) in ("Y", "true")


def _relate(smart: SmartType, fields: Mapping[str, Any]) -> None:
    """Relations want "true"/"false", not Y/N; a type with clients has 3 and 4 as parents anyway."""
    relations = fields.get("relations")
    if isinstance(relations, Mapping):
        smart.relations = {side: _read_relations(relations.get(side)) for side in ("parent", "child")}
    if smart.flags["isClientEnabled"]:
        known = {each["entityTypeId"] for each in smart.relations["parent"]}
        smart.relations["parent"][:0] = [
            {"entityTypeId": number, "isChildrenListEnabled": True, "isPredefined": True}
            for number in (CONTACT, COMPANY)
            if number not in known
        ]
    linked = fields.get("linkedUserFields")
    if isinstance(linked, Mapping):
        smart.linked_user_fields = {str(name): str(value) == "true" for name, value in linked.items()}


def _read_relations(raw: Any) -> list[dict[str, object]]:
    elements = raw.values() if isinstance(raw, Mapping) else raw if isinstance(raw, list) else []
    return [
        {"entityTypeId": number, "isChildrenListEnabled": str(each.get("isChildrenListEnabled")) == "true"}
        for each in elements
        if isinstance(each, Mapping) and (number := as_int(each.get("entityTypeId"))) is not None
    ]


@method("crm.type.update", scope="crm", cost="write")
def update_type(call: Call) -> Any:
    _check_admin(call)
    smart = _smart(call, by="id")
    fields = call.mapping("fields")
    smart.title = str(fields.get("title") or smart.title)
    smart.flags.update({name: _is_on(fields[name], False) for name in TYPE_FLAGS if name in fields})
    _relate(smart, fields)
    smart.updated_at, smart.updated_by = call.now.replace(microsecond=0), call.user_id
    call.portal.crm.types.register(smart)
    call.portal.crm.types_changed()
    call.portal.events.raise_event("ONCRMTYPEUPDATE", {"FIELDS": {"ID": smart.id}}, call.user_id)
    return {"type": write_type(call, smart, with_relations=True)}


@method("crm.type.delete", scope="crm", cost="write")
def delete_type(call: Call) -> Any:
    """A type without items goes with its pipelines and fields; null: there was none to delete."""
    _check_admin(call)
    crm = call.portal.crm
    try:
        smart = _smart(call, by="id")
    except RestError:
        return None
    if crm.shelf(smart.entity_type_id).ids:
        raise RestError("BX_ERROR", "You cannot delete an entity type that has elements")
    entity_type = crm.types.by_id.pop(smart.entity_type_id)
    for number in list(crm.stages.categories.get(entity_type.id, {})):
        crm.stages.remove_category(entity_type, number)
    for user_field in crm.user_fields.of(entity_type.uf_entity):
        crm.user_fields.delete(user_field)
    crm.types_changed()
    call.portal.events.raise_event("ONCRMTYPEDELETE", {"FIELDS": {"ID": smart.id}}, call.user_id)
    return []


@method("crm.type.fields", scope="crm")
def describe_type_fields(call: Call) -> Any:
    names = {"id": "integer", "title": "string", "code": "string", "entityTypeId": "integer"}
    names.update(dict.fromkeys(TYPE_FLAGS, "boolean"))
    fields = {
        name: {"type": kind, "isRequired": name == "title", "isReadOnly": name == "id", "title": name}
        for name, kind in names.items()
    }
    return {"fields": fields}


@method("crm.enum.ownertype", scope="crm")
def list_owner_types(call: Call) -> Any:
    """Every type with its codes, smart processes among them: the way to find them without admin rights."""
    rows = [
        (each.id, each.name, each.symbol, each.short_code) for each in call.portal.crm.types.by_id.values()
    ]
    return [
        {"ID": number, "NAME": name, "SYMBOL_CODE": symbol, "SYMBOL_CODE_SHORT": short}
        for number, name, symbol, short in (*rows, *UNSUPPORTED)
    ]
