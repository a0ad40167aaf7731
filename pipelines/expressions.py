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
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Annotated, Any

import cel
from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from pipelines import syntax
from pipelines.syntax import Node

#: `("item", "amount")`
Path = tuple[str, ...]
MAX_RESULT_LENGTH = 10_000
_RUN_TIME = (TypeError, ValueError, KeyError, IndexError, RuntimeError, ArithmeticError)


class ExpressionError(ValueError):
    """An expression cannot be used, or has no value; the message says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds, and if it could not be told: the path that was empty, or the mistake."""

    holds: bool
    null_path: str = ""
    mistake: str = ""

    def __bool__(self) -> bool:
        return self.holds


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

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Compile; ExpressionError says what is wrong and where in the text."""
        try:
            tree = syntax.parse(text)
        except syntax.SyntaxMistake as mistake:
            raise ExpressionError(f"{mistake} in: {text[:120]}") from None
        paths = tuple(dict.fromkeys(node.path for node in syntax.walk(tree) if isinstance(node, syntax.Name)))
        writer = _Writer(paths)
        written = writer.write(tree)
        try:
            program = cel.compile(written)
        except ValueError as mistake:
            raise ExpressionError(f"cannot be compiled: {text[:120]}") from mistake
        expression = cls(text.strip(), paths, tree, tuple(_needed(tree)), writer.days, program)
        expression._try_constants()
        return expression

    def evaluate(self, scope: Mapping[str, Any], zone: tzinfo = UTC) -> Any:
        """The value: None, bool, int or float, str, aware datetime (UTC), timedelta, or a list of these.

        `scope` holds nested mappings by name: item, fields, owner, now, process, link. What it does not hold
        is null, and so is what is worked out from null. A date counts as the start of that day in `zone`.
        Raises ExpressionError when there is no value for another reason (an overflow, a text where a number
        belongs).
        """
        values = [_at(scope, path) for path in self.paths]
        try:
            return self._run(values, zone)
        except _RUN_TIME as mistake:
            if self._first_null(values):
                return None
            raise ExpressionError(f"{self.text}: {_first_line(mistake)}") from mistake

    def holds(self, scope: Mapping[str, Any], zone: tzinfo = UTC) -> Verdict:
        """Whether it is true. Null where a value is needed is false, and the path is named. Never raises."""
        values = [_at(scope, path) for path in self.paths]
        try:
            value = self._run(values, zone)
        except _RUN_TIME as mistake:
            null_path = self._first_null(values)
            return Verdict(False, null_path, "" if null_path else _first_line(mistake))
        if isinstance(value, bool):
            return Verdict(value)
        if value is None:
            return Verdict(False, self._first_null(values) or self.text)
        return Verdict(False, mistake=f"{self.text} is neither true nor false")

    def _run(self, values: list[Any], zone: tzinfo) -> Any:
        given = {f"v{number}": _to_cel(value, zone) for number, value in enumerate(values)}
        given |= {name: _to_cel(day, zone) for name, day in self._days.items()}
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
        return {"type": "string", "title": "Expression", "maxLength": syntax.MAX_LENGTH}


class _Writer:
    """Writes a tree as the CEL that is compiled: paths become variables, all numbers doubles."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._names = {path: f"v{number}" for number, path in enumerate(paths)}
        self.days: dict[str, date] = {}

    def write(self, node: Node) -> str:
        match node:
            case syntax.Constant(value=value):
                return json.dumps(value, ensure_ascii=False)
            case syntax.Name(path=path):
                return self._names[path]
            case syntax.Variable(path=path):
                return ".".join((f"each_{path[0]}", *path[1:]))
            case syntax.Select(of=of, key=key):
                return f"{self._write_closed(of)}.{key}"
            case syntax.Index(of=of, index=index):
                return f"{self._write_closed(of)}[int({self.write(index)})]"
            case syntax.Call():
                return self._write_call(node)
            case syntax.Macro(function=function, of=of, variable=variable, body=body):
                return f"{self._write_closed(of)}.{function}(each_{variable}, {self.write(body)})"
            case syntax.Unary(operator=operator, operand=operand):
                return f"{operator}({self.write(operand)})"
            case syntax.Binary():
                return self._write_binary(node)
            case syntax.Either(condition=condition, yes=yes, no=no):
                return f"(({self.write(condition)}) ? ({self.write(yes)}) : ({self.write(no)}))"
            case syntax.Listing(elements=elements):
                return f"[{', '.join(map(self.write, elements))}]"
        raise TypeError(node)

    def _write_closed(self, node: Node) -> str:
        written = self.write(node)
        return f"({written})" if isinstance(node, syntax.Binary | syntax.Unary) else written

    def _write_binary(self, node: syntax.Binary) -> str:
        if node.operator == "%":  # CEL knows remainders of whole numbers only
            return f"double(int({self.write(node.left)}) % int({self.write(node.right)}))"
        # No brackets around what stands left at the same rank: a long sum is no deep one.
        own = syntax.rank(node)
        left = self.write(node.left) if syntax.rank(node.left) >= own else self._write_closed(node.left)
        right = self.write(node.right) if syntax.rank(node.right) > own else self._write_closed(node.right)
        return f"{left} {node.operator} {right}"

    def _write_call(self, call: syntax.Call) -> str:
        if call.function == "date":
            return self._write_day(call)
        written = [self._write_closed(argument) for argument in call.arguments]
        match call.function:
            case "has":
                return f"({written[0]} != null)"
            case "int" | "size":
                return f"double({call.function}({written[0]}))"
            case "contains" | "startsWith" | "endsWith" | "matches":
                return f"{written[0]}.{call.function}({written[1]})"
        return f"{call.function}({', '.join(written)})"

    def _write_day(self, call: syntax.Call) -> str:
        match call.arguments[0]:
            case syntax.Constant(value=str(text)):
                try:
                    day = date.fromisoformat(text)
                except ValueError:
                    raise ExpressionError(f"date('{text}') is no day: write date('2026-01-31')") from None
                name = f"day{len(self.days)}"
                self.days[name] = day
                return name
        raise ExpressionError("date(…) takes a day in quotes: date('2026-01-31')")


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


def _at(scope: Mapping[str, Any], path: Path) -> Any:
    """The value at a path, null as soon as something on the way is null or not there."""
    value: Any = scope
    for key in path:
        if not isinstance(value, Mapping):
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
            return int(value) if value.is_integer() else value
        case str() | bytes():
            if len(value) > MAX_RESULT_LENGTH:
                raise ValueError(f"the result is longer than {MAX_RESULT_LENGTH} characters")
            return value
        case list():
            return [_from_cel(each) for each in value]
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
