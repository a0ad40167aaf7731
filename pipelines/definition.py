"""The pipeline language as frozen models: one `Definition` is one TOML file.

Owns what can be said and what is resolved once (defaults, built-in outcomes, lines); refuses unknown keys and
wrong shapes. Whether names lead anywhere is asked by `pipelines.checks`; reading files is `pipelines.loader`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, PrivateAttr, Tag, model_validator

from pipelines.actions import Actions
from pipelines.durations import Duration
from pipelines.elements import Element, Id, Names, elements_in
from pipelines.expressions import Expression
from pipelines.recipients import OWNER, Recipient
from pipelines.script import Scenario
from pipelines.steps import ApproveStep, AskStep, Escalation, Outcome, Step
from pipelines.texts import Text

FieldType = Literal[
    "text",
    "number",
    "money",
    "bool",
    "date",
    "datetime",
    "choice",
    "choices",
    "user",
    "users",
    "contact",
    "company",
    "item",
    "file",
]
Status = Literal["open", "won", "lost", "archived"]


class FieldSpec(Element):
    """A logical attribute; config binds it to a CRM field of the portal."""

    noun: ClassVar[str] = "field"
    type: FieldType
    title: Text | None = None
    hint: Text | None = None
    options: Mapping[Id, Text] = Field(default_factory=dict)


class NextCase(Element):
    """One way out of a stage that the engine takes by itself."""

    noun: ClassVar[str] = "next"
    to: str
    when: Expression | None = None


class Choose(Element):
    """The rep decides where the item goes next."""

    noun: ClassVar[str] = "next"
    choose: tuple[str, ...] = Field(min_length=1)
    to: Recipient = OWNER


def _next(value: Any) -> Any:
    return ({"to": value},) if isinstance(value, str) else value


def _next_kind(value: Any) -> str | None:
    if isinstance(value, list | tuple):
        return "kind:cases"
    return "kind:choose" if isinstance(value, Choose | dict) else None


Next = Annotated[
    Annotated[tuple[NextCase, ...], Tag("kind:cases")] | Annotated[Choose, Tag("kind:choose")],
    Discriminator(
        _next_kind,
        custom_error_type="next",
        custom_error_message='expected a stage ("presentation"), a list of { when, to }, or { choose = […] }',
    ),
    BeforeValidator(_next, json_schema_input_type=str | tuple[NextCase, ...] | Choose),
]


class Stage(Element):
    """A column of the board and the work in it. `next`: the first case that holds, a choice, or nothing."""

    noun: ClassVar[str] = "stage"
    id: Id
    title: Text | None = None
    status: Status = "open"
    goal: Text | None = None
    limit: Duration | None = None
    lock: bool = False
    unless: Expression | None = None
    group: Text | None = None
    require_on_enter: tuple[str, ...] = ()
    next: Next | None = None
    escalations: tuple[Escalation, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def is_final(self) -> bool:
        """True for won, lost and archived."""
        return self.status != "open"

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)


class Named(Element):
    """What may have a name: people read it in their language, and one form of it stands for the thing."""

    name: Text | None = None

    @cached_property
    def known_as(self) -> str:
        """The name that the journal, scenarios and reports know, whatever the language; "" without a name."""
        return str(self.name) if self.name else ""


class Transition(Named):
    """Conditions of moves between two stages; `sources` (written `from`) may be "*"."""

    noun: ClassVar[str] = "transition"
    sources: Names = Field(alias="from")
    to: Names
    when: Expression | None = None
    require: tuple[str, ...] = ()
    reason: Text | None = None
    otherwise: Literal["revert", "hold", "flag"] = "revert"
    do: Actions = ()

    def covers(self, source: str, target: str) -> bool:
        """True when a move between these stages is this one's."""
        return (source in self.sources or "*" in self.sources) and (target in self.to or "*" in self.to)


class Entry(Named):
    """Where a new item starts; the first whose `when` holds."""

    noun: ClassVar[str] = "entry"
    when: Expression | None = None
    stage: str
    step: str | None = None


class Schedule(Element):
    """Items made by the pipeline itself: for each company or contact that `when` holds for (there `item`)."""

    noun: ClassVar[str] = "schedule"
    every: Duration
    source: Literal["company", "contact"] = Field(alias="from")
    when: Expression | None = None


class StagePoint(Element):
    """A stage of another pipeline, written `entity:pipeline:stage`."""

    entity: str
    pipeline: str
    stage: str


class Start(Element):
    """How an item joins the pipeline."""

    noun: ClassVar[str] = "start"
    on_create: bool = False
    schedule: Schedule | None = None
    on_stage: tuple[Annotated[str, Field(pattern=r"^(lead|deal|smart_process):\w+:\w+$")], ...] = ()
    manual: bool = False
    route: Literal["now", "later"] = "now"

    @property
    def points(self) -> tuple[StagePoint, ...]:
        """What `on_stage` means."""
        parts = (text.split(":") for text in self.on_stage)
        return tuple(StagePoint(entity=each[0], pipeline=each[1], stage=each[2]) for each in parts)


class FollowOn(Element):
    """A child item, linked to its parent both ways."""

    noun: ClassVar[str] = "follow-on"
    id: Id
    title: Text | None = None
    pipeline: str
    stage: str | None = None
    copied: tuple[str, ...] = Field(default=(), alias="copy")
    on: tuple[str, ...] = ()
    """Stages that create it by themselves; otherwise it is offered on the card."""


class Route(Named):
    """Who owns a new item, or one sent back for routing; the first that holds."""

    noun: ClassVar[str] = "route"
    when: Expression | None = None
    to: Recipient
    keep: bool = False


class Definition(Element):
    """One process that runs on CRM records."""

    noun: ClassVar[str] = "pipeline"
    id: Id
    title: Text
    entity: Literal["lead", "deal", "smart_process"]
    strict: bool = False
    fields: Mapping[Id, FieldSpec] = Field(default_factory=dict)
    start: Start = Start(on_create=True, manual=True)
    entries: tuple[Entry, ...] = ()
    stages: tuple[Stage, ...] = Field(min_length=1)
    transitions: tuple[Transition, ...] = ()
    follow_ons: tuple[FollowOn, ...] = ()
    routes: tuple[Route, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    _file: str = PrivateAttr(default="")
    _text: str = PrivateAttr(default="")

    @property
    def file(self) -> str:
        """The file it was read from, as it was named."""
        return self._file

    @property
    def text(self) -> str:
        """The TOML that it was read from."""
        return self._text

    @cached_property
    def hash(self) -> str:
        """SHA-256 (hex) of the meaning: scenarios, comments and layout are no part of it."""
        meaning = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"scenarios"})
        canonical = json.dumps(meaning, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @cached_property
    def parts(self) -> tuple[Element, ...]:
        """Every table outside the scenarios, each before what is in it, in the order of the models."""
        named = (getattr(self, name) for name in type(self).model_fields if name != "scenarios")
        return (self, *(element for part in named for element in elements_in(part)))

    @cached_property
    def _stages(self) -> Mapping[str, Stage]:
        return {stage.id: stage for stage in self.stages}

    @cached_property
    def _homes(self) -> Mapping[str, Stage]:
        return {step.id: stage for stage in self.stages for step in stage.steps}

    def stage(self, stage_id: str) -> Stage | None:
        """The stage of that id."""
        return self._stages.get(stage_id)

    def step(self, stage_id: str | None, step_id: str) -> Step | None:
        """The step of that id in that stage; stage None: wherever it is (ids are unique in a file)."""
        stage = self._homes.get(step_id) if stage_id is None else self.stage(stage_id)
        return stage.step(step_id) if stage else None

    def stage_of_step(self, step_id: str) -> Stage | None:
        """The stage that a step belongs to."""
        return self._homes.get(step_id)

    def follow_on(self, follow_on_id: str) -> FollowOn | None:
        return next((each for each in self.follow_ons if each.id == follow_on_id), None)

    def transitions_between(self, source: str, target: str) -> tuple[Transition, ...]:
        """The transitions that a move between these stages must meet, in file order."""
        return tuple(each for each in self.transitions if each.covers(source, target))

    @model_validator(mode="after")
    def _resolve_outcomes(self) -> Definition:
        for stage in self.stages:
            before: str | None = None
            for step in stage.steps:
                if isinstance(step, AskStep):
                    step._answers = _answers(self.fields.get(step.ask.field or ""))
                if isinstance(step, ApproveStep):
                    step._before = step.after[0] if step.after else before
                before = step.id
        return self


def _answers(field: FieldSpec | None) -> tuple[Outcome, ...]:
    if field is None:
        return ()
    if field.type == "bool":
        yes, no = Text({"en": "Yes", "ru": "Да"}), Text({"en": "No", "ru": "Нет"})
        return (Outcome(id="yes", title=yes), Outcome(id="no", title=no))
    return tuple(Outcome(id=option, title=title) for option, title in field.options.items())
