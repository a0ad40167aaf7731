"""Whether what config.toml binds fits what a pipeline has, told offline with the line of config.toml."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from connector.config import FieldBinding, PipelineConfig
from connector.records import DEAL, LEAD
from pipelines.definition import Definition, FieldSpec
from pipelines.elements import Element
from pipelines.findings import Finding, Severity, nearest

_ENTITIES = {LEAD: "lead", DEAL: "deal"}


def check_binding(config_file: Path, pipeline: PipelineConfig, definition: Definition) -> list[Finding]:
    """Stages and fields that are bound and do not exist, or exist and are not bound."""
    return [
        *_entity(config_file, pipeline, definition),
        *_names(config_file, pipeline, "stages", [stage.id for stage in definition.stages], "error"),
        *_names(config_file, pipeline, "fields", list(definition.fields), "warning"),
        *_options(config_file, pipeline, definition),
    ]


def _entity(file: Path, pipeline: PipelineConfig, definition: Definition) -> Iterator[Finding]:
    entity = _ENTITIES.get(pipeline.entity_type_id, "smart_process")
    if entity != definition.entity:
        message = (
            f"{definition.id} runs on a {definition.entity}, this binding is on a {entity}: deals have a "
            "`category`, smart processes an `entity_type` too, leads neither"
        )
        yield _finding("error", file, pipeline, "category", message)


def _names(
    file: Path, pipeline: PipelineConfig, key: str, known: Collection[str], severity: Severity
) -> Iterator[Finding]:
    bound = getattr(pipeline, key)
    noun = key.removesuffix("s")
    for name in bound:
        if name not in known:
            message = f"the pipeline has no {noun} {name!r}; it has: {', '.join(sorted(known))}"
            yield _finding("error", file, pipeline, key, message, nearest(name, known))
    unbound = [name for name in known if name not in bound]
    if unbound:
        effect = "they need a stage of the CRM" if severity == "error" else "they are always empty"
        yield _finding(severity, file, pipeline, key, f"not bound: {', '.join(unbound)}; {effect}")


def _options(file: Path, pipeline: PipelineConfig, definition: Definition) -> Iterator[Finding]:
    for name, bound in pipeline.fields.items():
        spec = definition.fields.get(name)
        if spec is not None and (bound.options or spec.options):
            yield from _options_of(file, name, bound, spec)


def _options_of(file: Path, name: str, bound: FieldBinding, spec: FieldSpec) -> Iterator[Finding]:
    for option in bound.options:
        if option not in spec.options:
            message = f"the field {name!r} has no option {option!r}"
            yield _finding("error", file, bound, "options", message, nearest(option, spec.options))
    unbound = [option for option in spec.options if option not in bound.options]
    if unbound:
        message = f"options of {name!r} that stand for none of the CRM's: {', '.join(unbound)}"
        yield _finding("warning", file, bound, "options", message)


def _finding(
    severity: Severity, file: Path, element: Element, key: str, message: str, suggestion: str = ""
) -> Finding:
    path = ".".join(part for part in (element.path, key) if part)
    return Finding(severity, str(file), element.line_of(key), path, message, suggestion)
