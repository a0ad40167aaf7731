"""Custom fields of tasks: task.item.userfield.*, for administrators (api-reference/tasks/user-field/*.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.sandbox.filters import Column, compile_filter, sort_rows
from connector.sandbox.kernel import Call, Page, RestError, as_int, method
from connector.sandbox.tasks_fields import is_yes, listed

#: The only types that task.item.userfield.add takes, though gettypes names more.
_CREATABLE: dict[str, dict[str, Any]] = {
    "string": {
        "SIZE": 20,
        "ROWS": 1,
        "REGEXP": "",
        "MIN_LENGTH": 0,
        "MAX_LENGTH": 0,
        "DEFAULT_VALUE": "",
    },
    "double": {"PRECISION": 4, "SIZE": 20, "MIN_VALUE": 0.0, "MAX_VALUE": 0.0, "DEFAULT_VALUE": ""},
    "datetime": {
        "DEFAULT_VALUE": {"TYPE": "NONE", "VALUE": ""},
        "USE_SECOND": "Y",
        "USE_TIMEZONE": "N",
    },
    "boolean": {"DEFAULT_VALUE": 0, "DISPLAY": "CHECKBOX", "LABEL": ["", ""], "LABEL_CHECKBOX": ""},
}
_TYPES = (
    ("string", "String"),
    ("integer", "Integer"),
    ("double", "Number"),
    ("boolean", "Yes/No"),
    ("enumeration", "Enumeration"),
    ("datetime", "Date/Time"),
    ("date", "Date"),
    ("money", "Money"),
    ("url", "URL"),
    ("address", "Google Map Address"),
    ("file", "File"),
    ("employee", "User Binding"),
    ("crm_status", "CRM Reference Binding"),
    ("iblock_section", "Information Block Section Binding"),
    ("iblock_element", "Information Block Element Binding"),
    ("crm", "CRM Element Binding"),
)


@dataclass(slots=True)
class UserField:
    id: int
    name: str
    type: str
    xml_id: str = ""
    sort: int = 100
    label: str = ""
    is_multiple: bool = False
    is_mandatory: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    def written(self) -> dict[str, Any]:
        return {
            "ID": str(self.id),
            "ENTITY_ID": "TASKS_TASK",
            "FIELD_NAME": self.name,
            "USER_TYPE_ID": self.type,
            "XML_ID": self.xml_id,
            "SORT": str(self.sort),
            "MULTIPLE": "Y" if self.is_multiple else "N",
            "MANDATORY": "Y" if self.is_mandatory else "N",
            "SHOW_FILTER": "N",
            "SHOW_IN_LIST": "Y",
            "EDIT_IN_LIST": "Y",
            "IS_SEARCHABLE": "N",
            "SETTINGS": dict(self.settings),
        }


def _of_the_product() -> dict[int, UserField]:
    crm = {"LEAD": "Y", "CONTACT": "Y", "COMPANY": "Y", "DEAL": "Y"}
    fields = (
        UserField(1, "UF_CRM_TASK", "crm", is_multiple=True, settings=crm),
        UserField(2, "UF_TASK_WEBDAV_FILES", "disk_file", "TASK_WEBDAV_FILES", is_multiple=True),
        UserField(3, "UF_MAIL_MESSAGE", "mail_message"),
    )
    return {each.id: each for each in fields}


@dataclass(slots=True)
class TaskUserFields:
    """The custom fields that tasks have in this portal, the product's own three among them."""

    fields: dict[int, UserField] = field(default_factory=_of_the_product)

    def custom(self) -> list[UserField]:
        return [each for each in self.fields.values() if each.id > 3]

    def named(self, name: str) -> UserField | None:
        return next((each for each in self.fields.values() if each.name == name), None)

    def read(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of fields that exist, as they are kept: texts, lists of texts for multiple fields."""
        kept: dict[str, Any] = {}
        for each in self.custom():
            if each.name in values:
                texts = [_kept(each, value) for value in listed(values[each.name])]
                kept[each.name] = texts if each.is_multiple else (texts[0] if texts else "")
        return kept


def _kept(user_field: UserField, value: Any) -> str:
    if user_field.type == "boolean":
        return "1" if is_yes(value) else "0"
    return str(value)


_COLUMNS = {
    "ID": Column(lambda row: row.id, "int"),
    "FIELD_NAME": Column(lambda row: row.name),
    "USER_TYPE_ID": Column(lambda row: row.type),
    "SORT": Column(lambda row: row.sort, "int"),
    "XML_ID": Column(lambda row: row.xml_id),
    "MULTIPLE": Column(lambda row: "Y" if row.is_multiple else "N"),
    "MANDATORY": Column(lambda row: "Y" if row.is_mandatory else "N"),
}


def _administered(call: Call) -> TaskUserFields:
    if not call.is_admin:
        raise RestError("ERROR_CORE", "Access denied.")
    return call.portal.part(TaskUserFields)


@method("task.item.userfield.add", scope="task", cost="write")
def add_user_field(call: Call) -> Any:
    book, params = _administered(call), call.mapping("PARAMS")
    type_id, name = str(params.get("USER_TYPE_ID") or ""), str(params.get("FIELD_NAME") or "").upper()
    for key, value in (("USER_TYPE_ID", type_id), ("FIELD_NAME", name)):
        if not value:
            raise RestError("ERROR_CORE", f"The '{key}' field is not found.")
    if type_id not in _CREATABLE:
        raise RestError("ERROR_CORE", "Invalid user type specified.")
    name = name if name.startswith("UF_") else f"UF_{name}"
    if book.named(name):
        raise RestError("ERROR_CORE", f"The field {name} for the object TASKS_TASK already exists.")
    new = UserField(max(book.fields) + 1, name, type_id)
    _write(new, params)
    book.fields[new.id] = new
    return new.id


@method("task.item.userfield.update", scope="task", cost="write")
def update_user_field(call: Call) -> Any:
    _write(_found(call, _administered(call)), call.mapping("DATA"))
    return True


@method("task.item.userfield.delete", scope="task", cost="write")
def delete_user_field(call: Call) -> Any:
    book = _administered(call)
    del book.fields[_found(call, book).id]
    return True


@method("task.item.userfield.get", scope="task")
def get_user_field(call: Call) -> Any:
    return _found(call, call.portal.part(TaskUserFields)).written()


@method("task.item.userfield.getlist", scope="task", cost="list")
def list_user_fields(call: Call) -> Any:
    rows = call.portal.part(TaskUserFields).fields.values()
    matches = compile_filter(call.mapping("FILTER"), _COLUMNS, zone=call.portal.zone)
    found = sort_rows(filter(matches, rows), call.mapping("ORDER"), _COLUMNS)
    return Page([row.written() for row in found], total=len(found))


@method("task.item.userfield.gettypes", scope="task")
def list_user_field_types(call: Call) -> Any:
    return Page([{"ID": type_id, "title": title} for type_id, title in _TYPES], total=0)


def _found(call: Call, book: TaskUserFields) -> UserField:
    """The field that the first argument names, whatever its spelling: the method is positional."""
    field_id = as_int(next(iter(call.positional()), None))
    if field_id is None or field_id <= 0:
        raise RestError("ERROR_CORE", "ID is not defined or invalid.")
    if field_id not in book.fields:
        raise RestError("ERROR_NOT_FOUND", f"The entity with ID '{field_id}' is not found")
    return book.fields[field_id]


def _write(user_field: UserField, params: Mapping[str, Any]) -> None:
    if "MULTIPLE" in params:
        user_field.is_multiple = is_yes(params["MULTIPLE"]) and user_field.type != "boolean"
    if "MANDATORY" in params:
        user_field.is_mandatory = is_yes(params["MANDATORY"])
    user_field.xml_id = str(params.get("XML_ID", user_field.xml_id))
    user_field.sort = as_int(params.get("SORT")) or user_field.sort
    label = params.get("EDIT_FORM_LABEL")
    user_field.label = str(next(iter(label.values()), "") if isinstance(label, Mapping) else user_field.label)
    given = params.get("SETTINGS")
    user_field.settings = {
        **(user_field.settings or _CREATABLE[user_field.type]),
        **(given if isinstance(given, Mapping) else {}),
    }
