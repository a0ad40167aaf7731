"""The types of CRM records: the fixed ones and the smart processes, with their many names.

A smart process has two numbers: `entityTypeId`, used nearly everywhere, and the id of its type record,
used in the names of its user fields (`CRM_{id}`, `UF_CRM_{id}_…`) and in crm.type.*
(api-reference/crm/data-types.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

LEAD, DEAL, CONTACT, COMPANY, INVOICE = 1, 2, 3, 4, 31

#: The switches of a smart process that crm.type.* shows, with the values that our types have.
TYPE_FLAGS: dict[str, bool] = {
    "isCategoriesEnabled": True,
    "isStagesEnabled": True,
    "isBeginCloseDatesEnabled": True,
    "isClientEnabled": True,
    "isUseInUserfieldEnabled": True,
    "isLinkWithProductsEnabled": True,
    "isMycompanyEnabled": False,
    "isDocumentsEnabled": False,
    "isSourceEnabled": True,
    "isObserversEnabled": True,
    "isRecyclebinEnabled": False,
    "isAutomationEnabled": True,
    "isBizProcEnabled": False,
    "isSetOpenPermissions": True,
    "isPaymentsEnabled": False,
    "isCountersEnabled": False,
}


@dataclass(slots=True)
class SmartType:
    """The type record of a smart process, as crm.type.* shows it."""

    id: int
    title: str
    entity_type_id: int
    created_by: int
    created_at: datetime
    updated_at: datetime
    updated_by: int
    code: str = ""
    flags: dict[str, bool] = field(default_factory=lambda: dict(TYPE_FLAGS))
    relations: dict[str, list[dict[str, object]]] = field(default_factory=lambda: {"parent": [], "child": []})
    linked_user_fields: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntityType:
    """One type of record. `classic` is its name in methods such as crm.deal.list, "" where there are none."""

    id: int
    name: str
    symbol: str
    short_code: str
    uf_entity: str
    #: The prefix of its stage directories; "" without stages.
    stage_directory: str
    has_categories: bool
    classic: str = ""
    smart: SmartType | None = None

    @property
    def has_stages(self) -> bool:
        return bool(self.stage_directory)

    @property
    def is_dynamic(self) -> bool:
        """Whether its events and stage ids are those of smart processes (smart invoices are, too)."""
        return self.id == INVOICE or self.smart is not None

    def directory(self, category_id: int) -> str:
        """The ENTITY_ID of the stages of a pipeline, such as `DEAL_STAGE_5`."""
        if self.is_dynamic or (self.id == DEAL and category_id):
            return f"{self.stage_directory}_{category_id}"
        return self.stage_directory

    def stage_prefix(self, category_id: int) -> str:
        """What stands before the code of a stage, such as `C5:` or `DT1036_12:`."""
        if self.is_dynamic:
            return f"DT{self.id}_{category_id}:"
        return f"C{category_id}:" if self.id == DEAL and category_id else ""

    @property
    def event_stem(self) -> str:
        return "ONCRMDYNAMICITEM" if self.is_dynamic else f"ONCRM{self.symbol}"


_FIXED = (
    EntityType(LEAD, "Lead", "LEAD", "L", "CRM_LEAD", "STATUS", False, "lead"),
    EntityType(DEAL, "Deal", "DEAL", "D", "CRM_DEAL", "DEAL_STAGE", True, "deal"),
    EntityType(CONTACT, "Contact", "CONTACT", "C", "CRM_CONTACT", "", True, "contact"),
    EntityType(COMPANY, "Company", "COMPANY", "CO", "CRM_COMPANY", "", True, "company"),
    EntityType(INVOICE, "Invoice", "SMART_INVOICE", "SI", "CRM_SMART_INVOICE", "SMART_INVOICE_STAGE", True),
)

#: What crm.enum.ownertype lists besides, and crm.item.* refuses with ENTITY_TYPE_NOT_SUPPORTED.
UNSUPPORTED = (
    (5, "Invoice (legacy)", "INVOICE", "I"),
    (7, "Estimate", "QUOTE", "Q"),
    (8, "Requisite", "REQUISITE", "RQ"),
    (14, "Order", "ORDER", "O"),
)


def smart_entity_type(smart: SmartType) -> EntityType:
    """How a smart process looks as a type of record."""
    return EntityType(
        id=smart.entity_type_id,
        name=smart.title,
        symbol=f"DYNAMIC_{smart.entity_type_id}",
        short_code=f"T{smart.entity_type_id:x}",
        uf_entity=f"CRM_{smart.id}",
        stage_directory=f"DYNAMIC_{smart.entity_type_id}_STAGE" if smart.flags["isStagesEnabled"] else "",
        has_categories=smart.flags["isCategoriesEnabled"],
        smart=smart,
    )


@dataclass(slots=True)
class EntityTypes:
    """All types of record of one portal, by entityTypeId."""

    by_id: dict[int, EntityType] = field(default_factory=lambda: {each.id: each for each in _FIXED})

    def get(self, entity_type_id: int) -> EntityType | None:
        return self.by_id.get(entity_type_id)

    def register(self, smart: SmartType) -> EntityType:
        entity_type = smart_entity_type(smart)
        self.by_id[entity_type.id] = entity_type
        return entity_type

    def smart_types(self) -> list[SmartType]:
        return sorted((each.smart for each in self.by_id.values() if each.smart), key=lambda each: each.id)

    def of_short_code(self, code: str) -> EntityType | None:
        return next((each for each in self.by_id.values() if each.short_code == code), None)

    def of_uf_entity(self, uf_entity: str) -> EntityType | None:
        return next((each for each in self.by_id.values() if each.uf_entity == uf_entity), None)
