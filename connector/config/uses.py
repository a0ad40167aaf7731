"""Where config.toml names something of the portal's set-up: a type, a category, a stage or a field."""

from __future__ import annotations

from collections.abc import Iterator

from connector.config.binding import PipelineConfig
from connector.config.portal import PortalConfig


def uses_of(config: PortalConfig, what: str, entity_type_id: int, id_: str) -> list[str]:
    """The keys of the portal that name it: `pipelines.sale.stages.new`. `what` as in schema_change."""
    found = [
        f"pipelines.{name}{key}"
        for name, pipeline in config.pipelines.items()
        if pipeline.entity_type_id == entity_type_id
        for key in _keys(pipeline, what, id_)
    ]
    if what == "entity_type":
        named = config.record_types.items()
        found += [f"record_types.{name}" for name, each in named if each.entity_type == entity_type_id]
        found += ["mirror"] if entity_type_id in config.mirror.entity_type_ids else []
    if what == "crm_field" and id_ in config.mirror.fields_of(entity_type_id):
        found.append("mirror.fields")
    return found


def _keys(pipeline: PipelineConfig, what: str, id_: str) -> Iterator[str]:
    if what == "entity_type":
        yield ""
    elif what == "category" and str(pipeline.category) == id_:
        yield ".category"
    elif what == "stage":
        yield from (f".stages.{name}" for name, stage_id in pipeline.stages.items() if stage_id == id_)
    elif what == "crm_field":
        yield from (f".fields.{name}" for name, bound in pipeline.fields.items() if bound.field == id_)
