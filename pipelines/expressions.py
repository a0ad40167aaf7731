"""Expressions: conditions and values that an admin writes in CEL, compiled once when a file is loaded.

What differs from plain CEL, so that an admin need not think of it: every number is a double
(`item.amount > 0` works), every declared name exists and an empty one is null on the whole way down a path, a
`date('2026-01-31')` counts as the start of that day in the portal's zone. Only the paths that an expression
names go into the evaluator. There is no clock but `now`, no loop but the macros over a list of the item, no
side effect.

Compiling finds wrong syntax and sizes; wrong names and types are found by `typecheck`, as far as types are
known. A mistake that only shows when it runs makes a condition false, and the verdict says so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from pipelines import parser, syntax
from pipelines.cel_text import NoSuchDay, Writer
from pipelines.evaluator import cel
from pipelines.syntax import Node, Path

MAX_RESULT_LENGTH = 10_000
_RUN_TIME = (TypeError, ValueError, KeyError, IndexError, RuntimeError, ArithmeticError)


class ExpressionError(ValueError):
    """An expression cannot be used, or has no value; the message says why."""


class Verdict(NamedTuple):
    """Whether a condition holds, and if it could not be told: the path that was empty, or the mistake."""

    holds: bool
    null_path: str = ""
    mistake: str = ""

    def __bool__(self) -> bool:
        return self.holds


HOLDS = Verdict(True)
FAILS = Verdict(False)


@dataclass(frozen=True, slots=True)
class Expression:
    """One compiled expression. Equal when the text is equal."""

    text: str
    #: What is given to the evaluator, listed once.
    paths: tuple[Path, ...] = field(compare=False)
    tree: Node = field(compare=False, repr=False)
    #: Paths that a value is needed of, in the order of the text.
    _needed: tuple[Path, ...] = field(compare=False, repr=False)
    _days: Mapping[str, date] = field(compare=False, repr=False)
    _program: cel.Program = field(compare=False, repr=False)
    #: It is a path and nothing else, and its value what stands there.
    _is_path: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_is_path", isinstance(self.tree, syntax.Name))

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Compile; ExpressionError says what is wrong and where in the text."""
        try:
            tree = parser.parse(text)
        except parser.SyntaxMistake as mistake:
            raise ExpressionError(f"{mistake} in: {text[:120]}") from None
        paths = tuple(dict.fromkeys(node.path for node in syntax.walk(tree) if isinstance(node, syntax.Name)))
        writer = Writer(paths)
        try:
            program = cel.compile(writer.write(tree))
        except NoSuchDay as mistake:
            raise ExpressionError(str(mistake)) from None
        except ValueError as mistake:
            raise ExpressionError(f"cannot be compiled: {text[:120]}") from mistake
        expression = cls(text.strip(), paths, tree, tuple(_needed(tree)), writer.days, program)
        expression._try_constants()
        return expression

    def evaluate(self, scope: Mapping[str, Any], zone: tzinfo = UTC) -> Any:
        """The value: None, bool, int or float, str, aware datetime (UTC), timedelta, a list or a dict.

        `scope` holds nested mappings by name: item, fields, owner, now, process, link. What it does not hold
        is null, and so is what is worked out from null. A date counts as the start of that day in `zone`.
        Raises ExpressionError when there is no value for another reason (an overflow, a text where a number
        belongs).
        """
        values = [look_up(scope, path) for path in self.paths]
        try:
            return self._run(values, zone)
        except _RUN_TIME as mistake:
            if self._first_null(values):
                return None
            raise ExpressionError(f"{self.text}: {_first_line(mistake)}") from mistake

    def holds(self, scope: Mapping[str, Any], zone: tzinfo = UTC) -> Verdict:
        """Whether it is true. Null where a value is needed is false, and the path is named. Never raises."""
        values = [look_up(scope, path) for path in self.paths]
        try:
            value = self._run(values, zone)
        except _RUN_TIME as mistake:
            null_path = self._first_null(values)
            return Verdict(False, null_path, "" if null_path else _first_line(mistake))
        if isinstance(value, bool):
            return HOLDS if value else FAILS
        if value is None:
            return Verdict(False, self._first_null(values) or self.text)
        return Verdict(False, mistake=f"{self.text} is neither true nor false")

    def _run(self, values: list[Any], zone: tzinfo) -> Any:
        if self._is_path:
            return _from_cel(_to_cel(values[0], zone))
        given = {f"v{number}": _to_cel(value, zone) for number, value in enumerate(values)}
        for name, day in self._days.items():
            given[name] = _to_cel(day, zone)
        return _from_cel(self._program.execute(given))

    def _first_null(self, values: list[Any]) -> str:
        empty = {path for path, value in zip(self.paths, values, strict=True) if value is None}
        return next((".".join(path) for path in self._needed if path in empty), "")

    def _try_constants(self) -> None:
        """Refuse what can never have a value: `duration('2 days')`, a pattern that is none."""
        for node in syntax.walk(self.tree):
            if isinstance(node, syntax.Call) and node.function in ("duration", "timestamp", "matches"):
                _try_constant(node)

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
        return {"type": "string", "title": "Expression", "maxLength": parser.MAX_LENGTH}


def _needed(node: Node) -> list[Path]:
    """Paths where null has no meaning: all but the sides of == and !=, and what `has` is asked of."""
    match node:
        case syntax.Name(path=path):
            return [path]
        case syntax.Binary(operator="==" | "!=", left=left, right=right):
            sides = (side for side in (left, right) if not isinstance(side, syntax.Name))
            return [path for side in sides for path in _needed(side)]
        case syntax.Call(function="has"):
            return []
    return list(dict.fromkeys(path for child in syntax.children(node) for path in _needed(child)))


def _try_constant(call: syntax.Call) -> None:
    constant = call.arguments[-1]
    if not isinstance(constant, syntax.Constant) or not isinstance(constant.value, str):
        raise ExpressionError(f"{call.function}(…) takes a text in quotes here")
    text = json.dumps(constant.value, ensure_ascii=False)
    trial = f"''.matches({text})" if call.function == "matches" else f"{call.function}({text})"
    example = {"duration": "duration('24h')", "timestamp": "timestamp('2026-01-31T09:00:00+03:00')"}
    try:
        cel.evaluate(trial)
    except _RUN_TIME:
        expected = example.get(call.function, "a regular expression (RE2)")
        raise ExpressionError(f"{call.function}({text}) has no value: expected {expected}") from None


def look_up(scope: Mapping[str, Any], path: Path) -> Any:
    """The value at a path, null as soon as something on the way is null or not there."""
    value: Any = scope.get(path[0])
    for key in path[1:]:
        # Every dict is a Mapping, but to ask an abstract class costs as much as all the rest.
        if type(value) is not dict and not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _to_cel(value: Any, zone: tzinfo) -> Any:
    match value:
        case None | bool() | str() | timedelta():
            return value
        case int() | float() | Decimal():
            return float(value)
        case datetime():
            if value.tzinfo is None:
                raise ValueError(f"an instant without a time zone: {value.isoformat()}")
            return value.astimezone(UTC)
        case date():
            return datetime.combine(value, time(), zone).astimezone(UTC)
        case Mapping():
            return {str(key): _to_cel(each, zone) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_to_cel(each, zone) for each in value]
    raise ValueError(f"a {type(value).__name__} is no value of an expression")


def _from_cel(value: Any) -> Any:
    match value:
        case bool():
            return value
        case float():
            if not math.isfinite(value):
                raise ValueError("the result is no number: a division by zero, or too large")
            return int(value) if value.is_integer() else value
        case str():
            if len(value) > MAX_RESULT_LENGTH:
                raise ValueError(f"the result is longer than {MAX_RESULT_LENGTH} characters")
            return value
        case datetime():
            return value.astimezone(UTC)
        case list():
            return [_from_cel(each) for each in value]
        case dict():
            return {key: _from_cel(each) for key, each in value.items()}
    return value


def _first_line(mistake: Exception) -> str:
    return (str(mistake).splitlines() or [type(mistake).__name__])[0][:200]


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
    """A bare value of TOML stands for itself."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case datetime():
            return f"timestamp('{value.isoformat()}')"
        case date():
            return f"date('{value.isoformat()}')"
    return value


#: What a field is set to: an expression, or a bare value.
Value = Annotated[
    Expression, BeforeValidator(_literal, json_schema_input_type=str | float | bool | datetime | date)
]
