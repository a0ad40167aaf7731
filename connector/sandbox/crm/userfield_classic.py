"""crm.deal.userfield.*, and leads, contacts, companies (api-reference/crm/deals/user-defined-fields/)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connector.sandbox.crm.types import COMPANY, CONTACT, DEAL, LEAD, EntityType
from connector.sandbox.crm.userfield_config import check_new, read_labels, set_options, tell
from connector.sandbox.crm.userfields import UserField
from connector.sandbox.filters import Column, compile_filter, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, page_of

_LABELS = ("EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL")
_MESSAGES = ("ERROR_MESSAGE", "HELP_MESSAGE")
_COLUMNS = {
    "ID": Column(lambda each: each.id, "int"),
    "FIELD_NAME": Column(lambda each: each.name),
    "USER_TYPE_ID": Column(lambda each: each.type),
    "XML_ID": Column(lambda each: each.xml_id),
    "SORT": Column(lambda each: each.sort, "int"),
    "MULTIPLE": Column(lambda each: "Y" if each.is_multiple else "N"),
    "MANDATORY": Column(lambda each: "Y" if each.is_mandatory else "N"),
}


def _write(user_field: UserField) -> dict[str, Any]:
    row: dict[str, Any] = {
        "ID": str(user_field.id),
        "ENTITY_ID": user_field.entity,
        "FIELD_NAME": user_field.name,
        "USER_TYPE_ID": user_field.type,
        "XML_ID": user_field.xml_id,
        "SORT": str(user_field.sort),
        "MULTIPLE": "Y" if user_field.is_multiple else "N",
        "MANDATORY": "Y" if user_field.is_mandatory else "N",
        "SHOW_FILTER": user_field.show_filter,
        "SHOW_IN_LIST": "Y",
        "EDIT_IN_LIST": "Y" if user_field.edit_in_list else "N",
        "IS_SEARCHABLE": "N",
        "SETTINGS": user_field.settings,
    }
    if user_field.type == "enumeration":
        row["LIST"] = [
            {
                "ID": str(option.id),
                "SORT": str(option.sort),
                "VALUE": option.value,
                "DEF": "Y" if option.is_default else "N",
                "XML_ID": option.xml_id,
            }
            for option in sorted(user_field.options, key=lambda each: (each.sort, each.id))
        ]
    return row


def _list(call: Call, entity_type: EntityType) -> Page:
    """Labels only when filter.LANG names a language."""
    if call.get("filter") is not None and not isinstance(call.get("filter"), dict | list):
        raise RestError("", "Parameter 'filter' must be array.")
    conditions = call.mapping("filter")
    language = conditions.pop("LANG", None)
    test = compile_filter(conditions, _COLUMNS, zone=call.portal.zone)
    fields = call.portal.crm.user_fields.of(entity_type.uf_entity)
    found = sort_rows(filter(test, fields), call.mapping("order"), _COLUMNS)

    def write(user_field: UserField) -> dict[str, Any]:
        label = user_field.labels.get(str(language), user_field.name) if language else None
        texts = dict.fromkeys(_LABELS, label) | dict.fromkeys(_MESSAGES)
        return _write(user_field) | (texts if language else {})

    return page_of(call, found, write=write)


def _field(call: Call, entity_type: EntityType) -> UserField:
    number = as_int(call.get("id"))
    if number is None or number <= 0:
        raise RestError("", "ID is not defined or invalid.")
    found = call.portal.crm.user_fields.by_id.get(number)
    if found is None or found.entity != entity_type.uf_entity:
        raise RestError("ERROR_NOT_FOUND", "The entity with the specified ID is not found.")
    return found


def _get(call: Call, entity_type: EntityType) -> Any:
    user_field = _field(call, entity_type)
    return _write(user_field) | {name: user_field.labels for name in _LABELS}


def _check_admin(call: Call) -> None:
    if not call.is_admin:
        raise RestError("", "Access denied.")


def _add(call: Call, entity_type: EntityType) -> Any:
    _check_admin(call)
    raw = call.mapping("fields")
    for name in ("USER_TYPE_ID", "FIELD_NAME"):
        if not raw.get(name):
            raise RestError("", f"The '{name}' field is not found.")
    name = "UF_CRM_" + str(raw["FIELD_NAME"]).upper().removeprefix("UF_CRM_")
    check_new(call, entity_type, name, str(raw["USER_TYPE_ID"]), "UF_CRM_")
    settings = raw.get("SETTINGS")
    created = call.portal.crm.user_fields.add(
        entity_type.uf_entity,
        name,
        str(raw["USER_TYPE_ID"]),
        labels=read_labels(call, raw.get("EDIT_FORM_LABEL") or raw.get("LABEL")),
        is_multiple=raw.get("MULTIPLE") == "Y",
        is_mandatory=raw.get("MANDATORY") == "Y",
        show_filter=str(raw.get("SHOW_FILTER") or "N"),
        sort=as_int(raw.get("SORT")) or 100,
        xml_id=raw.get("XML_ID"),
        settings=dict(settings) if isinstance(settings, Mapping) else {},
    )
    set_options(call, created, raw.get("LIST"))
    tell(call, created, "ADD")
    return created.id


def _update(call: Call, entity_type: EntityType) -> Any:
    _check_admin(call)
    user_field = _field(call, entity_type)
    raw = call.mapping("fields")
    if isinstance(raw.get("SETTINGS"), Mapping):
        user_field.settings = {**user_field.settings, **raw["SETTINGS"]}
    if "EDIT_FORM_LABEL" in raw:
        user_field.labels = read_labels(call, raw["EDIT_FORM_LABEL"])
    if "MANDATORY" in raw:
        user_field.is_mandatory = raw["MANDATORY"] == "Y"
    user_field.show_filter = str(raw.get("SHOW_FILTER") or user_field.show_filter)
    user_field.sort = as_int(raw.get("SORT")) or user_field.sort
    set_options(call, user_field, raw.get("LIST"))
    tell(call, user_field, "UPDATE")
    return True


def _delete(call: Call, entity_type: EntityType) -> Any:
    _check_admin(call)
    user_field = _field(call, entity_type)
    call.portal.crm.user_fields.delete(user_field)
    tell(call, user_field, "DELETE")
    return True


def _serve(number: int, action: Callable[[Call, EntityType], Any]) -> Callable[[Call], Any]:
    return lambda call: action(call, call.portal.crm.entity_type(number))


for _number, _name in ((DEAL, "deal"), (LEAD, "lead"), (CONTACT, "contact"), (COMPANY, "company")):
    method(f"crm.{_name}.userfield.list", scope="crm", cost="list")(_serve(_number, _list))
    method(f"crm.{_name}.userfield.get", scope="crm")(_serve(_number, _get))
    method(f"crm.{_name}.userfield.add", scope="crm", cost="write")(_serve(_number, _add))
    method(f"crm.{_name}.userfield.update", scope="crm", cost="write")(_serve(_number, _update))
    method(f"crm.{_name}.userfield.delete", scope="crm", cost="write")(_serve(_number, _delete))
