"""User fields: the columns that a portal's admin has added to a type of record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from connector.sandbox.crm.fields import Field

#: The types that can be created (api-reference/crm/universal/userfieldconfig/userfieldconfig-get-types.md).
TYPES = (
    "string",
    "integer",
    "double",
    "boolean",
    "date",
    "datetime",
    "money",
    "url",
    "address",
    "enumeration",
    "employee",
    "crm",
    "crm_status",
)

_DEFAULT_SETTINGS: dict[str, dict[str, Any]] = {
    "string": {"SIZE": 20, "ROWS": 1, "REGEXP": "", "MIN_LENGTH": 0, "MAX_LENGTH": 0, "DEFAULT_VALUE": ""},
    "double": {"PRECISION": 2, "SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": None},
    "enumeration": {"DISPLAY": "LIST", "LIST_HEIGHT": 1, "CAPTION_NO_VALUE": "", "SHOW_NO_VALUE": "Y"},
}


@dataclass(slots=True)
class Option:
    """One value of a list field."""

    id: int
    value: str
    sort: int = 100
    is_default: bool = False
    xml_id: str = ""


@dataclass(slots=True)
class UserField:
    """One user field of a type, named by the type's UF entity such as CRM_DEAL."""

    id: int
    entity: str
    name: str
    type: str
    labels: dict[str, str] = field(default_factory=dict)
    is_multiple: bool = False
    is_mandatory: bool = False
    show_filter: str = "N"
    edit_in_list: bool = True
    sort: int = 100
    xml_id: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    options: list[Option] = field(default_factory=list)

    def title(self, language: str) -> str:
        return self.labels.get(language) or next((text for text in self.labels.values() if text), self.name)

    def as_field(self, item_name: str, language: str) -> Field:
        """How the field looks among the fields of its type."""
        return Field(
            name=self.name,
            type=self.type,
            title=self.title(language),
            item_name=item_name,
            classic=self.name,
            is_required=self.is_mandatory,
            is_multiple=self.is_multiple,
            is_dynamic=True,
            status_type=str(self.settings.get("ENTITY_TYPE", "")) if self.type == "crm_status" else "",
            settings=self.settings,
            options=tuple(
                (each.id, each.value) for each in sorted(self.options, key=lambda o: (o.sort, o.id))
            ),
        )


@dataclass(slots=True)
class UserFields:
    """The user fields of one portal."""

    by_id: dict[int, UserField] = field(default_factory=dict)
    last_id: int = 200
    last_option_id: int = 40
    #: Counts changes, so that what was computed from the fields can be thrown away.
    version: int = 0

    def of(self, entity: str) -> list[UserField]:
        return [each for each in self.by_id.values() if each.entity == entity]

    def named(self, entity: str, name: str) -> UserField | None:
        return next((each for each in self.of(entity) if each.name == name), None)

    def add(self, entity: str, name: str, type_: str, **details: Any) -> UserField:
        """Create a field; its settings begin with the defaults of the type."""
        self.last_id += 2
        settings = {**_DEFAULT_SETTINGS.get(type_, {}), **(details.pop("settings", None) or {})}
        created = UserField(self.last_id, entity, name, type_, settings=settings, **details)
        self.by_id[created.id] = created
        self.version += 1
        return created

    def add_option(self, user_field: UserField, value: str, **details: Any) -> Option:
        self.last_option_id += 1
        option = Option(self.last_option_id, value, **details)
        option.xml_id = option.xml_id or hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()
        user_field.options.append(option)
        self.version += 1
        return option

    def delete(self, user_field: UserField) -> None:
        del self.by_id[user_field.id]
        self.version += 1
