"""What must be called to get the kind of answer that a documented example shows: CRM, people, applications.

`SUCCESSES` and `REFUSALS` go by the method's name; tasks and timelines are in `documented_calls_tasks`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connector.sandbox.company import CONTRACT_APPROVAL
from connector.sandbox.crm.types import DEAL, LEAD
from tests.connector.sandbox.calls import ADMIN, OTHER, REP
from tests.connector.sandbox.documented_world import HANDLER, World

#: An id that nothing has.
NOTHING = 999_999


@dataclass(frozen=True, slots=True)
class Do:
    """One call; `as_app`: with an application's token instead of a webhook; `is_plain`: over plain HTTP."""

    params: Callable[[World], Any]
    by: int = ADMIN
    as_app: bool = False
    is_plain: bool = False


def do(by: int = ADMIN, *, as_app: bool = False, **params: Any) -> Do:
    """A call whose parameters do not depend on what exists."""
    return Do(lambda world: params, by, as_app)


def _user_fields(entity: str, stem: str) -> tuple[dict[str, Do], dict[str, Do]]:
    """Calls of crm.{stem}.userfield.*."""
    name = f"crm.{stem}.userfield"
    known = {"LABEL": "Hello", "SORT": 5}
    created = {"USER_TYPE_ID": "string", "FIELD_NAME": "NEW", "LABEL": "New"}
    good = {
        f"{name}.add": do(fields=created),
        f"{name}.get": Do(lambda w: {"id": w.user_field(entity).id}),
        f"{name}.list": Do(lambda w: {"filter": {"FIELD_NAME": w.user_field(entity).name}}),
        f"{name}.update": Do(lambda w: {"id": w.user_field(entity).id, "fields": known}),
        f"{name}.delete": Do(lambda w: {"id": w.user_field(entity).id}),
    }
    bad = {
        f"{name}.add": do(fields={"FIELD_NAME": "NEW"}),
        f"{name}.get": do(id=0),
        f"{name}.list": do(filter="x"),
        f"{name}.update": Do(lambda w: {"id": w.user_field(entity).id, "fields": known}, by=OTHER),
        f"{name}.delete": Do(lambda w: {"id": w.user_field(entity).id}, by=OTHER),
    }
    return good, bad


def _links(stem: str, key: str, owner: str, linked: str) -> tuple[dict[str, Do], dict[str, Do]]:
    """Calls of crm.{stem}.*, the links between an owner and its clients."""

    def rows(world: World) -> Any:
        return [{key: getattr(world, linked).id, "SORT": 10, "IS_PRIMARY": "Y"}]

    def both(world: World) -> Any:
        return {"id": getattr(world, owner).id, "items": rows(world)}

    def one(world: World) -> Any:
        world.call(f"crm.{stem}.items.set", **both(world))
        return {"id": getattr(world, owner).id, "fields": {key: getattr(world, linked).id}}

    def got(world: World) -> Any:
        return {"id": one(world)["id"]}

    good = {
        f"crm.{stem}.delete": Do(one),
        f"crm.{stem}.items.get": Do(got),
        f"crm.{stem}.items.set": Do(both),
        f"crm.{stem}.items.delete": Do(got),
    }
    bad = {name: do(id=NOTHING, fields={key: 1}, items=[{key: 1}]) for name in good}
    return good, bad


SUCCESSES: dict[str, Do] = {
    "crm.automation.trigger": Do(lambda w: {"target": f"DEAL_{w.deal.id}", "code": "x"}),
    "crm.enum.ownertype": do(),
    "crm.company.fields": do(),
    "crm.company.get": Do(lambda w: {"id": w.company.id}),
    "crm.company.update": Do(lambda w: {"id": w.company.id, "fields": {"TITLE": "Other"}}),
    "crm.contact.add": do(fields={"NAME": "Anna"}),
    "crm.contact.delete": Do(lambda w: {"id": w.contact.id}),
    "crm.contact.fields": do(),
    "crm.contact.get": Do(lambda w: {"id": w.contact.id}),
    "crm.contact.list": Do(
        lambda w: {
            "filter": {"ID": w.contact.id},
            "select": ["ID", "NAME", "LAST_NAME", "EMAIL", "EXPORT", "ASSIGNED_BY_ID", "DATE_CREATE"],
        }
    ),
    "crm.contact.update": Do(lambda w: {"id": w.contact.id, "fields": {"NAME": "Maria"}}),
    "crm.stagehistory.list": Do(lambda w: {"entityTypeId": DEAL, "filter": {"OWNER_ID": w.deal.id}}),
    "crm.deal.get": Do(lambda w: {"id": w.deal.id}),
    "crm.deal.list": Do(
        lambda w: {
            "filter": {"ID": w.deal.id},
            "select": [
                "ID",
                "TITLE",
                "TYPE_ID",
                "CATEGORY_ID",
                "STAGE_ID",
                "OPPORTUNITY",
                "IS_MANUAL_OPPORTUNITY",
                "ASSIGNED_BY_ID",
                "DATE_CREATE",
            ],
        }
    ),
    "crm.deal.update": Do(lambda w: {"id": w.deal.id, "fields": {"TITLE": "Other"}}),
    "crm.lead.add": do(fields={"TITLE": "New"}),
    "crm.lead.delete": Do(lambda w: {"id": w.lead.id}),
    "crm.lead.fields": do(),
    "crm.lead.update": Do(lambda w: {"id": w.lead.id, "fields": {"TITLE": "Other"}}),
    "crm.status.add": do(fields={"ENTITY_ID": "SOURCE", "STATUS_ID": "FAIR", "NAME": "Fair"}),
    "crm.status.delete": Do(lambda w: {"id": w.status("EXECUTING")}),
    "crm.status.get": Do(lambda w: {"id": w.status("EXECUTING")}),
    "crm.status.list": do(filter={"ENTITY_ID": "DEAL_STAGE"}),
    "crm.status.update": Do(lambda w: {"id": w.status("EXECUTING"), "fields": {"NAME": "Other"}}),
    "crm.category.add": do(entityTypeId=CONTRACT_APPROVAL, fields={"name": "New"}),
    "crm.category.get": do(entityTypeId=DEAL, id=1),
    "crm.category.list": do(entityTypeId=DEAL),
    "crm.category.update": do(entityTypeId=DEAL, id=1, fields={"name": "Other"}),
    "crm.item.add": do(entityTypeId=DEAL, fields={"title": "New"}),
    "crm.item.delete": Do(lambda w: {"entityTypeId": DEAL, "id": w.deal.id}),
    "crm.item.get": Do(lambda w: {"entityTypeId": LEAD, "id": w.lead.id}),
    "crm.item.update": Do(lambda w: {"entityTypeId": DEAL, "id": w.deal.id, "fields": {"title": "Other"}}),
    "crm.item.productrow.list": Do(
        lambda w: {"filter": {"=ownerType": "D", "=ownerId": w.product_row["productRows"][0]["ownerId"]}}
    ),
    "crm.item.productrow.set": Do(
        lambda w: {
            "ownerType": "D",
            "ownerId": w.deal.id,
            "productRows": [{"productName": "iphone", "price": 80000, "quantity": 2}],
        }
    ),
    "crm.type.add": do(fields={"title": "New"}),
    "crm.type.delete": Do(lambda w: {"id": w.smart_type_id}),
    "crm.type.getByEntityTypeId": do(entityTypeId=CONTRACT_APPROVAL),
    "crm.type.list": do(),
    "crm.type.update": Do(lambda w: {"id": w.smart_type_id, "fields": {"title": "Other"}}),
    "userfieldconfig.add": Do(
        lambda w: {
            "moduleId": "crm",
            "field": {
                "entityId": w.smart_entity,
                "fieldName": f"UF_{w.smart_entity}_NEW",
                "userTypeId": "enumeration",
                "multiple": "Y",
                "editFormLabel": {"en": "New"},
                "enum": [{"value": "One"}],
            },
        }
    ),
    "userfieldconfig.delete": Do(lambda w: {"moduleId": "crm", "id": w.list_field(w.smart_entity).id}),
    "userfieldconfig.get": Do(lambda w: {"moduleId": "crm", "id": w.list_field(w.smart_entity).id}),
    "userfieldconfig.list": Do(
        lambda w: {"moduleId": "crm", "filter": {"id": w.list_field(w.smart_entity).id}, "select": ["*"]}
    ),
    "userfieldconfig.update": Do(
        lambda w: {"moduleId": "crm", "id": w.list_field(w.smart_entity).id, "field": {"sort": 5}}
    ),
    "user.current": do(),
    "user.get": do(ID=ADMIN),
    "user.search": do(FILTER={"FIND": "Anna"}),
    "user.admin": do(),
    "department.get": do(ID=2),
    "feature.get": do(CODE="rest_offline_extended"),
    "app.info": do(as_app=True),
    "event.bind": do(as_app=True, event="ONCRMLEADADD", handler=HANDLER),
    "event.get": Do(
        lambda w: w.app_call("event.bind", event="ONCRMLEADADD", handler=HANDLER) and {}, as_app=True
    ),
    "event.unbind": Do(
        lambda w: (
            w.app_call("event.bind", event="ONCRMLEADADD", handler=HANDLER)
            and {"event": "ONCRMLEADADD", "handler": HANDLER}
        ),
        as_app=True,
    ),
    "event.offline.get": Do(lambda w: {"process_id": w.queued(), "clear": 0}, as_app=True),
    "event.offline.clear": Do(lambda w: {"process_id": w.queued()}, as_app=True),
    "event.offline.error": Do(lambda w: {"process_id": w.queued()}, as_app=True),
}

REFUSALS: dict[str, Do] = {
    "crm.automation.trigger": do(code="x"),
    "crm.company.get": do(id=NOTHING),
    "crm.company.update": do(id=NOTHING, fields={"TITLE": "x"}),
    "crm.contact.add": do(fields="x"),
    "crm.contact.delete": do(id=0),
    "crm.contact.get": do(id=0),
    "crm.contact.update": do(id=NOTHING, fields={"NAME": "x"}),
    "crm.stagehistory.list": do(entityTypeId=33),
    "crm.deal.get": do(id=0),
    "crm.deal.list": do(filter="x"),
    "crm.deal.update": Do(lambda w: {"id": w.deal.id, "fields": "x"}),
    "crm.lead.add": do(OTHER, fields={"TITLE": "x"}),
    "crm.lead.delete": do(id=0),
    "crm.lead.update": do(id=0),
    "crm.status.add": do(fields={"ENTITY_ID": "SOURCE", "NAME": "x"}),
    "crm.status.delete": do(id=0),
    "crm.status.get": do(id=NOTHING),
    "crm.status.list": do(filter={"ENTITY_ID": ["SOURCE"]}),
    "crm.status.update": do(id=0, fields={"NAME": "x"}),
    "crm.category.add": do(entityTypeId=2222, fields={"name": "x"}),
    "crm.category.get": do(entityTypeId=DEAL, id=NOTHING),
    "crm.category.list": do(entityTypeId=2222),
    "crm.category.update": do(entityTypeId=2222, id=1, fields={"name": "x"}),
    "crm.item.add": do(entityTypeId=2222, fields={"title": "x"}),
    "crm.item.delete": do(entityTypeId=DEAL, id=NOTHING),
    "crm.item.get": do(entityTypeId=DEAL, id=NOTHING),
    "crm.item.update": do(entityTypeId=2222, id=1, fields={"title": "x"}),
    "crm.item.productrow.list": Do(
        lambda w: (
            w.portal.crm.rights.hide_item(OTHER, DEAL, w.product_row["productRows"][0]["ownerId"])
            or {"filter": {"=ownerType": "D", "=ownerId": w.deal.id}}
        ),
        by=OTHER,
    ),
    "crm.item.productrow.set": do(ownerType="D", ownerId=NOTHING, productRows=[]),
    "crm.type.add": do(fields={"title": "x", "entityTypeId": 5}),
    "crm.type.delete": Do(lambda w: w.item and {"id": w.smart_type_id}),
    "crm.type.getByEntityTypeId": do(entityTypeId=2222),
    "crm.type.list": do(OTHER),
    "crm.type.update": do(id=NOTHING, fields={"title": "x"}),
    "userfieldconfig.add": Do(lambda w: {"moduleId": "crm", "field": {"entityId": w.smart_entity}}),
    "userfieldconfig.delete": do(moduleId="crm", id=NOTHING),
    "userfieldconfig.get": do(moduleId="crm", id=NOTHING),
    "userfieldconfig.list": do(OTHER, moduleId="crm"),
    "userfieldconfig.update": do(moduleId="crm", id=NOTHING, field={"sort": 5}),
    "feature.get": do(),
    "app.info": do(),
    "event.bind": do(as_app=True, event="ONNOTHING", handler=HANDLER),
    "event.unbind": do(REP, as_app=True, event="ONCRMLEADADD", event_type="offline"),
    "event.offline.get": do(REP, as_app=True),
    "event.offline.clear": do(REP, as_app=True, process_id="x"),
    "event.offline.error": do(REP, as_app=True, process_id="x"),
}

for _entity in ("company", "contact", "deal", "lead"):
    _good, _bad = _user_fields(f"CRM_{_entity.upper()}", _entity)
    SUCCESSES |= _good
    REFUSALS |= _bad
for _stem, _key, _owner, _linked in (
    ("company.contact", "CONTACT_ID", "company", "contact"),
    ("contact.company", "COMPANY_ID", "contact", "company"),
    ("deal.contact", "CONTACT_ID", "deal", "contact"),
    ("lead.contact", "CONTACT_ID", "lead", "contact"),
):
    _good, _bad = _links(_stem, _key, _owner, _linked)
    SUCCESSES |= _good
    REFUSALS |= _bad
