"""What a record needs before it is saved: mandatory fields, and those that its stage asks for.

Which fields a stage asks for cannot be read over REST; a client learns of it from refusals, which carry the
title of the field and not its name (api-reference/crm/universal/crm-item-update.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.types import CONTACT, EntityType
from connector.sandbox.kernel import RestError


def not_valid(crm: Crm, entity_type: EntityType, name: str) -> RestError:
    title = crm.schema(entity_type.id).fields[name].title
    return RestError("CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "{title}"')


def _missing(crm: Crm, field: Field) -> RestError:
    text = (
        f"Поле «{field.title}» обязательно для заполнения"
        if crm.portal.language == "ru"
        else f'The "{field.title}" field is required'
    )
    return RestError("CRM_FIELD_ERROR_REQUIRED", text)


def check_required(crm: Crm, entity_type: EntityType, values: Mapping[str, Any], stage_id: str) -> None:
    """Refuse when a mandatory field, or one that the stage needs, is empty; the first one is named."""
    fields = crm.schema(entity_type.id).fields
    needed: list[Field] = []
    if crm.required.is_checked:
        needed = [each for each in fields.values() if each.is_dynamic and each.is_required]
        needed += [fields[name] for name in crm.required.of(entity_type.id, stage_id) if name in fields]
    for each in needed:
        if is_empty(values.get(each.name)):
            raise _missing(crm, each)


def check_name(crm: Crm, entity_type: EntityType, values: Mapping[str, Any]) -> None:
    """A contact keeps a first or a last name (tutorials/crm/how-to-edit-crm-objects/)."""
    if entity_type.id == CONTACT and is_empty(values.get("NAME")) and is_empty(values.get("LAST_NAME")):
        raise _missing(crm, crm.schema(CONTACT).fields["NAME"])


def check_touched(crm: Crm, entity_type: EntityType, changes: Mapping[str, Any]) -> None:
    """A change without a stage change cannot empty a mandatory field."""
    fields = crm.schema(entity_type.id).fields
    for name, value in changes.items():
        each = fields.get(name)
        is_checked = each is not None and each.is_required and each.is_dynamic and crm.required.is_checked
        if is_checked and each is not None and is_empty(value):
            raise _missing(crm, each)


def is_empty(value: Any) -> bool:
    """Whether the CRM counts a value as not filled in: nothing, no elements, an amount of zero."""
    return value is None or value == () or value == "" or (isinstance(value, Decimal) and value == 0)
