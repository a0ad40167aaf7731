"""What every step is given: one portal, its client, its pipelines, the store and the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connector.bitrix24.client import Client
from connector.clock import Clock
from connector.config import PortalConfig
from connector.flow.bindings import Binding
from connector.flow.versions import Broken, Versions
from connector.outgoing import Outgoing
from connector.records import COMPANY, CONTACT, DEAL, LEAD, SMART_INVOICE
from connector.store import Database
from pipelines.calendar import WorkingCalendar

#: Mirrored whether or not a pipeline is bound to them: pipelines speak of them.
ALWAYS_MIRRORED = (LEAD, DEAL, CONTACT, COMPANY)


@dataclass(frozen=True, slots=True)
class Portal:
    """One Bitrix24 account and all that is needed to work it."""

    name: str
    config: PortalConfig
    client: Client
    database: Database
    clock: Clock
    bindings: Mapping[str, Binding]
    versions: Versions
    calendar: WorkingCalendar
    #: The way to addresses that are not the portal's.
    outside: Outgoing = field(default_factory=Outgoing)
    #: Pipelines that cannot be taken as they are written; those with a last good version are bound on that.
    broken: Mapping[str, Broken] = field(default_factory=dict)

    @property
    def entity_type_ids(self) -> list[int]:
        """The types of records that are mirrored."""
        bound = {binding.entity_type_id for binding in self.bindings.values()}
        asked = self.config.mirror.entity_type_ids
        return sorted(bound.union(ALWAYS_MIRRORED, asked, self._made_type_ids()))

    def _made_type_ids(self) -> set[int]:
        """Invoices and records of named types, where a pipeline makes some: it may wait for their stages."""
        made = {kind for binding in self.bindings.values() for kind in binding.made_kinds}
        named = self.config.record_types
        types = {named[name].entity_type for _, name in made if name is not None and name in named}
        return types | ({SMART_INVOICE} if ("invoice", None) in made else set())

    @property
    def bound_type_ids(self) -> list[int]:
        """The types of records that pipelines run on."""
        return sorted({binding.entity_type_id for binding in self.bindings.values()})

    @property
    def copies_crm_tasks(self) -> bool:
        """Whether everybody's tasks on records of the CRM are mirrored, or the connector's alone."""
        return self.config.mirror.tasks == "crm"

    def extra_fields(self, entity_type_id: int) -> Sequence[str]:
        """The CRM fields, beside the standard ones, that some pipeline is bound to or config.toml names."""
        names = (
            name
            for binding in self.bindings.values()
            if binding.entity_type_id == entity_type_id
            for name in binding.crm_fields
        )
        return sorted({*names, *self.config.mirror.fields_of(entity_type_id)})

    def all_extra_fields(self) -> Mapping[int, Sequence[str]]:
        """`extra_fields` of every mirrored type."""
        return {type_id: self.extra_fields(type_id) for type_id in self.entity_type_ids}

    def bindings_of(self, entity_type_id: int) -> list[Binding]:
        """The pipelines that run on this type of record."""
        return [each for each in self.bindings.values() if each.entity_type_id == entity_type_id]

    def binding_named(self, pipeline: str) -> Binding | None:
        """A pipeline as other pipelines name it: by the id in its file, or by its name in config.toml."""
        found = (each for each in self.bindings.values() if each.definition.id == pipeline)
        return self.bindings.get(pipeline) or next(found, None)
