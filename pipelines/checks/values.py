"""Expressions and texts: paths that exist, operands that fit, values that fit where they go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.actions import Create, SetFields
from pipelines.checks.report import Report
from pipelines.definition import Schedule
from pipelines.durations import Duration
from pipelines.elements import Element
from pipelines.expressions import Expression
from pipelines.findings import nearest
from pipelines.kinds import ANY, BOOL, INSTANT, TEXT, Kind, UnknownName, Vocabulary
from pipelines.steps import Outcome, WaitStep
from pipelines.texts import Text
from pipelines.typecheck import type_problems
from pipelines.waiting import TimeSignal

#: What an expression under a key must give.
_EXPECTED = {
    "when": BOOL,
    "unless": BOOL,
    "due": INSTANT,
    "limit": INSTANT,
    "again": INSTANT,
    "at": INSTANT,
    "head_of": TEXT,
}


def check_values(report: Report) -> None:
    """Every expression and every text outside scenarios."""
    for element in report.definition.parts:
        vocabulary = report.vocabulary
        if isinstance(element, Schedule):
            vocabulary = vocabulary.for_schedule()
        for name, spec in type(element).model_fields.items():
            _check_value(report, element, spec.alias or name, getattr(element, name), vocabulary)
        if isinstance(element, Outcome | SetFields):
            _check_set(report, element, element.set)
        if isinstance(element, Create):
            for target, value in element.fields.items():
                _check_expression(report, element, f"fields.{target}", value, ANY, report.vocabulary)
        if isinstance(element, WaitStep) and isinstance(element.wait.signal, TimeSignal):
            _check_value(report, element.wait, "for", element.wait.signal.at, vocabulary)


def _check_value(report: Report, element: Element, key: str, value: Any, vocabulary: Vocabulary) -> None:
    if isinstance(value, Expression):
        _check_expression(report, element, key, value, _EXPECTED.get(key, INSTANT), vocabulary)
    elif isinstance(value, Text):
        _check_text(report, element, key, value)
    elif isinstance(value, tuple):
        for each in value:
            if isinstance(each, Text):
                _check_text(report, element, key, each)
    elif isinstance(value, Duration | Mapping):
        return


def _check_set(report: Report, element: Element, values: Mapping[str, Expression]) -> None:
    for target, value in values.items():
        kind = report.vocabulary.kind_of_target(target) or ANY
        _check_expression(report, element, f"set.{target}", value, kind, report.vocabulary)


def _check_expression(
    report: Report, element: Element, key: str, value: Expression, expected: Kind, vocabulary: Vocabulary
) -> None:
    if not report.knows(value):
        return
    for problem in type_problems(value, vocabulary, expected):
        if report.gaps.is_nameless and not problem.suggestion:
            continue
        report.error(element, key, problem.message, problem.suggestion)


def _check_text(report: Report, element: Element, key: str, text: Text) -> None:
    for path in text.placeholders:
        if report.gaps.lost.intersection(path.split(".")):
            continue
        try:
            kind = report.vocabulary.kind_of(tuple(path.split(".")))
        except UnknownName as mistake:
            report.error(element, key, f"{{{path}}}: {mistake}", mistake.suggestion)
        else:
            if kind.name == "record":
                inner = sorted(kind.keys)
                found = nearest("name", inner) or (inner[0] if inner else "")
                report.error(element, key, f"{{{path}}} is no single value", f"{path}.{found}")
