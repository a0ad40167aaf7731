"""One portal: how to reach it, whom to trust, what names in pipelines stand for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from connector.config.base import Part, Several
from connector.config.binding import PipelineConfig
from connector.config.people import Absence, Calendar, Division, Team, Users
from connector.config.values import (
    Address,
    EntityTypeId,
    Language,
    LogicalName,
    Secret,
    Span,
    TimeZone,
    UserId,
)

Text = str | Mapping[Language, str]


class Limits(Part):
    """Brakes: how much the connector may do before it stops and asks."""

    #: Writes of one run; what is left waits for the next.
    writes_per_run: Annotated[int, Field(ge=1)] = 500
    #: Moves that the connector may make of one item within `moves_window`.
    moves_per_item: Annotated[int, Field(ge=1)] = 3
    moves_window: Span = timedelta(minutes=10)


class Polling(Part):
    """How often the portal is asked what changed, whatever events say."""

    moves: Span = timedelta(seconds=60)
    changes: Span = timedelta(minutes=5)
    everything: Span = timedelta(days=1)


class EmailTemplate(Part):
    """A letter that pipelines name."""

    subject: Text
    body: Text


class Workflow(Part):
    """What the portal itself does on request, such as sending an SMS: a workflow template or a trigger."""

    template: Annotated[int, Field(ge=1)] | None = None
    trigger: str | None = None


class RecordType(Part):
    """A type of record that pipelines create by name."""

    entity_type: EntityTypeId
    category: Annotated[int, Field(ge=0)] | None = None


class PortalConfig(Part):
    """One Bitrix24 account."""

    webhook: Secret
    #: One for each outgoing webhook; none: events are refused and changes are found by asking.
    application_tokens: Several[Secret] = ()
    member_id: str | None = None
    domain: str
    plan: Literal["standard", "enterprise"] = "standard"
    language: Language = "en"
    time_zone: TimeZone
    #: The longest that the portal goes on working on a call after the caller gave up.
    call_cap: Span = timedelta(seconds=60)
    #: Whose webhook it is: what this user does in the CRM was done by the connector.
    technical_user: UserId
    #: Who is told when something needs a person.
    admin: UserId
    limits: Limits = Limits()
    polling: Polling = Polling()
    pipelines: Mapping[LogicalName, PipelineConfig] = Field(default_factory=dict)
    roles: Mapping[LogicalName, Users] = Field(default_factory=dict)
    teams: Mapping[LogicalName, Team] = Field(default_factory=dict)
    absences: Several[Absence] = ()
    divisions: Mapping[LogicalName, Division] = Field(default_factory=dict)
    calendar: Calendar = Calendar()
    templates: Mapping[LogicalName, EmailTemplate] = Field(default_factory=dict)
    workflows: Mapping[LogicalName, Workflow] = Field(default_factory=dict)
    record_types: Mapping[LogicalName, RecordType] = Field(default_factory=dict)
    addresses: Mapping[LogicalName, Address] = Field(default_factory=dict)
