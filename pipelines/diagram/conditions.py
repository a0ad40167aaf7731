"""Conditions as people read them: titles for names, words for operators; else as they are written."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.actions import Create
from pipelines.definition import Definition
from pipelines.diagram.titles import field_title, plain, stage_title, step_title
from pipelines.diagram.words import WORDS, quoted, span, word
from pipelines.durations import Duration, Unit
from pipelines.engine.model import Language
from pipelines.expressions import Expression
from pipelines.kinds import STATUSES
from pipelines.syntax import PRECEDENCE, Binary, Call, Constant, Listing, Name, Node, Unary, rank

_SIGNS = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}


class NoWords(Exception):
    """A part of an expression that is better read as it is written."""


class Reader:
    """Reads the expressions of one definition aloud."""

    def __init__(
        self, definition: Definition, language: Language, pipelines: Mapping[str, Definition] | None = None
    ) -> None:
        self._definition = definition
        self._language = language
        self._pipelines = pipelines or {}

    def read(self, expression: Expression) -> str:
        """The expression in words, or as it is written."""
        try:
            return self._say(expression.tree)
        except NoWords:
            return expression.text

    def _say(self, node: Node) -> str:
        match node:
            case Binary(left=Name() as name, right=Constant() | Listing()):
                return self._compare(node, name)
            case Binary():
                return self._binary(node)
            case Unary(operator="!", operand=Name(path=("process", "open", _)) as name):
                return f"{self._name(name)} {self._word('is_not_open')}"
            case Unary(operator="!", operand=operand):
                return f"{self._word('not')} {self._part(operand, 6)}"
            case Name(path=("process", "open", _)):
                return f"{self._name(node)} {self._word('is_open')}"
            case Name():
                return self._name(node)
            case Constant():
                return self._constant(node, None)
            case Call(function="duration", arguments=(Constant(value=str(text)),)) if days := _days(text):
                return span(Duration(days, Unit.DAY), self._language)
            case Call(function="date" | "duration", arguments=(Constant(value=str(text)),)):
                return text
        raise NoWords

    def _compare(self, node: Binary, name: Name) -> str:
        """A name beside what is written out: a value, a list of them, nothing."""
        said, sign = self._name(name), node.operator
        match node.right:
            case Constant(value=None) if sign in ("==", "!="):
                return f"{said} {self._word('is_empty' if sign == '==' else 'is_filled')}"
            case Constant(value=True) if sign == "==" and ".".join(name.path) in WORDS:
                return said
            case Constant() as constant if sign in ("==", "!="):
                return f"{said} {_SIGNS[sign]} {self._constant(constant, name)}"
            case Listing(elements=elements) if sign == "in":
                words = ", ".join(self._element(each, name) for each in elements)
                return f"{said} {word('one_of', self._language, words=words)}"
        return self._binary(node)

    def _binary(self, node: Binary) -> str:
        own = PRECEDENCE[node.operator]
        words = {"&&": self._word("and"), "||": self._word("or"), "in": self._word("in")}
        sign = words.get(node.operator) or _SIGNS.get(node.operator, node.operator)
        right = own + (node.operator in ("-", "/", "%"))
        return f"{self._part(node.left, own)} {sign} {self._part(node.right, right)}"

    def _part(self, node: Node, own: int) -> str:
        said = self._say(node)
        return f"({said})" if isinstance(node, Binary) and rank(node) < own else said

    def _name(self, node: Name) -> str:
        match node.path:
            case ("fields", name):
                return quoted(field_title(self._definition, name, self._language), self._language)
            case ("item", name) if self._is_titled(name):
                return quoted(field_title(self._definition, name, self._language), self._language)
            case ("process", "visits_of", stage):
                title = stage_title(self._definition, stage, self._language)
                return word("visits_of", self._language, stage=quoted(title, self._language))
            case ("link", link, "status"):
                return quoted(self.link(link), self._language)
            case ("process", "outcome" | "open", step):
                found = self._definition.step(None, step)
                return quoted(step_title(found, self._language) if found else step, self._language)
        path = ".".join(node.path)
        return self._word(path) if path in WORDS else path

    def _element(self, node: Node, beside: Name) -> str:
        return self._constant(node, beside) if isinstance(node, Constant) else self._say(node)

    def link(self, link: str) -> str:
        """What a linked item is called: like its follow-on, or like the pipeline that it runs through."""
        follow_on = self._definition.follow_on(link)
        if follow_on is not None and follow_on.title is not None:
            return plain(follow_on.title, self._language)
        made = (each for each in self._definition.parts if isinstance(each, Create) and each.link == link)
        pipelines = (self._pipelines.get(each.pipeline or "") for each in made)
        found = next((pipeline for pipeline in pipelines if pipeline is not None), None)
        return plain(found.title, self._language) if found else link

    def _is_titled(self, name: str) -> bool:
        return field_title(self._definition, name, self._language) != name

    def _constant(self, node: Constant, beside: Name | None) -> str:
        value = node.value
        if isinstance(value, bool):
            return self._word("true" if value else "false")
        if isinstance(value, float):
            return f"{value:,.0f}".replace(",", " ") if value.is_integer() else str(value)
        if isinstance(value, str):
            return quoted(self._option(value, beside), self._language)
        return "null"

    def _option(self, value: str, beside: Name | None) -> str:
        """A value as it is called where it comes from: an option of a field, a result of a step."""
        match beside.path if beside else ():
            case ("fields", name) if (spec := self._definition.fields.get(name)) and value in spec.options:
                return spec.options[value].in_language(self._language)
            case ("link", _, "status") if value in STATUSES:
                return self._word(value)
            case ("process", "outcome", step_id) if step := self._definition.step(None, step_id):
                outcome = step.outcome(value)
                return outcome.title.in_language(self._language) if outcome and outcome.title else value
        return value

    def _word(self, name: str) -> str:
        return word(name, self._language)


def _days(text: str) -> int:
    """The whole days of a duration that is written in hours; 0 when it is not."""
    hours = text.removesuffix("h")
    return int(hours) // 24 if hours.isdecimal() and int(hours) % 24 == 0 else 0
