"""userfieldconfig.*: user fields of any type of record, the only way for smart processes.

Ids and sort are text here, and errors have an empty code
(api-reference/crm/universal/userfieldconfig/index.md). Needs the scope `userfieldconfig` beside `crm`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox.crm.types import EntityType
from connector.sandbox.crm.userfields import TYPES, UserField
from connector.sandbox.filters import Column, compile_filter, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, page_of

_MAX_NAME = 50
_COLUMNS = {
    "id": Column(lambda each: each.id, "int"),
    "entityId": Column(lambda each: each.entity),
    "fieldName": Column(lambda each: each.name),
    "userTypeId": Column(lambda each: each.type),
    "xmlId": Column(lambda each: each.xml_id),
    "sort": Column(lambda each: each.sort, "int"),
    "multiple": Column(lambda each: "Y" if each.is_multiple else "N"),
    "mandatory": Column(lambda each: "Y" if each.is_mandatory else "N"),
}


def _yes(value: Any) -> bool:
    return str(value).upper() in ("Y", "TRUE", "1")


def _write(user_field: UserField, *, language: str | None = None, has_options: bool = True) -> dict[str, Any]:
    labels = user_field.labels
    languages = [language] if language else list(labels)
    label: Any = {each: labels.get(each) for each in languages} if languages else None
    empty = dict.fromkeys(languages) or None
    shown: dict[str, Any] = {
        "id": str(user_field.id),
        "entityId": user_field.entity,
        "fieldName": user_field.name,
        "userTypeId": user_field.type,
        "xmlId": user_field.xml_id,
        "sort": str(user_field.sort),
        "multiple": "Y" if user_field.is_multiple else "N",
        "mandatory": "Y" if user_field.is_mandatory else "N",
        "showFilter": user_field.show_filter,
        "showInList": "Y",
        "editInList": "Y" if user_field.edit_in_list else "N",
        "isSearchable": "N",
        "settings": user_field.settings,
        "languageId": {each: each for each in languages},
        "editFormLabel": label,
        "listColumnLabel": empty,
        "listFilterLabel": empty,
        "errorMessage": empty,
        "helpMessage": empty,
    }
    if has_options and user_field.type == "enumeration":
        shown["enum"] = [
            {
                "id": str(option.id),
                "userFieldId": str(user_field.id),
                "value": option.value,
                "def": "Y" if option.is_default else "N",
                "sort": str(option.sort),
                "xmlId": option.xml_id,
            }
            for option in sorted(user_field.options, key=lambda each: (each.sort, each.id))
        ]
    return shown


def _check(call: Call, refusal: str) -> None:
    if not call.credential.has_scope("crm"):
        raise RestError("", "The current method required more scopes. (crm)")
    if not call.is_admin:
        raise RestError("", refusal)


def _field(call: Call, refusal: str) -> UserField:
    found = call.portal.crm.user_fields.by_id.get(call.require_int("id"))
    if found is None:
        raise RestError("", refusal)
    return found


def check_new(call: Call, entity_type: EntityType, name: str, type_: str, prefix: str) -> None:
    """Refuse a user field whose name or type cannot be."""
    tail = name.removeprefix(prefix)
    is_named = name.startswith(prefix) and tail and all(each.isalnum() or each == "_" for each in tail)
    if not is_named or len(name) > _MAX_NAME or name != name.upper():
        raise RestError("", "You cannot create custom fields")
    if type_ not in TYPES:
        raise RestError("", f"The '{type_}' user type is not found.")
    if call.portal.crm.user_fields.named(entity_type.uf_entity, name):
        raise RestError("", f"Field {name} for entity {entity_type.uf_entity} already exists")


def set_options(call: Call, user_field: UserField, raw: Any) -> None:
    """Apply the options of a list: without id new, with id changed, with del=Y gone."""
    elements = raw.values() if isinstance(raw, Mapping) else raw if isinstance(raw, list) else []
    book = call.portal.crm.user_fields
    for element in elements:
        if not isinstance(element, Mapping):
            continue
        given = {str(name).lower().replace("_", ""): value for name, value in element.items()}
        option = next((each for each in user_field.options if each.id == as_int(given.get("id"))), None)
        if option is not None and _yes(given.get("del")):
            user_field.options.remove(option)
            continue
        if option is None:
            option = book.add_option(
                user_field, str(given.get("value") or ""), xml_id=str(given.get("xmlid") or "")
            )
        option.value = str(given.get("value") or option.value)
        option.sort = as_int(given.get("sort")) or option.sort
        option.is_default = _yes(given.get("def")) if "def" in given else option.is_default
    book.version += 1


def read_labels(call: Call, raw: Any) -> dict[str, str]:
    """A label given as text (in the portal's language) or by language."""
    if isinstance(raw, Mapping):
        return {str(language): str(text) for language, text in raw.items() if text}
    return {call.portal.language: str(raw)} if raw else {}


def tell(call: Call, user_field: UserField, what: str) -> None:
    """Raise the event of a changed field; a list's options have one of their own."""
    crm = call.portal.crm
    owner = crm.types.of_uf_entity(user_field.entity)
    stem = "TYPE" if owner is None or owner.is_dynamic else owner.symbol
    fields = {"ID": user_field.id, "ENTITY_ID": user_field.entity, "FIELD_NAME": user_field.name}
    call.portal.events.raise_event(f"ONCRM{stem}USERFIELD{what}", {"FIELDS": fields}, call.user_id)
    if user_field.type == "enumeration" and what in ("ADD", "UPDATE"):
        name = f"ONCRM{stem}USERFIELDSETENUMVALUES"
        call.portal.events.raise_event(name, {"FIELDS": fields}, call.user_id)


@method("userfieldconfig.add", scope="userfieldconfig", cost="write")
def add(call: Call) -> Any:
    _check(call, "You cannot create custom fields")
    raw = call.mapping("field")
    for name, shown in (("fieldName", "FIELD_NAME"), ("userTypeId", "USER_TYPE_ID")):
        if not raw.get(name):
            raise RestError("", f"The '{shown}' field is not found.")
    crm = call.portal.crm
    entity_type = crm.types.of_uf_entity(str(raw.get("entityId")))
    if entity_type is None:
        raise RestError("", "You cannot create custom fields")
    prefix = f"UF_{entity_type.uf_entity}_" if entity_type.smart else "UF_CRM_"
    name, type_ = str(raw["fieldName"]), str(raw["userTypeId"])
    check_new(call, entity_type, name, type_, prefix)
    created = crm.user_fields.add(
        entity_type.uf_entity,
        name,
        type_,
        labels=read_labels(call, raw.get("editFormLabel")),
        is_multiple=_yes(raw.get("multiple")),
        is_mandatory=_yes(raw.get("mandatory")),
        show_filter=str(raw.get("showFilter") or "N"),
        edit_in_list=_yes(raw.get("editInList", "Y")),
        sort=as_int(raw.get("sort")) or 100,
        xml_id=raw.get("xmlId"),
        settings=_mapping(raw.get("settings")),
    )
    set_options(call, created, raw.get("enum"))
    tell(call, created, "ADD")
    return {"field": _write(created)}


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


@method("userfieldconfig.get", scope="userfieldconfig")
def get(call: Call) -> Any:
    refusal = "You do not have permission to view user field settings"
    _check(call, refusal)
    return {"field": _write(_field(call, refusal))}


@method("userfieldconfig.list", scope="userfieldconfig", cost="list")
def list_fields(call: Call) -> Page:
    """Labels only in the language that `select.language` names; options never (use get)."""
    _check(call, "You do not have permission to view user field settings")
    crm = call.portal.crm
    test = compile_filter(call.mapping("filter"), _COLUMNS, zone=call.portal.zone)
    found = sort_rows(filter(test, crm.user_fields.by_id.values()), call.mapping("order"), _COLUMNS)
    language = call.mapping("select").get("language")

    def write(user_field: UserField) -> dict[str, Any]:
        row = _write(user_field, language=str(language or "-"), has_options=False)
        if not language:
            for name in ("languageId", "editFormLabel", "listColumnLabel", "listFilterLabel"):
                row.pop(name)
        return row

    return page_of(call, found, write=write, wrap="fields")


@method("userfieldconfig.update", scope="userfieldconfig", cost="write")
def update(call: Call) -> Any:
    """Settings and labels are replaced as a whole; type, name and multiplicity stay as they are."""
    refusal = "You cannot change the settings of the user field"
    _check(call, refusal)
    user_field = _field(call, refusal)
    raw = call.mapping("field")
    if "settings" in raw:
        user_field.settings = _mapping(raw["settings"])
    if "editFormLabel" in raw:
        user_field.labels = read_labels(call, raw["editFormLabel"])
    user_field.is_mandatory = _yes(raw.get("mandatory", "Y" if user_field.is_mandatory else "N"))
    user_field.sort = as_int(raw.get("sort")) or user_field.sort
    user_field.show_filter = str(raw.get("showFilter") or user_field.show_filter)
    if raw.get("userTypeId") == "enumeration":
        set_options(call, user_field, raw.get("enum"))
    call.portal.crm.user_fields.version += 1
    tell(call, user_field, "UPDATE")
    return {"field": _write(user_field)}


@method("userfieldconfig.delete", scope="userfieldconfig", cost="write")
def delete(call: Call) -> Any:
    _check(call, "You cannot delete the user field")
    user_field = _field(call, "You cannot delete the user field")
    call.portal.crm.user_fields.delete(user_field)
    tell(call, user_field, "DELETE")
    return None


@method("userfieldconfig.getTypes", scope="userfieldconfig")
def list_user_types(call: Call) -> Any:
    return {"types": {each: {"userTypeId": each, "description": each.capitalize()} for each in TYPES}}
