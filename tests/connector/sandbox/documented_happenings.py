"""What must happen in the portal for an event to be raised as a documented example shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.sandbox.company import CONTRACT_APPROVAL, SIMPLE_SALE
from tests.connector.sandbox.calls import ADMIN
from tests.connector.sandbox.documented_world import World

_OPTIONS = [{"VALUE": "Two"}]


def _user_field(action: str, stem: str) -> Callable[[World], Any]:
    entity = f"CRM_{stem.upper()}"

    def happen(world: World) -> None:
        if action == "add":
            created = {"USER_TYPE_ID": "string", "FIELD_NAME": "NEW"}
            world.call(f"crm.{stem}.userfield.add", fields=created)
        elif action == "update":
            field = world.user_field(entity)
            world.call(f"crm.{stem}.userfield.update", id=field.id, fields={"SORT": 5})
        elif action == "options":
            field = world.list_field(entity)
            world.call(f"crm.{stem}.userfield.update", id=field.id, fields={"LIST": _OPTIONS})
        else:
            world.call(f"crm.{stem}.userfield.delete", id=world.user_field(entity).id)

    return happen


def _smart_field(action: str) -> Callable[[World], Any]:
    def happen(world: World) -> None:
        field = {"moduleId": "crm", "id": world.list_field(world.smart_entity).id}
        if action == "delete":
            world.call("userfieldconfig.delete", **field)
        else:
            changes = {"sort": 5} if action == "update" else {"enum": [{"value": "Two"}]}
            world.call("userfieldconfig.update", **field, field=changes)

    return happen


HAPPENINGS: dict[str, Callable[[World], Any]] = {
    "ONCRMCOMPANYADD": lambda w: w.company,
    "ONCRMCOMPANYUPDATE": lambda w: w.portal.edit(w.company, TITLE="Other"),
    "ONCRMCONTACTADD": lambda w: w.contact,
    "ONCRMCONTACTUPDATE": lambda w: w.portal.edit(w.contact, NAME="Other"),
    "ONCRMCONTACTDELETE": lambda w: w.portal.delete(w.contact),
    "ONCRMDEALUPDATE": lambda w: w.portal.edit(w.deal, TITLE="Other"),
    "ONCRMDEALDELETE": lambda w: w.portal.delete(w.deal),
    "ONCRMDEALMOVETOCATEGORY": lambda w: w.portal.move(w.deal, f"C{SIMPLE_SALE}:NEW"),
    "ONCRMLEADADD": lambda w: w.lead,
    "ONCRMLEADUPDATE": lambda w: w.portal.edit(w.lead, TITLE="Other"),
    "ONCRMDYNAMICITEMADD": lambda w: w.portal.item(CONTRACT_APPROVAL),
    "ONCRMACTIVITYADD": lambda w: w.activity,
    "ONCRMACTIVITYUPDATE": lambda w: w.call(
        "crm.activity.update", id=w.activity, fields={"SUBJECT": "Other"}
    ),
    "ONCRMACTIVITYDELETE": lambda w: w.call("crm.activity.delete", id=w.activity),
    "ONCRMTIMELINECOMMENTADD": lambda w: w.comment,
    "ONCRMTIMELINECOMMENTDELETE": lambda w: w.call("crm.timeline.comment.delete", id=w.comment),
    "ONTASKADD": lambda w: w.task,
    "ONTASKDELETE": lambda w: w.portal.delete_task(w.task, by=ADMIN),
    "ONCRMCOMPANYUSERFIELDADD": _user_field("add", "company"),
    "ONCRMCOMPANYUSERFIELDUPDATE": _user_field("update", "company"),
    "ONCRMCOMPANYUSERFIELDDELETE": _user_field("delete", "company"),
    "ONCRMCONTACTUSERFIELDADD": _user_field("add", "contact"),
    "ONCRMCONTACTUSERFIELDDELETE": _user_field("delete", "contact"),
    "ONCRMCONTACTUSERFIELDSETENUMVALUES": _user_field("options", "contact"),
    "ONCRMDEALUSERFIELDADD": _user_field("add", "deal"),
    "ONCRMDEALUSERFIELDUPDATE": _user_field("update", "deal"),
    "ONCRMDEALUSERFIELDDELETE": _user_field("delete", "deal"),
    "ONCRMDEALUSERFIELDSETENUMVALUES": _user_field("options", "deal"),
    "ONCRMLEADUSERFIELDUPDATE": _user_field("update", "lead"),
    "ONCRMLEADUSERFIELDDELETE": _user_field("delete", "lead"),
    "ONCRMTYPEUSERFIELDUPDATE": _smart_field("update"),
    "ONCRMTYPEUSERFIELDDELETE": _smart_field("delete"),
    "ONCRMTYPEUSERFIELDSETENUMVALUES": _smart_field("options"),
}
