"""One portal: how to reach it, whom to trust, what names in pipelines stand for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from connector import log
from connector.config.base import Part, Several
from connector.config.binding import PipelineConfig
from connector.config.identity import PortalIdentity
from connector.config.people import Absence, Division, Team, Users
from connector.config.reports import ReportConfig, check_names
from connector.config.values import (
    Address,
    CategoryId,
    CrmFieldName,
    EntityTypeId,
    HostName,
    LogicalName,
    MemberId,
    Secret,
    Span,
    TimeZone,
    TypeName,
    UserId,
    wrong,
)
from connector.records import type_id_of
from pipelines.calendar import CalendarSpec, WorkingCalendar
from pipelines.texts import Text


class Limits(Part):
    """Brakes: how much the connector may do by itself."""

    noun: ClassVar[str] = "table of limits"
    writes_per_run: Annotated[int, Field(ge=1)] = 500
    """Writes that may wait at once; with more, nothing is sent before a person has looked."""
    moves_per_item: Annotated[int, Field(ge=1)] = 3
    """Moves of one item within `moves_window`; then a person must look (two robots against each other)."""
    moves_window: Span = timedelta(minutes=10)


class Polling(Part):
    """How often the portal is asked what changed, whatever events say: events are lost without a trace."""

    noun: ClassVar[str] = "table of polling"
    moves: Span = timedelta(seconds=60)
    """Stage history."""
    changes: Span = timedelta(minutes=5)
    """Items changed since the last time."""
    everything: Span = timedelta(days=1)
    """All ids, to find what was deleted."""


class Mirror(Part):
    """What is copied beside deals, leads, contacts, companies and what pipelines run on."""

    noun: ClassVar[str] = "table of the mirror"
    entity_types: Several[EntityTypeId] = ()
    """Smart processes, and 31 for invoices."""
    fields: Mapping[TypeName, Several[CrmFieldName]] = Field(default_factory=dict)
    """More fields of a type, by REST name; those that pipelines are bound to are copied anyway."""
    tasks: Literal["crm", "own"] = "crm"
    """crm: every task that is bound to a record of the CRM; own: the connector's alone."""

    @property
    def entity_type_ids(self) -> frozenset[int]:
        """The types that are named here."""
        return frozenset(self.entity_types) | {type_id_of(name) for name in self.fields}

    def fields_of(self, entity_type_id: int) -> tuple[str, ...]:
        """The fields that are named here for a type."""
        return next((names for name, names in self.fields.items() if type_id_of(name) == entity_type_id), ())


class EmailTemplate(Part):
    """A letter that pipelines name."""

    noun: ClassVar[str] = "template"
    to: Literal["contact", "company", "owner"] = "contact"
    """Whose address it goes to."""
    subject: Text
    body: Text


class Workflow(Part):
    """What the portal does on request, such as sending an SMS."""

    noun: ClassVar[str] = "workflow"
    template: Annotated[int, Field(ge=1)] | None = None
    """Id of a workflow template (bizproc.workflow.start)."""
    trigger: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """Code of a webhook trigger of the item's automation (crm.automation.trigger)."""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Workflow:
        if (self.template is None) == (self.trigger is None):
            raise wrong("expected either `template` or `trigger`")
        return self


class RecordType(Part):
    """A type of record that pipelines create by name, such as a registration."""

    noun: ClassVar[str] = "record type"
    entity_type: EntityTypeId
    category: CategoryId | None = None


class PortalConfig(Part):
    """One Bitrix24 account."""

    noun: ClassVar[str] = "portal"
    webhook: Secret
    """The inbound webhook's address, https://…/rest/1/…/."""
    application_tokens: Several[Secret] = ()
    """One for each outgoing webhook; none: events are refused and changes are found by polling alone."""
    member_id: MemberId | None = None
    """The account's permanent id, as events carry it; needed when there are application tokens."""
    domain: HostName
    plan: Literal["standard", "enterprise"] = "standard"
    """standard: 2 requests a second after a burst of 50; enterprise: 5 after 250."""
    language: Literal["en", "ru"] = "en"
    """Of the texts that reps read."""
    time_zone: TimeZone
    call_cap: Span = timedelta(seconds=60)
    """How long the portal may go on with a call whose caller gave up; on-premise: its own PHP limit."""
    technical_user: UserId
    """Whose webhook it is: what this user does in the CRM is the connector's doing."""
    admin: UserId
    """Who is told when something needs a person."""
    limits: Limits = Limits()
    polling: Polling = Polling()
    mirror: Mirror = Mirror()
    pipelines: Mapping[LogicalName, PipelineConfig] = Field(default_factory=dict)
    roles: Mapping[LogicalName, Users] = Field(default_factory=dict)
    teams: Mapping[LogicalName, Team] = Field(default_factory=dict)
    absences: Several[Absence] = ()
    divisions: Mapping[LogicalName, Division] = Field(default_factory=dict)
    calendar: CalendarSpec = CalendarSpec()
    """Working time; its time zone is the portal's unless it says otherwise."""
    templates: Mapping[LogicalName, EmailTemplate] = Field(default_factory=dict)
    workflows: Mapping[LogicalName, Workflow] = Field(default_factory=dict)
    documents: Mapping[LogicalName, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    """Ids of document templates (crm.documentgenerator.template)."""
    record_types: Mapping[LogicalName, RecordType] = Field(default_factory=dict)
    addresses: Mapping[LogicalName, Address] = Field(default_factory=dict)
    """What the action `call` may call; an address that holds a key is named as a secret."""
    reports: Several[ReportConfig] = ()
    """Made by themselves; they name pipelines and roles of the portal, so they stand behind them."""

    @field_validator("reports")
    @classmethod
    def _reports_name_what_there_is(
        cls, reports: tuple[ReportConfig, ...], info: ValidationInfo
    ) -> tuple[ReportConfig, ...]:
        check_names(reports, info.data.get("pipelines"), info.data.get("roles"))
        return reports

    @model_validator(mode="after")
    def _knows_whom_to_trust(self) -> PortalConfig:
        if self.application_tokens and self.member_id is None:
            raise wrong("member_id is missing: events are believed only from the account that it names")
        return self

    @model_validator(mode="after")
    def _one_live_pipeline_a_category(self) -> PortalConfig:
        live: dict[tuple[int, int | None], str] = {}
        for name, pipeline in self.pipelines.items():
            board = (pipeline.entity_type_id, pipeline.category)
            if pipeline.mode == "live" and board in live:
                raise wrong(
                    f"pipelines {live[board]} and {name} are both live on one category: "
                    "each would undo the other's moves"
                )
            if pipeline.mode == "live":
                live[board] = name
        return self

    @property
    def bound_type_ids(self) -> frozenset[int]:
        """The types of records that pipelines run on."""
        return frozenset(pipeline.entity_type_id for pipeline in self.pipelines.values())

    def working_calendar(self) -> WorkingCalendar:
        """When people of this portal work, in the portal's time zone unless the calendar names its own."""
        has_zone = "time_zone" in self.calendar.model_fields_set
        spec = self.calendar if has_zone else self.calendar.model_copy(update={"time_zone": self.time_zone})
        return spec.build()

    def identity(self, name: str) -> PortalIdentity | None:
        """What an event of this portal must carry, secrets read; None: it takes no events."""
        if not self.application_tokens or self.member_id is None:
            return None
        tokens = [token.read() for token in self.application_tokens]
        for token in tokens:
            log.hide(token)
        return PortalIdentity(name, tuple(map(str.encode, tokens)), self.member_id, frozenset({self.domain}))
