"""What a pipeline can do at once: the tables in a `do` list, one class for each key that decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from pipelines.elements import Element, Id, by_key, by_word
from pipelines.expressions import Value
from pipelines.moments import Moment
from pipelines.recipients import OWNER, Recipient
from pipelines.texts import Text


class TaskSpec(Element):
    """A task in the CRM: what it says, for whom, due when."""

    noun: ClassVar[str] = "task"
    title: Text
    to: Recipient = OWNER
    due: Moment | None = None
    description: Text | None = None
    checklist: tuple[Text, ...] = ()
    priority: Literal["low", "normal", "high"] = "normal"


class SetFields(Element):
    """Fields of the item get values."""

    noun: ClassVar[str] = "set action"
    set: Mapping[str, Value]


class Assign(Element):
    """The item gets an owner: somebody, or whom the routes say."""

    noun: ClassVar[str] = "assign action"
    assign: Annotated[
        Annotated[Literal["routes"], Tag("kind:word")] | Annotated[Recipient, Tag("kind:other")],
        Discriminator(by_word("routes")),
    ]


class MakeTask(Element):
    """A task that is not a step: nothing waits for it."""

    noun: ClassVar[str] = "task action"
    task: TaskSpec


class Create(Element):
    """A record linked to the item; one that exists already is linked instead of made twice."""

    noun: ClassVar[str] = "create action"
    create: Literal["company", "contact", "invoice", "item"]
    pipeline: str | None = None
    type: str | None = None
    fields: Mapping[str, Value] = Field(default_factory=dict)
    link: Id | None = Field(default=None, alias="as")


class Comment(Element):
    """A line in the item's timeline."""

    noun: ClassVar[str] = "comment action"
    comment: Text


class Notify(Element):
    """A message inside the CRM."""

    noun: ClassVar[str] = "notify action"
    notify: Recipient
    text: Text


class EmailSpec(Element):
    """A letter written in the definition."""

    noun: ClassVar[str] = "email"
    to: Annotated[
        Annotated[Literal["contact", "company"], Tag("kind:word")] | Annotated[Recipient, Tag("kind:other")],
        Discriminator(by_word("contact", "company")),
    ] = "contact"
    subject: Text
    body: Text


class Email(Element):
    """A letter: written here, or a template of config by name."""

    noun: ClassVar[str] = "email action"
    email: Annotated[
        Annotated[str, Tag("kind:word")] | Annotated[EmailSpec, Tag("kind:other")], Discriminator(by_word())
    ]


class SmsSpec(Element):
    noun: ClassVar[str] = "sms"
    workflow: str


class Sms(Element):
    """A text message: a portal workflow, by its name in config (the CRM has no call that sends one)."""

    noun: ClassVar[str] = "sms action"
    sms: Annotated[
        Annotated[str, Tag("kind:word")] | Annotated[SmsSpec, Tag("kind:other")], Discriminator(by_word())
    ]

    @property
    def workflow(self) -> str:
        return self.sms if isinstance(self.sms, str) else self.sms.workflow


class DocumentSpec(Element):
    noun: ClassVar[str] = "document"
    template: str | int


class Document(Element):
    """A document from a template, by its name in config or its id in the portal."""

    noun: ClassVar[str] = "document action"
    document: Annotated[
        Annotated[str | int, Tag("kind:word")] | Annotated[DocumentSpec, Tag("kind:other")],
        Discriminator(by_word()),
    ]

    @property
    def template(self) -> str | int:
        return self.document.template if isinstance(self.document, DocumentSpec) else self.document


class Signal(Element):
    """A signal to this process: what waits for `signal:<name>` goes on."""

    noun: ClassVar[str] = "signal action"
    signal: Id


class CallOut(Element):
    """An outgoing HTTP call to an address listed in config, by its name there."""

    noun: ClassVar[str] = "call action"
    call: str


class FollowOnAction(Element):
    """A follow-on of this file, made now."""

    noun: ClassVar[str] = "follow-on action"
    follow_on: str


_KINDS: dict[str, type[Element]] = {
    "set": SetFields,
    "assign": Assign,
    "task": MakeTask,
    "create": Create,
    "comment": Comment,
    "notify": Notify,
    "email": Email,
    "sms": Sms,
    "document": Document,
    "signal": Signal,
    "call": CallOut,
    "follow_on": FollowOnAction,
}


Action = Annotated[
    Annotated[SetFields, Tag("kind:set")]
    | Annotated[Assign, Tag("kind:assign")]
    | Annotated[MakeTask, Tag("kind:task")]
    | Annotated[Create, Tag("kind:create")]
    | Annotated[Comment, Tag("kind:comment")]
    | Annotated[Notify, Tag("kind:notify")]
    | Annotated[Email, Tag("kind:email")]
    | Annotated[Sms, Tag("kind:sms")]
    | Annotated[Document, Tag("kind:document")]
    | Annotated[Signal, Tag("kind:signal")]
    | Annotated[CallOut, Tag("kind:call")]
    | Annotated[FollowOnAction, Tag("kind:follow_on")],
    Discriminator(
        by_key(_KINDS),
        custom_error_type="action",
        custom_error_message="an action has one of these keys: " + ", ".join(_KINDS),
    ),
]
Actions = tuple[Action, ...]
