"""Scenarios as data: what an admin writes to try a pipeline out. `pipelines.scenarios` plays them.

A scenario makes one item, plays verbs on it in order and looks at what came of them. Nothing here is part of
the version of a definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from pipelines.calendar import CalendarSpec
from pipelines.durations import Duration, validate
from pipelines.elements import Element, Names, as_tuple, by_key
from pipelines.texts import Text


class Person(Element):
    """Somebody of the scenario's portal."""

    noun: ClassVar[str] = "person"
    name: str = ""
    head: int | None = None
    """The id of the head of this person's department."""
    department: str | None = None
    is_admin: bool = False
    is_active: bool = True


#: One user id or a list of them.
UserIds = Annotated[tuple[int, ...], BeforeValidator(as_tuple, json_schema_input_type=int | tuple[int, ...])]


class Expect(Element):
    """What must hold now; a key that is not written is not looked at."""

    noun: ClassVar[str] = "list of expectations"
    stage: str | None = None
    status: str | None = None
    owner: int | None = None
    tasks: Names | None = None
    """The open steps of kind `task`: the whole set, in any order."""
    open: Names | None = None
    """All live steps: the whole set, in any order."""
    done: Names | None = None
    cancelled: Names | None = None
    fields: Mapping[str, Any] | None = None
    children: Names | None = None
    """Pipelines (or record kinds, or `as` names) of the linked records made so far."""
    notified: (
        Annotated[
            tuple[int | str, ...],
            BeforeValidator(as_tuple, json_schema_input_type=int | str | tuple[int | str, ...]),
        ]
        | None
    ) = None
    """User ids, or names such as "owner" and "head", that got a message so far."""
    refused: Names | None = None
    """Fields that the last refused move misses."""
    refused_by: str | None = None
    """The name of the transition that refused the last move (or "strict", "lock", a stage's id)."""
    finished: bool | None = None


def _until(value: Any) -> Any:
    """An instant as TOML or ISO text has it, or a duration."""
    if isinstance(value, str) and not Duration.looks_like(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError(
                "instant", "expected an instant (2026-01-31T09:00:00+03:00) or a duration"
            ) from None
    return value if isinstance(value, datetime) else validate(value)


Until = Annotated[
    datetime | Duration,
    BeforeValidator(_until),
    WithJsonSchema({"type": "string", "title": "Instant or duration"}),
]


class Verb(Element):
    """One line of a play; `by` is who did it (default: the owner)."""

    noun: ClassVar[str] = "play line"
    by: int | None = None


class GiveOutcome(Verb):
    """The rep completes the task of a step naming a result (`of` may be left out when one step is open)."""

    outcome: str
    of: str | None = None
    note: str = ""


class Complete(Verb):
    """The rep completes the task of a step without naming a result."""

    complete: str
    note: str = ""


class Cancel(Verb):
    """The rep says that a step is not needed (deletes its task, confirmed)."""

    cancel: str
    note: str = ""


class Postpone(Verb):
    """The rep puts a step off; without `until`, no date is named."""

    postpone: str
    until: Until | None = None


class Fill(Verb):
    """Fields of the card get values: the pipeline's own, or standard ones of the item."""

    fill: Mapping[str, Any]


class Move(Verb):
    """The rep drags the card to a stage."""

    move: str


class GiveOwner(Verb):
    """The item gets another owner."""

    assign: int


class Answer(Verb):
    """An answer to an `ask` step, or the stage chosen for `next = { choose = … }`."""

    answer: Any
    of: str | None = None


class Approve(Verb):
    """A yes to an approval, by one of those who were asked."""

    approve: str


class Reject(Verb):
    """A no to an approval, with the reason."""

    reject: str
    note: str = ""


class Press(Verb):
    """A button on the card: a stage to choose, a form's "continue", a follow-on that is offered."""

    press: str


class GiveSignal(Verb):
    """A signal from outside."""

    signal: str


class Advance(Verb):
    """Time passes: a duration, or up to an instant; what falls due happens on the way."""

    advance: Until


class Delete(Verb):
    """A record goes: "item", or the id of a step whose task is deleted."""

    delete: str


class Look(Verb):
    """A look at what came of it so far."""

    expect: Expect


_VERBS: dict[str, type[Element]] = {
    "outcome": GiveOutcome,
    "complete": Complete,
    "cancel": Cancel,
    "postpone": Postpone,
    "fill": Fill,
    "move": Move,
    "assign": GiveOwner,
    "answer": Answer,
    "approve": Approve,
    "reject": Reject,
    "press": Press,
    "signal": GiveSignal,
    "advance": Advance,
    "delete": Delete,
    "expect": Look,
}


PlayLine = Annotated[
    Annotated[GiveOutcome, Tag("kind:outcome")]
    | Annotated[Complete, Tag("kind:complete")]
    | Annotated[Cancel, Tag("kind:cancel")]
    | Annotated[Postpone, Tag("kind:postpone")]
    | Annotated[Fill, Tag("kind:fill")]
    | Annotated[Move, Tag("kind:move")]
    | Annotated[GiveOwner, Tag("kind:assign")]
    | Annotated[Answer, Tag("kind:answer")]
    | Annotated[Approve, Tag("kind:approve")]
    | Annotated[Reject, Tag("kind:reject")]
    | Annotated[Press, Tag("kind:press")]
    | Annotated[GiveSignal, Tag("kind:signal")]
    | Annotated[Advance, Tag("kind:advance")]
    | Annotated[Delete, Tag("kind:delete")]
    | Annotated[Look, Tag("kind:expect")],
    Discriminator(
        by_key(_VERBS),
        custom_error_type="play",
        custom_error_message="a line of a play has one of these keys: " + ", ".join(_VERBS),
    ),
]


class Absence(Element):
    """Somebody is away, from one day to another, both included; None is open."""

    noun: ClassVar[str] = "absence"
    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")


class TeamOf(Element):
    """A team of the scenario; written as a list of ids, or with weights and a capacity as in config."""

    noun: ClassVar[str] = "team"
    members: UserIds
    weights: Mapping[int, int] = Field(default_factory=dict)
    capacity: int | None = None


def _team(value: Any) -> Any:
    return value if isinstance(value, dict | TeamOf) else {"members": value}


def _absences(value: Any) -> Any:
    """`[12, 13]` is away all the time; `{ 12 = { from = 2026-01-12, to = 2026-01-16 } }` on those days."""
    return {str(user): {} for user in value} if isinstance(value, list | tuple) else value


class Scenario(Element):
    """One test that an admin can read."""

    noun: ClassVar[str] = "scenario"
    name: Text
    item: Mapping[str, Any] = Field(default_factory=dict)
    """Standard names of the item, `fields = { … }`, `stage`; what is not given is null."""
    now: datetime | None = None
    """Default: Monday 2026-01-12 09:00 in the calendar's zone (Europe/Moscow)."""
    calendar: CalendarSpec | None = None
    people: Mapping[int, Person] = Field(default_factory=dict)
    roles: Mapping[str, UserIds] = Field(default_factory=dict)
    teams: Mapping[
        str, Annotated[TeamOf, BeforeValidator(_team, json_schema_input_type=tuple[int, ...] | TeamOf)]
    ] = Field(default_factory=dict)
    divisions: Mapping[str, int] = Field(default_factory=dict)
    """The head of each division."""
    load: Mapping[int, int] = Field(default_factory=dict)
    """How many open items each person has."""
    absent: Annotated[
        Mapping[int, Absence],
        BeforeValidator(_absences, json_schema_input_type=tuple[int, ...] | Mapping[int, Absence]),
    ] = Field(default_factory=dict)
    play: tuple[PlayLine, ...] = ()
