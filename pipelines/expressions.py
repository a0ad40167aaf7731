"""Expressions (CEL), compiled once when a definition is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Annotated, Any

import cel
from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

#: `("item", "amount")`
Path = tuple[str, ...]


class ExpressionError(ValueError):
    """An expression cannot be used; the message says what and where in it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds; `null_path` names what was empty where a value is needed ("" if nothing)."""

    holds: bool
    null_path: str = ""

    def __bool__(self) -> bool:
        return self.holds


@dataclass(frozen=True, slots=True)
class Expression:
    """One compiled expression. Equal when the text is equal."""

    text: str
    paths: tuple[Path, ...] = field(compare=False)
    _program: cel.Program = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Compile; ExpressionError says what is wrong."""
        return cls(text, (), cel.compile(text))

    def evaluate(self, scope: Mapping[str, Any], zone: tzinfo = UTC) -> Any:
        """The value: None, bool, int or float, str, aware datetime (UTC), timedelta, list.

        `scope` holds nested mappings by name: item, fields, owner, now, process, link. What it does not hold is
        null. A date counts as the start of that day in `zone`. Raises ExpressionError when it has no value.
        """
        raise NotImplementedError

    def holds(self, scope: Mapping[str, Any], zone: tzinfo = UTC) -> Verdict:
        """Whether it is true; null where a value is needed is false, and named. Never raises."""
        raise NotImplementedError

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _read, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "title": "Expression"}


def _read(value: object) -> Expression:
    if isinstance(value, Expression):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("expression", "expected an expression, as a text")
    try:
        return Expression.parse(value)
    except ExpressionError as mistake:
        raise PydanticCustomError("expression", "{mistake}", {"mistake": str(mistake)}) from None


def _literal(value: Any) -> Any:
    """A bare TOML value stands for itself."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Value = Annotated[Expression, BeforeValidator(_literal)]
