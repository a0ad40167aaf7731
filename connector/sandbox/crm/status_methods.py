"""crm.status.*: stages and the other directories, every value as text (api-reference/crm/status/index.md)."""

from __future__ import annotations

from typing import Any

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.stages import GROUPS, MAX_STAGE_CODE, Status
from connector.sandbox.crm.types import EntityType
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, page_of

#: Directories whose rows have EXTRA.
_WITH_EXTRA = ("STATUS", "DEAL_STAGE", "QUOTE_STATUS")
_WRITABLE = ("NAME", "SORT", "COLOR")
_MAX_CODE = 50


def write_status(status: Status) -> dict[str, Any]:
    row: dict[str, Any] = {
        "ID": str(status.id),
        "ENTITY_ID": status.entity_id,
        "STATUS_ID": status.status_id,
        "NAME": status.name,
        "NAME_INIT": status.name_init,
        "SORT": str(status.sort),
        "SYSTEM": "Y" if status.is_system else "N",
        "CATEGORY_ID": None if status.category_id is None else str(status.category_id),
        "COLOR": status.color or None,
        "SEMANTICS": status.semantics or None,
    }
    if status.entity_id.startswith(_WITH_EXTRA):
        row["EXTRA"] = {"SEMANTICS": status.group, "COLOR": status.color}
    return row


@method("crm.status.list", scope="crm", cost="list")
def list_statuses(call: Call) -> Page:
    """Filter by equality on any key of the row, ENTITY_ID first of all; an unknown directory is empty."""
    conditions = call.mapping("filter")
    if isinstance(conditions.get("ENTITY_ID"), list | dict):
        raise RestError("", "Filter by ENTITY_ID must be a string")
    stages = call.portal.crm.stages
    wanted_entity = conditions.get("ENTITY_ID")
    rows = stages.by_entity.get(str(wanted_entity), []) if wanted_entity else list(stages.statuses.values())
    wanted = {name: str(value) for name, value in conditions.items() if value not in (None, "")}
    written = [write_status(each) for each in rows]
    found = [row for row in written if all(row.get(name, text) == text for name, text in wanted.items())]
    for name, direction in reversed(list(call.mapping("order").items())):
        if name in ("ID", "SORT", "NAME", "STATUS_ID", "ENTITY_ID"):
            found.sort(key=lambda row: _sortable(row[name]), reverse=str(direction).upper() == "DESC")
    return page_of(call, found, write=dict)


def _sortable(text: str) -> tuple[int, str]:
    return (int(text), "") if text.isdecimal() else (0, text)


@method("crm.status.entity.items", scope="crm", cost="list")
def list_entity_items(call: Call) -> Any:
    rows = call.portal.crm.stages.by_entity.get(str(call.require("entityId")), [])
    return [{"NAME": each.name, "SORT": each.sort, "STATUS_ID": each.status_id} for each in rows]


@method("crm.status.entity.types", scope="crm", cost="list")
def list_entity_types(call: Call) -> Any:
    crm = call.portal.crm
    described = [_describe_directory(crm, name) for name in crm.stages.by_entity if not _owner(crm, name)]
    for entity_type in crm.types.by_id.values():
        if entity_type.has_stages:
            described += [
                _describe_stages(crm, entity_type, number)
                for number in crm.stages.categories.get(entity_type.id, {0: None})
            ]
    return described


def _owner(crm: Crm, entity_id: str) -> tuple[EntityType, int] | None:
    """Whose stages a directory holds, and of which pipeline; None for an ordinary directory."""
    for entity_type in crm.types.by_id.values():
        if entity_type.has_stages:
            for number in crm.stages.categories.get(entity_type.id, {0: None}):
                if entity_type.directory(number) == entity_id:
                    return entity_type, number
    return None


def _describe_directory(crm: Crm, name: str) -> dict[str, Any]:
    return {"ID": name, "NAME": name.replace("_", " ").capitalize(), "SEMANTIC_INFO": []}


def _describe_stages(crm: Crm, entity_type: EntityType, category_id: int) -> dict[str, Any]:
    category = crm.stages.category(entity_type.id, category_id)
    name = f"{entity_type.name}: {category.name}" if category else f"{entity_type.name} stages"
    described: dict[str, Any] = {
        "ID": entity_type.directory(category_id),
        "NAME": name,
        "PARENT_ID": None
        if entity_type.directory(category_id) == entity_type.stage_directory
        else entity_type.stage_directory,
        "SEMANTIC_INFO": [] if entity_type.is_dynamic else _semantic_info(crm, entity_type, category_id),
        "ENTITY_TYPE_ID": entity_type.id,
    }
    prefix = entity_type.stage_prefix(category_id).rstrip(":")
    if prefix:
        described["PREFIX"] = prefix
    if category is not None:
        is_text = entity_type.id == 2 and category_id
        described.update(
            FIELD_ATTRIBUTE_SCOPE=f"category_{category_id}",
            CATEGORY_ID=str(category_id) if is_text else category_id,
        )
    return described


def _semantic_info(crm: Crm, entity_type: EntityType, category_id: int) -> dict[str, Any]:
    firsts = {letter: crm.stages.first(entity_type, category_id, letter) for letter in "PSF"}
    codes = {letter: status.status_id if status else "" for letter, status in firsts.items()}
    return {
        "START_FIELD": codes["P"],
        "FINAL_SUCCESS_FIELD": codes["S"],
        "FINAL_UNSUCCESS_FIELD": codes["F"],
        "FINAL_SORT": 0,
    }


def _status(call: Call) -> Status:
    number = as_int(call.get("id"))
    if number is None or number <= 0:
        raise RestError("Invalid identifier.", "An invalid identifier was passed.")
    found = call.portal.crm.stages.statuses.get(number)
    if found is None:
        raise RestError("Status is not found.", "Directory item not found.")
    return found


@method("crm.status.get", scope="crm")
def get_status(call: Call) -> Any:
    row = write_status(_status(call))
    row.pop("EXTRA", None)
    return row


@method("crm.status.add", scope="crm", cost="write")
def add_status(call: Call) -> Any:
    """Make a stage or another entry; the code gets its pipeline's prefix, and is cut to 21 characters."""
    _check_settings_right(call)
    fields = call.mapping("fields")
    for name in ("ENTITY_ID", "STATUS_ID", "NAME"):
        if not fields.get(name):
            raise RestError("", f"The field {name} is required.")
    crm = call.portal.crm
    entity_id, code = str(fields["ENTITY_ID"]), str(fields["STATUS_ID"])
    owner = _owner(crm, entity_id)
    if owner is None and entity_id not in crm.stages.by_entity:
        raise RestError("", "Specified entity type is not supported.")
    semantics = str(fields.get("SEMANTICS") or "").upper() if owner else ""
    prefix = owner[0].stage_prefix(owner[1]) if owner else ""
    full = (prefix + code.removeprefix(prefix))[: MAX_STAGE_CODE if owner else _MAX_CODE]
    if (entity_id, full) in crm.stages.by_code:
        raise RestError("ERROR_CORE", "The specified status ID already exists.")
    sort = as_int(fields.get("SORT")) or 10
    if owner is not None:
        _check_order(crm, owner, semantics, sort)
    return crm.stages.add(
        entity_id,
        full,
        str(fields["NAME"]),
        sort,
        category_id=owner[1] if owner and prefix else None,
        color=str(fields.get("COLOR") or ""),
        semantics=semantics,
        group=GROUPS.get(semantics, "process"),
    ).id


def _check_order(crm: Crm, owner: tuple[EntityType, int], semantics: str, sort: int) -> None:
    """In progress, success, failure: stages follow each other in this order, with one success only."""
    success = crm.stages.first(*owner, "S")
    if success is None:
        return
    if semantics == "S" or (semantics == "" and sort >= success.sort):
        raise RestError(
            "",
            "Cannot create more stages after the final stage "
            "because the final successful stage already exists",
        )


@method("crm.status.update", scope="crm", cost="write")
def update_status(call: Call) -> Any:
    """Only name, order and colour can be changed."""
    _check_settings_right(call)
    status = _status(call)
    fields = {name: value for name, value in call.mapping("fields").items() if name in _WRITABLE}
    if "NAME" in fields:
        if not fields["NAME"]:
            raise RestError("", "The field Title is required.")
        status.name = str(fields["NAME"])
    status.sort = as_int(fields.get("SORT")) or status.sort
    status.color = str(fields.get("COLOR") or status.color)
    call.portal.crm.stages.sort(status.entity_id)
    return True


@method("crm.status.delete", scope="crm", cost="write")
def delete_status(call: Call) -> Any:
    """A system entry needs params.FORCED=Y; a stage with items cannot be deleted."""
    _check_settings_right(call)
    status = _status(call)
    if status.is_system and call.mapping("params").get("FORCED") != "Y":
        raise RestError(
            "", 'CRM System Status can be deleted only if parameter FORCED is specified and equal to "Y".'
        )
    crm = call.portal.crm
    owner = _owner(crm, status.entity_id)
    if owner is not None and any(
        record.stage_id == status.status_id and record.category_id == owner[1]
        for record in crm.shelf(owner[0].id)
    ):
        raise RestError("", "There are active items in this status.")
    crm.stages.remove(status)
    return True


def _check_settings_right(call: Call) -> None:
    if not call.is_admin:
        raise RestError("", "Access denied.")
