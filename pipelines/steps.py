"""Work inside a stage: six kinds of step, and the outcomes that decide what comes next.

Outcomes that the language has built in are resolved here: `step.outcome("done")` answers whether or not the
file names it, so the engine never asks "is it defined?".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from pipelines.actions import Actions, TaskSpec
from pipelines.durations import Duration
from pipelines.elements import Element, Id, Table, by_key
from pipelines.expressions import Expression, Value
from pipelines.moments import Moment
from pipelines.recipients import OWNER, PersonName, Recipient
from pipelines.texts import Text
from pipelines.waiting import WaitSpec

_OF_STAGES = frozenset({"next", "status", "goal", "lock", "unless", "group", "require_on_enter"})
DIRECTIVES = ("go", "again", "end", "move", "follow_on")


class Escalation(Element):
    """What is done when a stage (from the start of the visit) or a step (from its start) takes long."""

    noun: ClassVar[str] = "escalation"
    after: Duration
    do: Actions


class Outcome(Element):
    """The named result of a step, and where it leads; no directive means "go on"."""

    noun: ClassVar[str] = "outcome"
    id: Id
    title: Text | None = None
    go: str | None = None
    again: Moment | None = None
    end: Literal[True] | None = None
    move: str | None = None
    follow_on: str | None = None
    set: Mapping[str, Value] = Field(default_factory=dict)
    do: Actions = ()
    require: tuple[str, ...] = ()

    @property
    def directive(self) -> str:
        """Which of go, again, end, move, follow_on this has; "" goes on."""
        return next((name for name in DIRECTIVES if getattr(self, name) is not None), "")

    @model_validator(mode="after")
    def _has_one_directive(self) -> Outcome:
        named = [name for name in DIRECTIVES if getattr(self, name) is not None]
        if len(named) > 1:
            raise PydanticCustomError(
                "directives",
                "an outcome leads to one place: it has {named}, keep one",
                {"named": " and ".join(named)},
            )
        return self


class StepBase(Element):
    """What every step may say."""

    noun: ClassVar[str] = "step"
    kind: ClassVar[str] = ""
    id: Id
    title: Text | None = None
    hint: Text | None = None
    after: tuple[str, ...] | None = None
    """Steps that must be finished first; [] starts at once; not written: the step before in the file."""
    when: Expression | None = None
    scope: Literal["stage", "process"] = "stage"
    limit: Moment | None = None
    escalations: tuple[Escalation, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @classmethod
    def explain_unknown(cls, key: str, table: Table) -> str:
        if key in KINDS:
            return f'a step has one kind, this one has both "{cls.kind}" and "{key}"'
        if key in _OF_STAGES:
            return (
                f'"{key}" is of the stage, but stands after [[stages.steps]] and so is of the step: '
                "move it above the first [[stages.steps]] of its stage"
            )
        return ""

    def built_in(self) -> tuple[Outcome, ...]:
        """The outcomes that this kind has without being named."""
        return ()

    @cached_property
    def all_outcomes(self) -> tuple[Outcome, ...]:
        """Those of the file in its order, then the built-in ones that it does not redefine.

        One that redefines a built-in outcome and has no title keeps the title of that one.
        """
        built_in = {outcome.id: outcome for outcome in self.built_in()}
        named = [_titled(outcome, built_in.pop(outcome.id, None)) for outcome in self.outcomes]
        return (*named, *built_in.values())

    def outcome(self, outcome_id: str) -> Outcome | None:
        return next((each for each in self.all_outcomes if each.id == outcome_id), None)

    @cached_property
    def choices(self) -> tuple[Outcome, ...]:
        """The outcomes that a rep may name, in the order of the file."""
        named = {outcome.id for outcome in self.outcomes} - RESERVED
        return tuple(each for each in self.all_outcomes if each.id in named)


def _titled(outcome: Outcome, default: Outcome | None) -> Outcome:
    if outcome.title is not None or default is None or default.title is None:
        return outcome
    return outcome.model_copy(update={"title": default.title})


#: Outcomes that the engine itself gives; a rep does not choose them by name.
RESERVED = frozenset({"cancelled", "postponed", "unspecified", "signalled", "timeout", "filled"})


class TaskStep(StepBase):
    """A task in the CRM for a person; finished when it is completed, cancelled or postponed."""

    noun: ClassVar[str] = "task step"
    kind: ClassVar[str] = "task"
    task: TaskSpec

    def built_in(self) -> tuple[Outcome, ...]:
        return (
            Outcome(id="done", title=Text({"en": "Done", "ru": "Сделано"})),
            Outcome(id="cancelled", title=Text({"en": "Not needed", "ru": "Не требуется"}), end=True),
            Outcome(id="postponed", title=Text({"en": "Postponed", "ru": "Отложено"})),
            Outcome(id="unspecified", title=Text({"en": "No result named", "ru": "Результат не указан"})),
        )

    @property
    def has_choices(self) -> bool:
        """True when completing the task without naming a result is `unspecified` and not `done`."""
        return bool(self.choices)


class FormSpec(Element):
    """Fields to fill; the list form requires all of them."""

    noun: ClassVar[str] = "form"
    fields: tuple[str, ...] = Field(min_length=1)
    require: tuple[str, ...] = ()


def _form(value: Any) -> Any:
    return {"fields": value, "require": value} if isinstance(value, list | tuple) else value


class FormStep(StepBase):
    """Asks the owner to fill fields on the card."""

    noun: ClassVar[str] = "form step"
    kind: ClassVar[str] = "form"
    form: Annotated[FormSpec, BeforeValidator(_form, json_schema_input_type=tuple[str, ...] | FormSpec)]

    def built_in(self) -> tuple[Outcome, ...]:
        return (Outcome(id="filled", title=Text({"en": "Filled", "ru": "Заполнено"})),)


class AskSpec(Element):
    """A question; the answers are those of the field, or the step's outcomes when it names none."""

    noun: ClassVar[str] = "question"
    question: Text
    field: str | None = None
    to: Recipient = OWNER


class AskStep(StepBase):
    """A question with fixed answers; each answer is an outcome (`yes`/`no`, or the option's key)."""

    noun: ClassVar[str] = "ask step"
    kind: ClassVar[str] = "ask"
    ask: AskSpec
    #: Answers of the field, put here when the definition is put together.
    _answers: tuple[Outcome, ...] = ()

    def built_in(self) -> tuple[Outcome, ...]:
        return self._answers

    @cached_property
    def choices(self) -> tuple[Outcome, ...]:
        """The answers in the order of the field's options; redefined ones keep the option's place."""
        order = [answer.id for answer in self._answers] or [each.id for each in self.outcomes]
        return tuple(each for answer in order if (each := self.outcome(answer)) is not None)


class WaitStep(StepBase):
    """Waits for a signal; a signal counts from the start of the process, once for each wait step."""

    noun: ClassVar[str] = "wait step"
    kind: ClassVar[str] = "wait"
    wait: WaitSpec

    def built_in(self) -> tuple[Outcome, ...]:
        signalled = Outcome(id="signalled", title=Text({"en": "It came", "ru": "Дождались"}))
        timeout = Outcome(id="timeout", title=Text({"en": "Time is over", "ru": "Срок вышел"}))
        return (signalled, timeout) if self.limit else (signalled,)


class Approver(Element):
    """One person of an approval, under a condition or always; written like `to`, with `when` beside it."""

    noun: ClassVar[str] = "approver"
    who: Recipient
    when: Expression | None = None


def _approver(value: Any) -> Any:
    if isinstance(value, dict) and "who" not in value:
        place = getattr(value, "place", None)
        rest = type(value)((key, each) for key, each in value.items() if key != "when")
        made = type(value)({"who": rest, "when": value.get("when")})
        if place is not None:
            rest.place = made.place = place  # type: ignore[attr-defined]
        return made
    return {"who": value} if isinstance(value, str) else value


class ApproverTable(Element):
    """An approver as it is written; only the editors' schema knows it."""

    noun: ClassVar[str] = "approver"
    user: int | None = None
    role: str | None = None
    field: str | None = None
    head_of: Expression | None = None
    otherwise: PersonName | None = Field(default=None, alias="else")
    team: str | None = None
    when: Expression | None = None


AnyApprover = Annotated[
    Approver, BeforeValidator(_approver, json_schema_input_type=PersonName | ApproverTable)
]


class ApproveSpec(Element):
    """Who must say yes: all, any one, or one after the other."""

    noun: ClassVar[str] = "approval"
    by: tuple[AnyApprover, ...] = Field(min_length=1)
    mode: Literal["all", "any", "in_turn"] = "all"
    question: Text | None = None
    due: Moment | None = None


class ApproveStep(StepBase):
    """Asks one or several people; nobody approves their own request."""

    noun: ClassVar[str] = "approve step"
    kind: ClassVar[str] = "approve"
    approve: ApproveSpec
    #: The step that a rejection leads back to, put here when the definition is put together.
    _before: str | None = None

    def built_in(self) -> tuple[Outcome, ...]:
        return (
            Outcome(id="approved", title=Text({"en": "Approved", "ru": "Согласовано"})),
            Outcome(id="rejected", title=Text({"en": "Rejected", "ru": "Отклонено"}), go=self._before),
        )


class DoStep(StepBase):
    """Actions only; done at once."""

    noun: ClassVar[str] = "do step"
    kind: ClassVar[str] = "do"
    do: Actions = Field(min_length=1)

    def built_in(self) -> tuple[Outcome, ...]:
        return (Outcome(id="done"),)


KINDS: Mapping[str, type[StepBase]] = {
    cls.kind: cls for cls in (TaskStep, FormStep, AskStep, WaitStep, ApproveStep, DoStep)
}


Step = Annotated[
    Annotated[TaskStep, Tag("kind:task")]
    | Annotated[FormStep, Tag("kind:form")]
    | Annotated[AskStep, Tag("kind:ask")]
    | Annotated[WaitStep, Tag("kind:wait")]
    | Annotated[ApproveStep, Tag("kind:approve")]
    | Annotated[DoStep, Tag("kind:do")],
    Discriminator(
        by_key(KINDS),
        custom_error_type="step",
        custom_error_message="a step has one of these keys: " + ", ".join(KINDS),
    ),
]
