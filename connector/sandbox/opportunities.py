"""Fill a portal with a public data set of sales: opportunities with accounts, products, agents and managers.

`import_opportunities` reads four CSV files and lays the records down as they stand, with the dates of the
files: a department for each region and for each manager's team in it, users, companies, and deals in the
pipeline of simple sales. Which stage a deal is in:

    Won, Lost                       won and lost, on the day that it was closed
    In_Progress with an account     in progress, since it was created: somebody knows for whom it is
    In_Progress without an account  new: nobody has found that out yet

An opportunity is worth what it was closed for, else the list price of its product. Subscribers are told
nothing: all of it happened before they came. Ids grow with the days, the stage history with time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector.sandbox.company import SIMPLE_SALE
from connector.sandbox.crm import history
from connector.sandbox.crm.records import Record
from connector.sandbox.crm.stages import Status
from connector.sandbox.crm.types import COMPANY, DEAL
from connector.sandbox.crm.userfields import UserField
from connector.sandbox.opportunities_files import Account, Opportunities, Opportunity, read_opportunities
from connector.sandbox.people import Department, User

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

CURRENCY = "USD"
ORIGINATOR = "opportunities"
_OPENS, _CLOSES = time(9), time(18)
_DAYS_TO_CLOSE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Imported:
    """What the import has made, by the names that the files use."""

    category_id: int
    departments: dict[str, int]
    users: dict[str, int]
    companies: dict[str, int]
    #: Deal ids by opportunity_id.
    deals: dict[str, int]


def import_opportunities(portal: SandboxPortal, folder: str | Path) -> Imported:
    """Load the data set into a portal; BadOpportunities says which file, line and column cannot be used."""
    source = read_opportunities(folder)
    with portal.lock:
        departments, users = _hire(portal, source)
        companies = {account.name: _company(portal, account) for account in source.accounts}
        importer = _Deals(portal, source, users, companies)
        deals = importer.run()
        return Imported(SIMPLE_SALE, departments, users, companies, deals)


def _hire(portal: SandboxPortal, source: Opportunities) -> tuple[dict[str, int], dict[str, int]]:
    """Regions below the company, a team below its region, headed by its manager; agents sit in their team."""
    people = portal.people
    root = next(each.id for each in people.departments.values() if each.parent_id is None)
    departments: dict[str, int] = {}
    users: dict[str, int] = {}

    def found(name: str, parent_id: int) -> int:
        if name not in departments:
            departments[name] = max(people.departments) + 1
            people.found(Department(departments[name], name, parent_id))
        return departments[name]

    def hire(full_name: str, position: str, department_id: int) -> int:
        if full_name not in users:
            first, _, last = full_name.partition(" ")
            users[full_name] = max(people.users) + 1
            email = f"{full_name.lower().replace(' ', '.')}@{portal.domain}"
            people.hire(User(users[full_name], first, last, email, position, (department_id,)))
        return users[full_name]

    for agent in source.agents:
        region_id = found(f"Sales, {agent.region}", root)
        team_id = found(f"Team of {agent.manager}", region_id)
        people.departments[team_id].head_id = hire(agent.manager, "Sales manager", team_id)
        hire(agent.name, "Sales agent", team_id)
    return departments, users


def _company(portal: SandboxPortal, account: Account) -> int:
    """Revenue as the file has it; employees in a field of their own, for the CRM's is a list of ranges."""
    crm, now = portal.crm, portal.now().replace(microsecond=0)
    _field(portal, "CRM_COMPANY", "UF_CRM_EMPLOYEES", "integer", "Employees")
    admin, shelf = portal.people.admin_id, crm.shelf(COMPANY)
    values = {
        **_signed(admin, now),
        "ASSIGNED_BY_ID": admin,
        "TITLE": account.name,
        "COMPANY_TYPE": "CUSTOMER",
        "CATEGORY_ID": crm.stages.default_category_id(COMPANY),
        "REVENUE": account.revenue,
        "CURRENCY_ID": CURRENCY,
        "UF_CRM_EMPLOYEES": account.employees,
        "ORIGINATOR_ID": ORIGINATOR,
        "ORIGIN_ID": account.name,
    }
    record = Record(COMPANY, shelf.last_id + 1, values)
    shelf.put(record)
    return record.id


def _signed(by: int, at: datetime) -> dict[str, Any]:
    """What every record has: who made it and when."""
    return {
        "CREATED_TIME": at,
        "UPDATED_TIME": at,
        "CREATED_BY": by,
        "UPDATED_BY": by,
        "OPENED": True,
        "LAST_ACTIVITY_TIME": at,
        "LAST_ACTIVITY_BY": by,
    }


def _field(portal: SandboxPortal, entity: str, name: str, kind: str, title: str) -> UserField:
    """The user field of that name, made if the portal has none yet."""
    fields = portal.crm.user_fields
    return fields.named(entity, name) or fields.add(entity, name, kind, labels={"en": title})


@dataclass(frozen=True, slots=True)
class _Move:
    """One row of the stage history to be."""

    at: datetime
    type_id: int
    record: Record
    status: Status


class _Deals:
    """Makes the deals of one import."""

    def __init__(
        self,
        portal: SandboxPortal,
        source: Opportunities,
        users: dict[str, int],
        companies: dict[str, int],
    ) -> None:
        self.portal, self.source, self.users, self.companies = portal, source, users, companies
        entity_type, stages = portal.crm.entity_type(DEAL), portal.crm.stages
        ordered = [status for status in stages.of(entity_type, SIMPLE_SALE)]
        in_progress = [status for status in ordered if status.letter == "P"]
        self.new, self.at_work = in_progress[0], in_progress[1]
        self.ends = {
            "Won": next(status for status in ordered if status.letter == "S"),
            "Lost": next(status for status in ordered if status.letter == "F"),
        }
        self.regions = self._options("UF_CRM_REGION", "Region", [agent.region for agent in source.agents])
        self.products = self._options("UF_CRM_PRODUCT", "Product", list(source.prices))
        self.region_of = {agent.name: self.regions[agent.region] for agent in source.agents}

    def _options(self, name: str, title: str, labels: list[str]) -> dict[str, int]:
        """Option ids of a list field by label; labels that it has not are added."""
        fields = self.portal.crm.user_fields
        field = _field(self.portal, "CRM_DEAL", name, "enumeration", title)
        known = {option.value: option.id for option in field.options}
        for label in dict.fromkeys(labels):
            if label not in known:
                known[label] = fields.add_option(field, label, sort=10 * len(known) + 10).id
        return known

    def run(self) -> dict[str, int]:
        """Deal ids by opportunity, in the order of the days on which they were created."""
        made: dict[str, int] = {}
        moves: list[_Move] = []
        for opportunity in sorted(self.source.opportunities, key=lambda each: each.created_on):
            record = self._put(opportunity)
            made[opportunity.id] = record.id
            moves.extend(self._moves(opportunity, record))
        for move in sorted(moves, key=lambda each: each.at):
            self.portal.crm.history.write(
                move.type_id,
                DEAL,
                move.record.id,
                move.at,
                SIMPLE_SALE,
                move.status.status_id,
                move.status.letter,
            )
        return made

    def _at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.portal.zone).astimezone(UTC)

    def _stage(self, opportunity: Opportunity) -> Status:
        if opportunity.closed_on is not None:
            return self.ends[opportunity.stage]
        return self.at_work if opportunity.account else self.new

    def _moved_at(self, opportunity: Opportunity) -> datetime:
        if opportunity.closed_on is not None:
            return self._at(opportunity.closed_on, _CLOSES)
        return self._at(opportunity.created_on, _OPENS)

    def _put(self, opportunity: Opportunity) -> Record:
        shelf, agent = self.portal.crm.shelf(DEAL), self.users[opportunity.agent]
        moved_at, status = self._moved_at(opportunity), self._stage(opportunity)
        values = {
            **_signed(agent, self._at(opportunity.created_on, _OPENS)),
            "UPDATED_TIME": moved_at,
            "LAST_ACTIVITY_TIME": moved_at,
            "ASSIGNED_BY_ID": agent,
            "TITLE": self._title(opportunity),
            "TYPE_ID": "SALE",
            "CATEGORY_ID": SIMPLE_SALE,
            "STAGE_ID": status.status_id,
            "STAGE_SEMANTIC_ID": status.letter,
            "MOVED_TIME": moved_at,
            "MOVED_BY": agent,
            "OPPORTUNITY": self._worth(opportunity),
            "CURRENCY_ID": CURRENCY,
            "IS_MANUAL_OPPORTUNITY": True,
            "BEGINDATE": opportunity.created_on,
            "CLOSEDATE": opportunity.closed_on or opportunity.created_on + _DAYS_TO_CLOSE,
            "UF_CRM_REGION": self.region_of[opportunity.agent],
            "UF_CRM_PRODUCT": self.products[opportunity.product],
            "ORIGINATOR_ID": ORIGINATOR,
            "ORIGIN_ID": opportunity.id,
        }
        if opportunity.account:
            values["COMPANY_ID"] = self.companies[opportunity.account]
        record = Record(DEAL, shelf.last_id + 1, values)
        shelf.put(record)
        return record

    def _title(self, opportunity: Opportunity) -> str:
        if not opportunity.account:
            return opportunity.product
        return f"{opportunity.product} for {opportunity.account}"

    def _worth(self, opportunity: Opportunity) -> Decimal:
        return self.source.prices[opportunity.product] if opportunity.value is None else opportunity.value

    def _moves(self, opportunity: Opportunity, record: Record) -> Iterator[_Move]:
        """Created as new; then where it stands now, if that is somewhere else."""
        yield _Move(record.values["CREATED_TIME"], history.CREATED, record, self.new)
        status = self._stage(opportunity)
        if status is not self.new:
            kind = history.FINISHED if status.semantics else history.MOVED
            yield _Move(record.values["MOVED_TIME"], kind, record, status)
