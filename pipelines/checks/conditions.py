"""Conditions that can never hold, and transitions that no card can ever make.

`when = "false"` is a way to forbid a move with a reason, so it is taken as meant. What contradicts itself is
not: a field that equals two words at once, a number above ten and below five, null and something.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelines import syntax
from pipelines.checks.report import Report
from pipelines.definition import Transition
from pipelines.expressions import Expression
from pipelines.syntax import Node, Path

_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


def check_conditions(report: Report) -> None:
    """Every `when` and `unless`, and the pairs of stages of transitions."""
    for element in report.definition.parts:
        for key in ("when", "unless"):
            condition = getattr(element, key, None)
            if isinstance(condition, Expression) and (why := contradiction(condition)):
                report.error(element, key, f"this can never hold: {why}")
    for transition in report.definition.transitions:
        _check_pairs(report, transition)


def _check_pairs(report: Report, transition: Transition) -> None:
    if set(transition.sources) == set(transition.to) and len(transition.to) == 1 and "*" not in transition.to:
        report.error(transition, "to", f'a move from "{transition.to[0]}" to itself is none')
    for source in transition.sources:
        stage = report.definition.stage(source)
        if stage is not None and stage.lock and stage.unless is None:
            report.error(transition, "from", f'"{source}" is locked: no card ever makes this move')


def contradiction(condition: Expression) -> str:
    """Why a condition can never hold, or "" when nothing is known against it."""
    bounds: dict[Path, _Bounds] = {}
    for path, operator, value in _facts(condition.tree):
        why = bounds.setdefault(path, _Bounds()).narrow(operator, value)
        if why:
            return f"{'.'.join(path)} {why}"
    return ""


def _facts(node: Node) -> Iterator[tuple[Path, str, str | float | bool | None]]:
    """Comparisons of a path with a constant that must all hold."""
    match node:
        case syntax.Binary(operator="&&", left=left, right=right):
            yield from _facts(left)
            yield from _facts(right)
        case syntax.Binary(
            operator=operator, left=syntax.Name(path=path), right=syntax.Constant(value=value)
        ):
            if operator in _MIRRORED:
                yield path, operator, value
        case syntax.Binary(
            operator=operator, left=syntax.Constant(value=value), right=syntax.Name(path=path)
        ):
            if operator in _MIRRORED:
                yield path, _MIRRORED[operator], value


@dataclass
class _Bounds:
    """What is left for the value of one path."""

    is_set: bool = False
    value: str | float | bool | None = None
    not_values: set[str | float | bool | None] = field(default_factory=set)
    above: float = float("-inf")
    below: float = float("inf")
    is_above_open: bool = False
    is_below_open: bool = False

    def narrow(self, operator: str, value: str | float | bool | None) -> str:
        """Take one more comparison in; why nothing is left, or ""."""
        if operator == "==":
            if self.is_set and self.value != value:
                return f"cannot be {_show(self.value)} and {_show(value)} at once"
            self.is_set, self.value = True, value
        elif operator == "!=":
            self.not_values.add(value)
        elif isinstance(value, float):
            self._narrow_range(operator, value)
        return self._nothing_left()

    def _narrow_range(self, operator: str, value: float) -> None:
        self.not_values.add(None)
        if operator in (">", ">=") and value >= self.above:
            self.is_above_open = operator == ">" or (self.is_above_open and value == self.above)
            self.above = value
        if operator in ("<", "<=") and value <= self.below:
            self.is_below_open = operator == "<" or (self.is_below_open and value == self.below)
            self.below = value

    def _nothing_left(self) -> str:
        if self.is_set and self.value in self.not_values:
            return f"cannot be {_show(self.value)} and something else at once"
        if self.is_set and isinstance(self.value, float) and not self._is_inside(self.value):
            return f"cannot be {_show(self.value)} and outside of it at once"
        if self.above > self.below or (
            self.above == self.below and (self.is_above_open or self.is_below_open)
        ):
            return f"cannot be above {_show(self.above)} and below {_show(self.below)} at once"
        return ""

    def _is_inside(self, value: float) -> bool:
        return self.above <= value <= self.below


def _show(value: str | float | bool | None) -> str:
    if value is None:
        return "null"
    return f"{value:g}" if isinstance(value, float) else repr(value)
