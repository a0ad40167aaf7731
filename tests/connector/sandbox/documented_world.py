"""A portal in which what the documented examples speak of exists as soon as it is named."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from connector.sandbox.activities import ActivityBook
from connector.sandbox.applications import Token
from connector.sandbox.company import CONTRACT_APPROVAL
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.types import CONTACT, DEAL
from connector.sandbox.crm.userfields import UserField
from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ADMIN, BOSS, OTHER, REP, ask

HANDLER = "https://www.my-domain.com/handler/"


class World:
    """One portal, used for the examples of one method."""

    def __init__(self) -> None:
        self.portal = SandboxPortal()
        self.portal.crm.rights.read_only.add(OTHER)

    def call(self, method: str, api: str = "v2", by: int = ADMIN, **params: Any) -> Any:
        return ask(self.portal, method, params, by=by, api=api).result

    # --- CRM -----------------------------------------------------------------------------------------------

    @cached_property
    def contact(self) -> Record:
        phone = [{"VALUE": "+100", "VALUE_TYPE": "WORK"}]
        mail = [{"VALUE": "anna@example.com", "VALUE_TYPE": "WORK"}]
        made = self.portal.contact(NAME="Anna", LAST_NAME="Weber", PHONE=phone, EMAIL=mail)
        links = [{"COMPANY_ID": self.company.id}]
        self.call("crm.contact.company.items.set", id=made.id, items=links)
        return made

    @cached_property
    def company(self) -> Record:
        return self.portal.company(TITLE="GAZPROM", PHONE=[{"VALUE": "+200", "VALUE_TYPE": "WORK"}])

    @cached_property
    def deal(self) -> Record:
        fields = {"COMPANY_ID": self.company.id, "CONTACT_IDS": [self.contact.id], "OPPORTUNITY": 10}
        return self.portal.deal(TITLE="New Deal #1", ASSIGNED_BY_ID=REP, **fields)

    @cached_property
    def lead(self) -> Record:
        return self.portal.lead(TITLE="New lead", CONTACT_IDS=[self.contact.id])

    @cached_property
    def item(self) -> Record:
        return self.portal.item(CONTRACT_APPROVAL, TITLE="Contract", CONTACT_IDS=[self.contact.id])

    @cached_property
    def product_row(self) -> Any:
        row = {"productName": "iphone 14", "price": 80000, "quantity": 2}
        return self.call("crm.item.productrow.set", ownerType="D", ownerId=self.deal.id, productRows=[row])

    @cached_property
    def smart_type_id(self) -> int:
        smart = self.portal.crm.entity_type(CONTRACT_APPROVAL).smart
        assert smart is not None
        return smart.id

    @cached_property
    def smart_entity(self) -> str:
        return self.portal.crm.entity_type(CONTRACT_APPROVAL).uf_entity

    def user_field(self, entity: str) -> UserField:
        """A custom field that can be read, changed and deleted."""
        fields, name = self.portal.crm.user_fields, f"UF_{entity}_HELLO_WORLD"
        made = fields.named(entity, name)
        return made or fields.add(entity, name, "string", labels={"en": "Hello"}, xml_id="HELLO")

    def list_field(self, entity: str) -> UserField:
        """A custom list field with a value to choose."""
        fields, name = self.portal.crm.user_fields, f"UF_{entity}_LIST"
        made = fields.named(entity, name)
        if made is None:
            made = fields.add(entity, name, "enumeration", labels={"en": "List"}, is_multiple=True)
            fields.add_option(made, "Characteristic 1")
        return made

    def status(self, code: str, directory: str = "DEAL_STAGE") -> int:
        return self.portal.crm.stages.by_code[directory, code].id

    # --- tasks ---------------------------------------------------------------------------------------------

    def task_in(self, status: int) -> int:
        """A task of the rep's in that status, with a checklist."""
        made = self.portal.add_task("Task Example", to=REP, by=ADMIN, auditors=(BOSS,), accomplices=(7,))
        self.checklist_of(made.id)
        if status != 2:
            self.call("tasks.task.update", taskId=made.id, fields={"STATUS": status})
        return made.id

    def checklist_of(self, task_id: int) -> tuple[int, int]:
        """The id of the new list, and of its only line."""
        root = self.call("task.checklistitem.add", TASKID=task_id, FIELDS={"TITLE": "List", "PARENT_ID": 0})
        line = {"TITLE": "First", "PARENT_ID": root, "MEMBERS": {str(BOSS): {"TYPE": "U"}}}
        return root, self.call("task.checklistitem.add", TASKID=task_id, FIELDS=line)

    @cached_property
    def task(self) -> int:
        """A task on the deal, with everything on it."""
        code = self.portal.crm.write_code(DEAL, self.deal.id)
        made = self.portal.add_task(
            "Task Example", to=REP, by=ADMIN, crm=(code,), auditors=(BOSS,), tags=("a",)
        )
        self.portal.say(made.id, "Hello")
        return made.id

    @cached_property
    def line(self) -> int:
        return self.checklist_of(self.task)[1]

    @cached_property
    def result(self) -> int:
        fields = {"taskId": self.task, "text": "Task completed"}
        return int(self.call("tasks.task.result.add", api="v3", fields=fields)["item"]["id"])

    @cached_property
    def hidden_task(self) -> int:
        """A task that the rep does not see."""
        return self.portal.add_task("Theirs", to=9, by=10).id

    @cached_property
    def task_field(self) -> int:
        field = {"USER_TYPE_ID": "string", "FIELD_NAME": "TASK_CLIENT_REQUEST"}
        return int(self.call("task.item.userfield.add", PARAMS=field))

    # --- timeline ------------------------------------------------------------------------------------------

    @cached_property
    def owner(self) -> dict[str, int]:
        return {"ownerTypeId": DEAL, "ownerId": self.deal.id}

    @cached_property
    def comment(self) -> int:
        about = {"ENTITY_ID": self.deal.id, "ENTITY_TYPE": "deal", "COMMENT": "New comment was added"}
        files = [["1.gif", "R0lGODlhAQABAAAAACw="]]
        return int(self.call("crm.timeline.comment.add", fields={**about, "FILES": files}))

    @cached_property
    def log_fields(self) -> dict[str, Any]:
        about = {"entityTypeId": DEAL, "entityId": self.deal.id}
        return {**about, "title": "Test title", "text": "Test note", "iconCode": "info"}

    @cached_property
    def note(self) -> dict[str, Any]:
        about = {**self.owner, "itemType": 1, "itemId": self.comment}
        self.call("crm.timeline.note.save", **about, text="Test note")
        return about

    @cached_property
    def call_fields(self) -> dict[str, Any]:
        reached = {"VALUE": "+100", "ENTITY_TYPE_ID": CONTACT, "ENTITY_ID": self.contact.id, "TYPE": "PHONE"}
        return {
            "OWNER_TYPE_ID": CONTACT,
            "OWNER_ID": self.contact.id,
            "TYPE_ID": 2,
            "SUBJECT": "Outgoing call",
            "COMMUNICATIONS": [reached],
            "START_TIME": "2026-03-01T18:00:00+03:00",
            "END_TIME": "2026-03-01T18:05:00+03:00",
        }

    @cached_property
    def activity(self) -> int:
        return int(self.call("crm.activity.add", fields=self.call_fields))

    @cached_property
    def todo(self) -> int:
        due = {"deadline": "2026-03-01T18:00:00+03:00", "title": "Prepare"}
        return int(self.call("crm.activity.todo.add", **self.owner, **due)["id"])

    @cached_property
    def mirror(self) -> int:
        found = self.portal.part(ActivityBook).mirror_of(self.task)
        assert found is not None
        return found.id

    # --- applications --------------------------------------------------------------------------------------

    @cached_property
    def tokens(self) -> dict[int, Token]:
        """Access tokens of an installed application, by user."""
        app, token = self.portal.applications.install(ADMIN)
        return {ADMIN: token, REP: self.portal.applications.issue(app, REP)}

    def queued(self) -> str:
        """Put an event into the application's offline queue and reserve it; the process that has it."""
        self.app_call("event.bind", event="ONCRMLEADADD", event_type="offline")
        self.portal.lead(TITLE="Queued")
        return str(self.app_call("event.offline.get", clear=0)["process_id"])

    def app_call(self, method: str, **params: Any) -> Any:
        return ask(self.portal, method, params, token=self.tokens[ADMIN].access).result
