"""The binding of a pipeline: which stages and fields of one portal its own names stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from connector.config.base import Part
from connector.config.values import LogicalName, UserId, wrong
from connector.records import DEAL, FIRST_SMART_PROCESS, LEAD, SMART_INVOICE

Mode = Literal["live", "shadow", "paused"]

_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
OptionId = Annotated[str, BeforeValidator(lambda value: str(value) if type(value) is int else value)]


class FieldBinding(Part):
    """The CRM field behind a pipeline's field; for a choice, the CRM's option behind each of its options."""

    field: Annotated[str, StringConstraints(pattern=_FIELD_NAME.pattern)]
    options: Mapping[LogicalName, OptionId] = Field(default_factory=dict)


def _field_binding(value: Any) -> Any:
    return {"field": value} if isinstance(value, str) else value


class PipelineConfig(Part):
    """One pipeline on one category of a portal. Neither `category` nor `entity_type`: it runs on leads."""

    #: The name of a shipped pipeline, or the path of a .toml file inside the folder of the configuration.
    definition: str
    mode: Mode = "shadow"
    #: Smart processes only: their entityTypeId.
    entity_type: int | None = None
    category: Annotated[int, Field(ge=0)] | None = None
    #: Process owner: takes over what has nobody else.
    owner: UserId
    stages: Mapping[LogicalName, str]
    fields: Mapping[LogicalName, Annotated[FieldBinding, BeforeValidator(_field_binding)]] = Field(
        default_factory=dict
    )

    @property
    def entity_type_id(self) -> int:
        """The CRM's number of the type of record that the pipeline runs on."""
        if self.entity_type is not None:
            return self.entity_type
        return LEAD if self.category is None else DEAL
