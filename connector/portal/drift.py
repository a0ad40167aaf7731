"""Whether what config.toml names is still there in the portal: stages, fields, options, people.

Bound by id, never guessed by name: a stage that is gone is told, not replaced by one that is called alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from connector.bitrix24.schema import Catalogue
from connector.config import FieldBinding, PipelineConfig, PortalConfig
from connector.portal.diagnosis import Level, Note
from connector.portal.fields import can_hold
from connector.records import LEAD, Field, Person
from pipelines.definition import Definition

_RUN_INIT = "name another in config.toml, or make it again in the CRM"


def about_bindings(
    config: PortalConfig, definitions: Mapping[str, Definition], catalogue: Catalogue
) -> Iterator[Note]:
    """Every bound category, stage, field and option that the portal does not have (any more)."""
    for what, why in catalogue.unread.items():
        yield Note("warning", "catalogue", f"{what} cannot be read: {why}", "see rights")
    for name, pipeline in config.pipelines.items():
        notes = [
            *_category(name, pipeline, catalogue),
            *_stages(name, pipeline, catalogue),
            *_fields(name, pipeline, definitions.get(name), catalogue),
        ]
        yield from notes or [Note("ok", name, f"its {len(pipeline.stages)} stages and fields are there")]
    types = {each.id for each in catalogue.types}
    for name, record_type in config.record_types.items():
        if record_type.entity_type not in types:
            yield Note(
                "error", "record types", f"{name}: there is no type {record_type.entity_type}", _RUN_INIT
            )


def _category(name: str, pipeline: PipelineConfig, catalogue: Catalogue) -> Iterator[Note]:
    known = {each.id for each in catalogue.categories if each.entity_type_id == pipeline.entity_type_id}
    if pipeline.entity_type_id != LEAD and pipeline.category not in known:
        yield Note("error", name, f"the portal has no category {pipeline.category} of this type", _RUN_INIT)


def _stages(name: str, pipeline: PipelineConfig, catalogue: Catalogue) -> Iterator[Note]:
    board = (pipeline.entity_type_id, pipeline.category)
    known = {each.id for each in catalogue.stages if (each.entity_type_id, each.category_id) == board}
    for stage, stage_id in pipeline.stages.items():
        if stage_id not in known:
            yield Note("error", name, f"stage {stage}: the board has no {stage_id} (any more)", _RUN_INIT)


def _fields(
    name: str, pipeline: PipelineConfig, definition: Definition | None, catalogue: Catalogue
) -> Iterator[Note]:
    card = {each.name: each for each in catalogue.fields if each.entity_type_id == pipeline.entity_type_id}
    if not card:  # told as unread
        return
    for field, bound in pipeline.fields.items():
        theirs = card.get(bound.field)
        if theirs is None:
            yield Note("error", name, f"field {field}: the card has no {bound.field} (any more)", _RUN_INIT)
            continue
        yield from _field(name, field, bound, theirs, definition)


def _field(
    name: str, field: str, bound: FieldBinding, theirs: Field, definition: Definition | None
) -> Iterator[Note]:
    spec = definition.fields.get(field) if definition is not None else None
    where = f'field {field}: {bound.field} "{theirs.title}"'
    if spec is not None and not can_hold(spec, theirs):
        yield Note(
            "error", name, f"{where} is of type {theirs.type}, the pipeline's is {spec.type}", _RUN_INIT
        )
    if theirs.is_read_only:
        yield Note("warning", name, f"{where} cannot be written", "bind another if the pipeline sets it")
    for option, option_id in bound.options.items():
        if theirs.options and option_id not in theirs.options:
            yield Note("error", name, f"{where} has no option {option_id} ({option}, any more)", _RUN_INIT)


def about_people(config: PortalConfig, people: Mapping[int, Person]) -> Iterator[Note]:
    """Everybody whom the configuration names and who is unknown or has left."""
    notes = [
        Note(level, "people", f"{place}: {problem}", "name somebody else in config.toml")
        for place, user, level in _named(config)
        if (problem := _problem(user, people.get(user)))
    ]
    yield from notes or [Note("ok", "people", "everybody whom the configuration names is active")]


def _problem(user: int, person: Person | None) -> str:
    if person is None:
        return f"the portal knows no employee {user}"
    return "" if person.is_active else f"{person.name} (user {user}) has left"


def _named(config: PortalConfig) -> Iterator[tuple[str, int, Level]]:
    """Where a user is named, whom, and how bad it is if he is gone: in a team there are others."""
    yield "admin", config.admin, "error"
    for name, pipeline in config.pipelines.items():
        yield f"pipelines.{name}.owner", pipeline.owner, "error"
    for name, division in config.divisions.items():
        yield f"divisions.{name}.head", division.head, "error"
    for name, users in config.roles.items():
        yield from ((f"roles.{name}", user, level) for user, level in _several(users))
    for name, team in config.teams.items():
        yield from ((f"teams.{name}", user, level) for user, level in _several(team.members))


def _several(users: Iterable[int]) -> list[tuple[int, Level]]:
    known = list(users)
    return [(user, "error" if len(known) == 1 else "warning") for user in known]
