"""crm.category.*: pipelines (api-reference/crm/universal/category/index.md). Leads have none."""

from __future__ import annotations

from typing import Any

from connector.sandbox.crm.defaults import DEAL_STAGES, SMART_STAGES
from connector.sandbox.crm.stages import Category
from connector.sandbox.crm.types import DEAL, EntityType
from connector.sandbox.kernel import Call, Page, RestError, as_int, method, page_of


def _type_with_pipelines(call: Call) -> EntityType:
    entity_type = call.portal.crm.entity_type(call.require_int("entityTypeId"))
    if not entity_type.has_categories:
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type `{entity_type.symbol}` is not supported")
    return entity_type


def _write(category: Category) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": category.id,
        "name": category.name,
        "sort": category.sort,
        "entityTypeId": category.entity_type_id,
        "isDefault": "Y" if category.is_default else "N",
    }
    if category.entity_type_id == DEAL and category.id:
        shown.update(originId=category.origin_id, originatorId=category.originator_id)
    return shown


@method("crm.category.list", scope="crm", cost="list")
def list_categories(call: Call) -> Page:
    """The pipelines that the caller may read, by their order."""
    entity_type = _type_with_pipelines(call)
    crm = call.portal.crm
    found = [
        each
        for each in crm.stages.categories.get(entity_type.id, {}).values()
        if crm.rights.may_read_category(call.user_id, entity_type.id, each.id)
    ]
    found.sort(key=lambda each: (each.sort, each.id))
    return page_of(call, found, write=_write, wrap="categories")


def _category(call: Call, entity_type: EntityType) -> Category:
    crm = call.portal.crm
    found = crm.stages.category(entity_type.id, call.require_int("id"))
    if found is None:
        raise RestError("NOT_FOUND", "Element not found")
    if not crm.rights.may_read_category(call.user_id, entity_type.id, found.id):
        raise RestError("ACCESS_DENIED", "Access denied")
    return found


@method("crm.category.get", scope="crm")
def get_category(call: Call) -> Any:
    return {"category": _write(_category(call, _type_with_pipelines(call)))}


def _check_right(call: Call) -> None:
    if not call.is_admin:
        raise RestError("ACCESS_DENIED", "Access denied")


@method("crm.category.add", scope="crm", cost="write")
def add_category(call: Call) -> Any:
    """A new pipeline comes with stages: eight of a deal, five of a smart process."""
    entity_type = _type_with_pipelines(call)
    _check_right(call)
    fields = call.mapping("fields")
    if not fields.get("name"):
        raise RestError("0", "Field 'NAME' is required")
    if not entity_type.has_stages or entity_type.id == 31:
        raise RestError("ADDING_DISABLED", "Adding is disabled")
    category = call.portal.crm.stages.add_category(
        entity_type,
        str(fields["name"])[:255],
        DEAL_STAGES if entity_type.id == DEAL else SMART_STAGES,
        sort=as_int(fields.get("sort")) or 500,
    )
    category.origin_id = str(fields.get("originId") or "")
    category.originator_id = str(fields.get("originatorId") or "")
    if fields.get("isDefault") == "Y":
        _make_default(call, entity_type, category)
    return {"category": _write(category)}


@method("crm.category.update", scope="crm", cost="write")
def update_category(call: Call) -> Any:
    entity_type = _type_with_pipelines(call)
    category = _category(call, entity_type)
    _check_right(call)
    fields = call.mapping("fields")
    category.name = str(fields.get("name") or category.name)[:255]
    category.sort = as_int(fields.get("sort")) or category.sort
    if entity_type.id == DEAL:
        category.origin_id = str(fields.get("originId", category.origin_id))
        category.originator_id = str(fields.get("originatorId", category.originator_id))
    if fields.get("isDefault") == "Y":
        _make_default(call, entity_type, category)
    return {"category": _write(category)}


def _make_default(call: Call, entity_type: EntityType, category: Category) -> None:
    """The default of a smart process can be given to another pipeline; that of deals is fixed."""
    if entity_type.id == DEAL:
        return
    for each in call.portal.crm.stages.categories[entity_type.id].values():
        each.is_default = each is category
    call.portal.crm.types_changed()


@method("crm.category.delete", scope="crm", cost="write")
def delete_category(call: Call) -> Any:
    entity_type = _type_with_pipelines(call)
    category = _category(call, entity_type)
    _check_right(call)
    crm = call.portal.crm
    if category.is_default:
        text = "Default deal category cannot be deleted" if entity_type.id == DEAL else "Removing is disabled"
        raise RestError("0" if entity_type.id == DEAL else "REMOVING_DISABLED", text)
    if crm.shelf(entity_type.id).sorted_ids(category.id):
        is_deal = entity_type.id == DEAL
        raise RestError(
            "0" if is_deal else "BX_ERROR", "Deals related to the funnel found" if is_deal else "Items found"
        )
    crm.stages.remove_category(entity_type, category.id)
    return None
