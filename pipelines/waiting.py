"""What a wait step waits for: the forms of `wait = { for = "…" }`."""

from __future__ import annotations

import re
from functools import cached_property
from typing import ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from pipelines.elements import Element
from pipelines.moments import Moment


class StepSignal(Element):
    """`step:<id>`: that step ended, in any stage of this process."""

    step: str


class FieldSignal(Element):
    """`field:<name>`: the field is not empty."""

    field: str


class ChildSignal(Element):
    """`child:<as>` reached a final stage; `child:<as>:won` a won one."""

    link: str
    won: bool = False


class StageSignal(Element):
    """`stage:<as>:<stage>`: a linked item reached that stage."""

    link: str
    stage: str


class ExternalSignal(Element):
    """`signal:<name>` from outside, or from a `signal` action."""

    name: str


class TimeSignal(Element):
    """`time:<field or duration>`."""

    at: Moment


WaitFor = StepSignal | FieldSignal | ChildSignal | StageSignal | ExternalSignal | TimeSignal
_WAIT_FORMS = (
    "step:<id>, field:<name>, child:<as>, child:<as>:won, stage:<as>:<stage>, signal:<name> "
    "or time:<field or duration>"
)


def _wait_for(text: str) -> WaitFor:
    """Read the text of `wait = { for = "…" }`; ValueError when it has no known form."""
    kind, _, rest = text.strip().partition(":")
    rest = rest.strip()
    first, _, second = rest.partition(":")
    if not rest or (second and kind not in ("child", "stage", "time")):
        raise ValueError(text)
    if kind == "step":
        return StepSignal(step=rest)
    if kind == "field":
        return FieldSignal(field=rest.removeprefix("fields."))
    if kind == "child" and second in ("", "won"):
        return ChildSignal(link=first, won=bool(second))
    if kind == "stage" and second:
        return StageSignal(link=first, stage=second)
    if kind == "signal":
        return ExternalSignal(name=rest)
    if kind == "time":
        is_field = re.fullmatch(r"[a-z_]\w*", rest) is not None
        return TimeSignal.model_validate({"at": f"fields.{rest}" if is_field else rest})
    raise ValueError(text)


class WaitSpec(Element):
    """What a wait step waits for."""

    noun: ClassVar[str] = "wait"
    text: str = Field(alias="for")

    @cached_property
    def signal(self) -> WaitFor:
        """What `for` means."""
        return _wait_for(self.text)

    @model_validator(mode="after")
    def _has_a_known_form(self) -> WaitSpec:
        try:
            _wait_for(self.text)
        except ValueError:
            raise PydanticCustomError(
                "wait",
                '"{text}" is not a signal: expected {forms}',
                {"text": self.text, "forms": _WAIT_FORMS},
            ) from None
        return self
