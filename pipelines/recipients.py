"""Who: the values of `to`, as an admin writes them (`"owner"`, `{ role = "lawyer" }`, `{ team = … }`)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Discriminator, Field, GetJsonSchemaHandler, Tag, model_validator
from pydantic_core import CoreSchema

from pipelines.elements import Element
from pipelines.expressions import Expression

#: owner: of the item · actor: who gave the last signal (for the connector itself, the owner) · creator: of
#: the item · head: of the owner's department.
PersonName = Literal["owner", "actor", "creator", "head"]


class ToPerson(Element):
    """A person that the item itself leads to; written as a bare name."""

    noun: ClassVar[str] = "recipient"
    name: PersonName

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"enum": list(get_args(PersonName)), "title": "Person"}

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class ToUser(Element):
    """One person of the portal, by id."""

    noun: ClassVar[str] = "recipient"
    user: int = Field(gt=0)


class ToRole(Element):
    """Whoever holds a role of config; several holders: the first who is not absent."""

    noun: ClassVar[str] = "recipient"
    role: str


class ToField(Element):
    """The person in a field of type user."""

    noun: ClassVar[str] = "recipient"
    field: str


class ToHeadOf(Element):
    """The head of a division of config; `otherwise` (written `else`) when there is none."""

    noun: ClassVar[str] = "recipient"
    head_of: Expression
    otherwise: PersonName | None = Field(default=None, alias="else")


class ToTeam(Element):
    """One member of a team of config; absent and over-capacity people are skipped."""

    noun: ClassVar[str] = "recipient"
    team: str
    by: Literal["round_robin", "least_loaded", "weighted"] = "round_robin"


_KEYS = ("user", "role", "field", "head_of", "team")


def _kind(value: Any) -> str:
    if isinstance(value, Element):
        return next((f"kind:{key}" for key in _KEYS if key in type(value).model_fields), "kind:person")
    if isinstance(value, dict):
        return next((f"kind:{key}" for key in _KEYS if key in value), "unknown")
    return "kind:person"


Recipient = Annotated[
    Annotated[ToPerson, Tag("kind:person")]
    | Annotated[ToUser, Tag("kind:user")]
    | Annotated[ToRole, Tag("kind:role")]
    | Annotated[ToField, Tag("kind:field")]
    | Annotated[ToHeadOf, Tag("kind:head_of")]
    | Annotated[ToTeam, Tag("kind:team")],
    Discriminator(
        _kind,
        custom_error_type="recipient",
        custom_error_message='expected "owner", "actor", "creator", "head", or a table with one of '
        "user, role, field, head_of, team",
    ),
]
OWNER = ToPerson(name="owner")
