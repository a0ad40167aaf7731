"""The binding of a pipeline: which stages and fields of one portal its own names stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from connector.config.base import Part
from connector.config.values import CategoryId, CrmFieldName, LogicalName, StageId, UserId, wrong
from connector.records import DEAL, FIRST_SMART_PROCESS, LEAD, SMART_INVOICE

Mode = Literal["live", "shadow", "paused"]


def _refuse_twins(bound: Mapping[str, str]) -> None:
    """Two names of ours for one of the CRM's: what comes back from the portal could mean either."""
    first: dict[str, str] = {}
    for name, theirs in bound.items():
        if theirs in first:
            raise wrong(f"{first[theirs]} and {name} are both bound to {theirs}")
        first[theirs] = name


def _distinct(bound: Mapping[str, str]) -> Mapping[str, str]:
    _refuse_twins(bound)
    return bound


def _option_id(value: Any) -> Any:
    # The portal's option ids are numbers that it sends as text; both may be written.
    return str(value) if type(value) is int else value


class FieldBinding(Part):
    """The CRM field behind a pipeline's field; for a choice, the CRM's option behind each of its options."""

    noun: ClassVar[str] = "field"
    field: CrmFieldName
    """Its REST name, such as ufCrm_1700000000."""
    options: Annotated[
        Mapping[LogicalName, Annotated[str, BeforeValidator(_option_id)]], AfterValidator(_distinct)
    ] = Field(default_factory=dict)
    """Choices: the pipeline's option to the CRM's option id."""


def _field_binding(value: Any) -> Any:
    return {"field": value} if isinstance(value, str) else value


def _distinct_fields(bound: Mapping[str, FieldBinding]) -> Mapping[str, FieldBinding]:
    _refuse_twins({name: binding.field for name, binding in bound.items()})
    return bound


def _definition(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        raise wrong("expected the name of a shipped pipeline or the path of a .toml file")
    if re.fullmatch(r"[a-z][a-z0-9_]{0,63}", value):
        return value
    return _path_inside(info.context["folder"] if info.context else Path(), value)


def _path_inside(folder: Path, text: str) -> Path:
    if not text.endswith(".toml") or "\0" in text:
        raise wrong("expected the name of a shipped pipeline or the path of a .toml file")
    root = folder.resolve()
    path = (root / text).resolve()
    # Resolved first: neither `..` nor a link leads out.
    if not path.is_relative_to(root):
        raise wrong("a definition must be in the folder of config.toml or below it")
    if not path.is_file():
        raise wrong(f"there is no file {path}")
    return path


class PipelineConfig(Part):
    """One pipeline on one category of a portal. With neither category nor entity type it runs on leads."""

    noun: ClassVar[str] = "pipeline"
    definition: Annotated[str | Path, BeforeValidator(_definition)]
    """The name of a shipped pipeline, or the path of a .toml file in the folder of config.toml."""
    mode: Mode = "shadow"
    """live; shadow (decides and records, writes nothing to the CRM); paused."""
    entity_type: int | None = None
    """Smart processes and invoices: their entityTypeId."""
    category: CategoryId | None = None
    """Deals and smart processes: the CRM's id of the pipeline; 0 is the general one of deals."""
    owner: UserId
    """Process owner: takes over what has nobody else."""
    stages: Annotated[Mapping[LogicalName, StageId], Field(min_length=1), AfterValidator(_distinct)]
    """The pipeline's stage to the CRM's stage id."""
    fields: Annotated[
        Mapping[LogicalName, Annotated[FieldBinding, BeforeValidator(_field_binding)]],
        AfterValidator(_distinct_fields),
    ] = Field(default_factory=dict)
    """The pipeline's field to the CRM's field."""

    @model_validator(mode="after")
    def _entity_is_plausible(self) -> PipelineConfig:
        number = self.entity_type
        if number is not None and number != SMART_INVOICE and number < FIRST_SMART_PROCESS:
            raise wrong(
                f"entity_type = {number} is not a smart process: for deals give `category` alone, "
                "for leads neither"
            )
        if number is not None and self.category is None:
            raise wrong("a smart process needs its `category` too (every type has at least one)")
        return self

    @property
    def entity_type_id(self) -> int:
        """The CRM's number of the type of record that the pipeline runs on."""
        if self.entity_type is not None:
            return self.entity_type
        return LEAD if self.category is None else DEAL
