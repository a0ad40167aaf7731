"""How a tree is written for the CEL package: paths become variables, and all numbers doubles."""

from __future__ import annotations

import json
from datetime import date

from pipelines import syntax
from pipelines.syntax import Node, Path


class NoSuchDay(ValueError):
    """What `date(…)` was given is no day."""


class Writer:
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
        if node.operator == "/" and isinstance(node.right, syntax.Name):
            # Doubles divide by zero into infinity, which would be more than any limit; whole numbers refuse.
            divisor = self.write(node.right)
            return f"{self._write_closed(node.left)} / ({divisor} == 0.0 ? double(1 / 0) : {divisor})"
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
                    raise NoSuchDay(f"date('{text}') is no day: write date('2026-01-31')") from None
                name = f"day{len(self.days)}"
                self.days[name] = day
                return name
        raise NoSuchDay("date(…) takes a day in quotes: date('2026-01-31')")
