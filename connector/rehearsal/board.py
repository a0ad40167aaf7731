"""The board of a pipeline in a sandbox portal: exactly its stages and fields, made as an administrator would.

Stage and field names of the portal are plain numbers and upper-case names, so that nothing in the product can
come right by guessing from a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.sandbox.crm.defaults import SMART_STAGES
from connector.sandbox.crm.stages import StageSpec
from connector.sandbox.crm.types import DEAL, LEAD, SmartType

if TYPE_CHECKING:
    from connector.sandbox.crm.types import EntityType
    from connector.sandbox.portal import SandboxPortal
    from pipelines.definition import Definition, FieldSpec, Stage

#: The entityTypeId of the first smart process that is made; the next one gets the next even number.
FIRST_SMART_PROCESS = 1030
#: Which user field holds a pipeline's field (api-reference/crm/universal/userfieldconfig); a link stands in
#: for a file, which REST takes only as base64.
_TYPES: Mapping[str, str] = {
    "text": "string",
    "number": "double",
    "money": "money",
    "bool": "boolean",
    "date": "date",
    "datetime": "datetime",
    "choice": "enumeration",
    "choices": "enumeration",
    "user": "employee",
    "users": "employee",
    "contact": "crm",
    "company": "crm",
    "item": "crm",
    "file": "url",
}
_SEVERAL = ("choices", "users")
_SEMANTICS: Mapping[str, str] = {"open": "", "won": "S", "lost": "F", "archived": "F"}


@dataclass(frozen=True, slots=True)
class BoardField:
    """A user field of the portal behind a field of the pipeline."""

    spec: FieldSpec
    #: Its name on records, and its name in REST.
    name: str
    rest_name: str
    #: The pipeline's option to the portal's.
    options: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Board:
    """Where the cards of a pipeline stand in a portal."""

    entity_type_id: int
    #: None: leads have no categories.
    category_id: int | None
    #: The pipeline's stage to the portal's.
    stages: Mapping[str, str]
    fields: Mapping[str, BoardField]

    def stage_of(self, stage_id: str) -> str | None:
        """The pipeline's stage behind the portal's."""
        return next((name for name, known in self.stages.items() if known == stage_id), None)


def build_board(portal: SandboxPortal, definition: Definition) -> Board:
    """Make the board of a pipeline."""
    with portal.lock:
        entity_type, category_id = _PLACES[definition.entity](portal, definition)
        directory = portal.crm.stages.of(entity_type, category_id or 0)
        stages = {
            stage.id: status.status_id for stage, status in zip(definition.stages, directory, strict=True)
        }
        fields = _add_fields(portal, entity_type, definition)
        return Board(entity_type.id, category_id, stages, fields)


def _deals(portal: SandboxPortal, definition: Definition) -> tuple[EntityType, int]:
    category = portal.pipeline(name=str(definition.title), stages=_specs(definition))
    return portal.crm.entity_type(DEAL), category.id


def _leads(portal: SandboxPortal, definition: Definition) -> tuple[EntityType, None]:
    """Leads have one board: its stages are replaced."""
    stages, lead = portal.crm.stages, portal.crm.entity_type(LEAD)
    for status in list(stages.of(lead, 0)):
        stages.remove(status)
    for place, spec in enumerate(_specs(definition), 1):
        stages.add_stage(lead, 0, spec, sort=place * 10)
    return lead, None


def _smart_process(portal: SandboxPortal, definition: Definition) -> tuple[EntityType, int]:
    entity_type = build_type(portal, str(definition.title), _specs(definition))
    return entity_type, portal.crm.stages.default_category_id(entity_type.id)


def build_type(portal: SandboxPortal, title: str, stages: Iterable[StageSpec] = SMART_STAGES) -> EntityType:
    """Make a smart process with one category; without `stages` it has those that the CRM gives."""
    number, at = portal.next_id("crm type"), portal.now()
    entity_type_id = FIRST_SMART_PROCESS + 2 * (number - 1)
    smart = SmartType(number, title, entity_type_id, 1, at, at, 1)
    smart.linked_user_fields = {"TASKS_TASK|UF_CRM_TASK": True}
    entity_type = portal.crm.types.register(smart)
    portal.crm.stages.add_category(entity_type, "General", stages, is_default=True)
    portal.crm.types_changed()
    return entity_type


_PLACES = {"deal": _deals, "lead": _leads, "smart_process": _smart_process}


def _specs(definition: Definition) -> list[StageSpec]:
    return [_spec(number, stage) for number, stage in enumerate(definition.stages, 1)]


def _spec(number: int, stage: Stage) -> StageSpec:
    title = str(stage.title or stage.id)
    return StageSpec(f"S{number}", {"en": title}, _SEMANTICS[stage.status])


def _add_fields(
    portal: SandboxPortal, entity_type: EntityType, definition: Definition
) -> dict[str, BoardField]:
    made = {}
    prefix = f"UF_{entity_type.uf_entity}_" if entity_type.smart else "UF_CRM_"
    for number, (name, spec) in enumerate(definition.fields.items(), 1):
        labels = {"en": str(spec.title or name)}
        user_field = portal.crm.user_fields.add(
            entity_type.uf_entity,
            f"{prefix}{number}00{entity_type.id}",
            _TYPES[spec.type],
            labels=labels,
            is_multiple=spec.type in _SEVERAL,
        )
        options = {
            option: portal.crm.user_fields.add_option(user_field, str(title)).id
            for option, title in spec.options.items()
        }
        made[name] = (spec, user_field.name, options)
    schema = portal.crm.schema(entity_type.id)
    return {
        name: BoardField(spec, upper, schema.fields[upper].item_name, options)
        for name, (spec, upper, options) in made.items()
    }
