"""What asks whether a yes/no field is empty: in the CRM it never is, it says no until somebody says yes.

Offline such a gate refuses and such a wait waits, through a portal they never do; the two would differ.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipelines import syntax
from pipelines.checks.report import Report
from pipelines.elements import Element
from pipelines.expressions import Expression
from pipelines.steps import FormStep, WaitStep
from pipelines.waiting import FieldSignal

_KEYS = ("require", "require_on_enter")
_NEVER_EMPTY = "is a yes/no field, which the CRM never leaves empty"


def check_required(report: Report) -> None:
    """Gates, forms, waits and conditions that a yes/no field makes idle."""
    for element in report.definition.parts:
        for key in _KEYS:
            _check_gate(report, element, key, getattr(element, key, ()))
        if isinstance(element, FormStep) and not element.form.is_written:
            _check_gate(report, element, "form", element.form.require)
        if isinstance(element, WaitStep) and isinstance(element.wait.signal, FieldSignal):
            _check_gate(report, element.wait, "for", [element.wait.signal.field])
        for key in ("when", "unless"):
            condition = getattr(element, key, None)
            if isinstance(condition, Expression):
                _check_condition(report, element, key, condition)


def _check_gate(report: Report, element: Element, key: str, names: Iterable[str]) -> None:
    if not element.is_written:
        return
    for name in names:
        if _is_yes_no(report, name):
            report.warn(
                element,
                key,
                f'"{name}" {_NEVER_EMPTY}: nothing is ever missing here. '
                f"Put the question with `ask`, or use a choice of yes and no",
            )


def _check_condition(report: Report, element: Element, key: str, condition: Expression) -> None:
    for node in syntax.walk(condition.tree):
        match node:
            case (
                syntax.Binary(
                    operator="==" | "!=" as operator,
                    left=syntax.Name(path=("fields", name)),
                    right=syntax.Constant(value=None),
                )
                | syntax.Binary(
                    operator="==" | "!=" as operator,
                    left=syntax.Constant(value=None),
                    right=syntax.Name(path=("fields", name)),
                )
            ) if _is_yes_no(report, name):
                outcome = "never" if operator == "==" else "always"
                report.warn(element, key, f'"{name}" {_NEVER_EMPTY}: this {outcome} holds there')


def _is_yes_no(report: Report, name: str) -> bool:
    spec = report.definition.fields.get(name)
    return spec is not None and spec.type == "bool"
