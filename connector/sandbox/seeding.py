"""Records to fill a portal with: a year of clients, leads, deals and items, as the seed has it.

Dates lie before the clock's now; ids grow with the day of creation; the stage history tells how each item
came to the stage that it is in. No events: all of it happened before anybody listened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from connector.sandbox.company import (
    CONTRACT_APPROVAL,
    CORRECTIVE_ACTIONS,
    MEETINGS,
    REPS,
    SIMPLE_SALE,
    TENDERS,
)
from connector.sandbox.crm import history
from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.multifields import Multifield
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.stages import Status
from connector.sandbox.crm.types import COMPANY, CONTACT, DEAL, INVOICE, LEAD, EntityType

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

_DAYS = 365
_SECONDS_A_DAY = 86_400

_FIRST = (
    "Alex",
    "Bella",
    "Carl",
    "Daria",
    "Emil",
    "Frida",
    "Georg",
    "Hanna",
    "Ivan",
    "Julia",
    "Karl",
    "Lena",
)
_LAST = ("Adler", "Becker", "Costa", "Dubois", "Egorov", "Ferrari", "Garcia", "Horvat", "Ivanova", "Jensen")
_FIRM = ("Alfa", "Baltic", "Cobalt", "Delta", "Eastern", "Falcon", "Granite", "Horizon", "Iris", "Jupiter")
_TRADE = (
    "Trade",
    "Systems",
    "Medical",
    "Foods",
    "Logistics",
    "Energy",
    "Software",
    "Metals",
    "Retail",
    "Labs",
)
_FORM = ("Ltd", "GmbH", "AG", "Inc", "OOO")
_GOODS = (
    "analyzers",
    "pumps",
    "sensors",
    "service contract",
    "spare parts",
    "lab equipment",
    "scales",
    "licences",
)
_CATEGORIES = (0, SIMPLE_SALE, TENDERS)
_CATEGORY_WEIGHTS = (4, 4, 2)


@dataclass(frozen=True, slots=True)
class _Step:
    """One row of history to be, before all of them are put in order."""

    at: datetime
    type_id: int
    record: Record
    status: Status


class _Seeder:
    """Makes records of one portal; all luck comes from one generator."""

    def __init__(self, portal: SandboxPortal) -> None:
        self.crm: Crm = portal.crm
        self.next_id = portal.next_id
        self.random = Random(f"records {portal.seed_number}")
        self.now = portal.now().replace(microsecond=0)
        self.steps: list[_Step] = []

    def instants(self, count: int) -> list[datetime]:
        """Moments of the last year, in order."""
        spans = sorted((self.random.randrange(1, _DAYS * _SECONDS_A_DAY) for _ in range(count)), reverse=True)
        return [self.now - timedelta(seconds=span) for span in spans]

    def put(self, entity_type_id: int, at: datetime, values: dict[str, Any]) -> Record:
        """Lay a record down as it stands, with what every record has."""
        shelf = self.crm.shelf(entity_type_id)
        owner = values.setdefault("ASSIGNED_BY_ID", self.random.choice(REPS))
        common = {
            "CREATED_TIME": at,
            "UPDATED_TIME": at,
            "CREATED_BY": owner,
            "UPDATED_BY": owner,
            "OPENED": True,
            "LAST_ACTIVITY_TIME": at,
            "LAST_ACTIVITY_BY": owner,
        }
        record = Record(entity_type_id, shelf.last_id + 1, {**common, **values})
        shelf.put(record)
        return record

    def walk(self, entity_type: EntityType, record: Record, category_id: int) -> None:
        """Lead a record through the stages of its pipeline, half of them to an end; note every step."""
        stages = self.crm.stages.of(entity_type, category_id)
        path = [stage for stage in stages if not stage.semantics]
        path = path[: self.random.randint(1, len(path))]
        if self.random.random() < 0.5:
            ends = [stage for stage in stages if stage.semantics]
            path.append(self.random.choice(ends))
        at = record.values["CREATED_TIME"]
        left = int((self.now - at).total_seconds())
        gaps = sorted(self.random.randrange(0, max(left, 1)) for _ in path[1:])
        moments = [at, *(at + timedelta(seconds=gap) for gap in gaps)]
        for place, (moment, status) in enumerate(zip(moments, path, strict=True)):
            moved = history.FINISHED if status.semantics else history.MOVED
            self.steps.append(_Step(moment, moved if place else history.CREATED, record, status))
        self._settle(entity_type, record, path, moments[-1])

    def _settle(
        self, entity_type: EntityType, record: Record, path: Sequence[Status], moved_at: datetime
    ) -> None:
        values, status = record.values, path[-1]
        values.update(
            STAGE_ID=status.status_id,
            STAGE_SEMANTIC_ID=status.letter,
            MOVED_TIME=moved_at,
            MOVED_BY=values["ASSIGNED_BY_ID"],
            UPDATED_TIME=moved_at,
            LAST_ACTIVITY_TIME=moved_at,
        )
        if entity_type.is_dynamic and len(path) > 1:
            values["PREVIOUS_STAGE_ID"] = path[-2].status_id
        if entity_type.id == LEAD and status.semantics:
            values["DATE_CLOSED"] = moved_at

    def write_history(self) -> None:
        """Number the rows in the order in which they happened, across all items."""
        self.steps.sort(key=lambda step: step.at)
        for step in self.steps:
            record, status = step.record, step.status
            self.crm.history.write(
                step.type_id,
                record.entity_type_id,
                record.id,
                step.at,
                record.category_id,
                status.status_id,
                status.letter,
            )

    def amount(self) -> Decimal:
        return Decimal(self.random.randrange(500, 250_000)) + Decimal(self.random.choice((0, 0, 0, 50))) / 100

    def person(self) -> tuple[str, str]:
        return self.random.choice(_FIRST), self.random.choice(_LAST)

    def multifields(self, name: str, last_name: str) -> tuple[Multifield, ...]:
        phone = f"+7495{self.random.randrange(10**7):07d}"
        email = f"{name}.{last_name}{self.random.randrange(1000)}@example.com".lower()
        return (
            Multifield(self.next_id("multifield"), "PHONE", "WORK", phone),
            Multifield(self.next_id("multifield"), "EMAIL", "WORK", email),
        )

    def firm(self) -> str:
        choice = self.random.choice
        return f"{choice(_FIRM)} {choice(_TRADE)} {choice(_FORM)}"

    def option(self, entity: str, name: str) -> int:
        user_field = self.crm.user_fields.named(entity, name)
        assert user_field is not None, f"the company has the field {name}"
        return self.random.choice(user_field.options).id

    def source(self) -> str:
        return self.random.choice(self.crm.stages.by_entity["SOURCE"]).status_id


def seed(portal: SandboxPortal, deals: int) -> None:
    """Add `deals` deals, a quarter as many leads and companies, half as many contacts, some smart items."""
    seeder = _Seeder(portal)
    companies = list(_companies(seeder, max(deals // 4, 3)))
    contacts = list(_contacts(seeder, max(deals // 2, 5), companies))
    _leads(seeder, deals // 4)
    made = _deals(seeder, deals, companies, contacts)
    for entity_type_id in (MEETINGS, CORRECTIVE_ACTIONS, CONTRACT_APPROVAL, INVOICE):
        _items(seeder, entity_type_id, deals // 20, made)
    seeder.write_history()


def _companies(seeder: _Seeder, count: int) -> Iterator[Record]:
    for at in seeder.instants(count):
        industry = seeder.random.choice(("IT", "MANUFACTURING", "OTHER"))
        values = {"TITLE": seeder.firm(), "TYPE_ID": "CUSTOMER", "INDUSTRY": industry, "CATEGORY_ID": 0}
        yield seeder.put(COMPANY, at, values)


def _contacts(seeder: _Seeder, count: int, companies: list[Record]) -> Iterator[Record]:
    for at in seeder.instants(count):
        name, last_name = seeder.person()
        firm = seeder.random.choice(companies)
        values = {
            "NAME": name,
            "LAST_NAME": last_name,
            "TYPE_ID": "CLIENT",
            "CATEGORY_ID": 0,
            "COMPANY_IDS": (firm.id,),
            "FM": seeder.multifields(name, last_name),
        }
        contact = seeder.put(CONTACT, at, values)
        firm.values["CONTACT_IDS"] = (*firm.values.get("CONTACT_IDS", ()), contact.id)
        yield contact


def _leads(seeder: _Seeder, count: int) -> None:
    lead = seeder.crm.entity_type(LEAD)
    for at in seeder.instants(count):
        name, last_name = seeder.person()
        values = {
            "TITLE": f"Request from {name} {last_name}",
            "NAME": name,
            "LAST_NAME": last_name,
            "COMPANY_TITLE": seeder.firm(),
            "SOURCE_ID": seeder.source(),
            "OPPORTUNITY": seeder.amount(),
            "CURRENCY_ID": seeder.crm.currency,
            "FM": seeder.multifields(name, last_name),
            "UF_CRM_DIVISION": seeder.option("CRM_LEAD", "UF_CRM_DIVISION"),
            "UF_CRM_NEED": seeder.random.choice(_GOODS),
        }
        record = seeder.put(LEAD, at, values)
        seeder.walk(lead, record, 0)
        if record.values["STAGE_SEMANTIC_ID"] == "F":
            record.values["UF_CRM_REJECT_REASON"] = seeder.option("CRM_LEAD", "UF_CRM_REJECT_REASON")


def _deals(seeder: _Seeder, count: int, companies: list[Record], contacts: list[Record]) -> list[Record]:
    deal, random = seeder.crm.entity_type(DEAL), seeder.random
    made = []
    for at in seeder.instants(count):
        firm = random.choice(companies)
        category_id = random.choices(_CATEGORIES, _CATEGORY_WEIGHTS)[0]
        people = firm.values.get("CONTACT_IDS") or (random.choice(contacts).id,)
        values = {
            "TITLE": f"{firm.values['TITLE']}: {random.choice(_GOODS)}",
            "CATEGORY_ID": category_id,
            "TYPE_ID": "SALE",
            "SOURCE_ID": seeder.source(),
            "OPPORTUNITY": seeder.amount(),
            "CURRENCY_ID": seeder.crm.currency,
            "COMPANY_ID": firm.id,
            "CONTACT_IDS": (random.choice(people),),
            "BEGINDATE": at.date(),
            "CLOSEDATE": at.date() + timedelta(days=random.randrange(7, 120)),
            "UF_CRM_REGION": seeder.option("CRM_DEAL", "UF_CRM_REGION"),
            "UF_CRM_SECTOR": seeder.option("CRM_DEAL", "UF_CRM_SECTOR"),
        }
        record = seeder.put(DEAL, at, values)
        seeder.walk(deal, record, category_id)
        _explain_end(seeder, record)
        made.append(record)
    return made


def _explain_end(seeder: _Seeder, record: Record) -> None:
    if record.stage_id.endswith("UC_WALKED"):
        record.values["UF_CRM_WALK_REASON"] = "Too small for us"
    elif record.stage_id.endswith("UC_DEFER1"):
        days = seeder.random.randrange(10, 90)
        record.values["UF_CRM_DEFERRED_UNTIL"] = (seeder.now + timedelta(days=days)).date()
    elif record.values["STAGE_SEMANTIC_ID"] == "F":
        record.values["UF_CRM_LOSS_REASON"] = seeder.option("CRM_DEAL", "UF_CRM_LOSS_REASON")


def _items(seeder: _Seeder, entity_type_id: int, count: int, deals: list[Record]) -> None:
    entity_type = seeder.crm.entity_type(entity_type_id)
    category_id = seeder.crm.stages.default_category_id(entity_type_id)
    for place, at in enumerate(seeder.instants(count), start=1):
        deal = seeder.random.choice(deals)
        values = {
            "TITLE": f"{entity_type.name} #{place}",
            "CATEGORY_ID": category_id,
            "OPPORTUNITY": deal.values["OPPORTUNITY"],
            "CURRENCY_ID": seeder.crm.currency,
            "COMPANY_ID": deal.values["COMPANY_ID"],
            "PARENT_ID_2": deal.id,
            "BEGINDATE": at.date(),
            "CLOSEDATE": at.date() + timedelta(days=7),
        }
        seeder.walk(entity_type, seeder.put(entity_type_id, at, values), category_id)
