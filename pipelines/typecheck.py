"""A small type checker for expressions: names that exist, operands that fit, words that a choice has.

Not checked, because it is only known when the expression runs: values of kind any (fields that link records,
files), whether an index is inside its list, overflow, division by zero. Null fits everywhere: a condition
that meets it where a value is needed is false.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines import syntax
from pipelines.expressions import Expression
from pipelines.findings import nearest
from pipelines.kinds import ANY, BOOL, DATE, INSTANT, NULL, NUMBER, SPAN, TEXT, Kind, UnknownName, Vocabulary
from pipelines.syntax import Node

_LOOSE = frozenset({"any", "null"})
_TIMES = frozenset({"date", "instant"})
_ORDERED = frozenset({"number", "text", "date", "instant", "span"})
_SUMS = {
    ("number", "number"): NUMBER,
    ("text", "text"): TEXT,
    ("span", "span"): SPAN,
    ("instant", "span"): INSTANT,
    ("date", "span"): INSTANT,
    ("span", "instant"): INSTANT,
    ("span", "date"): INSTANT,
}
_DIFFERENCES = {
    ("number", "number"): NUMBER,
    ("span", "span"): SPAN,
    ("instant", "span"): INSTANT,
    ("date", "span"): INSTANT,
    **{(left, right): SPAN for left in _TIMES for right in _TIMES},
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in an expression."""

    message: str
    suggestion: str = ""


def type_problems(
    expression: Expression, vocabulary: Vocabulary, expected: Kind | None = None
) -> list[Problem]:
    """What is wrong with an expression whose value must fit `expected` (None: anything)."""
    checker = _Checker(vocabulary)
    kind = checker.kind_of(expression.tree)
    if expected is not None and not checker.problems and not _fits(kind, expected):
        checker.complain(f"{expression.text} gives {kind}, expected {expected}")
    elif expected is not None and expected.options is not None:
        checker.check_words(expression.tree, expected)
    return checker.problems


def kind_of(expression: Expression, vocabulary: Vocabulary) -> Kind:
    """What an expression gives, as far as it can be told."""
    return _Checker(vocabulary).kind_of(expression.tree)


class _Checker:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._variables: dict[str, Kind] = {}
        self.problems: list[Problem] = []

    def complain(self, message: str, suggestion: str = "") -> Kind:
        self.problems.append(Problem(message, suggestion))
        return ANY

    def kind_of(self, node: Node) -> Kind:
        match node:
            case syntax.Constant(value=value):
                return NULL if value is None else {bool: BOOL, str: TEXT}.get(type(value), NUMBER)
            case syntax.Name(path=path):
                return self._kind_of_name(path)
            case syntax.Variable(path=path):
                return self._keys(self._variables.get(path[0], ANY), path[1:])
            case syntax.Select(of=of, key=key):
                return self._keys(self.kind_of(of), (key,))
            case syntax.Index(of=of, index=index):
                self._need(index, NUMBER, "an index")
                return self._element(of, "[…]")
            case syntax.Call():
                return self._kind_of_call(node)
            case syntax.Macro():
                return self._kind_of_macro(node)
            case syntax.Unary(operator=operator, operand=operand):
                return self._need(operand, BOOL if operator == "!" else NUMBER, f'"{operator}"')
            case syntax.Binary():
                return self._kind_of_binary(node)
            case syntax.Either(condition=condition, yes=yes, no=no):
                self._need(condition, BOOL, "what stands before ?")
                return self._common(self.kind_of(yes), self.kind_of(no))
            case syntax.Listing(elements=elements):
                kinds = [self.kind_of(element) for element in elements]
                return Kind("list", element=kinds[0] if len({kind.name for kind in kinds}) == 1 else ANY)
        raise TypeError(node)

    def _kind_of_name(self, path: tuple[str, ...]) -> Kind:
        try:
            return self._vocabulary.kind_of(path)
        except UnknownName as mistake:
            return self.complain(str(mistake), mistake.suggestion)

    def _keys(self, kind: Kind, keys: tuple[str, ...]) -> Kind:
        for key in keys:
            if kind.name in _LOOSE:
                return ANY
            if key not in kind.keys:
                return self.complain(f'{kind} has no "{key}"', nearest(key, kind.keys))
            kind = kind.keys[key]
        return kind

    def _need(self, node: Node, expected: Kind, who: str) -> Kind:
        found = self.kind_of(node)
        if not _fits(found, expected):
            self.complain(f"{who} needs {expected}, found {found}")
        return expected

    def _element(self, of: Node, who: str) -> Kind:
        found = self.kind_of(of)
        if found.name not in {"list", *_LOOSE}:
            return self.complain(f"{who} needs a list, found {found}")
        return found.element or ANY

    def _kind_of_binary(self, node: syntax.Binary) -> Kind:
        if node.operator in ("&&", "||"):
            self._need(node.left, BOOL, f'"{node.operator}"')
            return self._need(node.right, BOOL, f'"{node.operator}"')
        left, right = self.kind_of(node.left), self.kind_of(node.right)
        if node.operator == "in":
            return self._kind_of_in(node, left, right)
        if node.operator in ("==", "!="):
            return self._kind_of_equality(node, left, right)
        if node.operator in ("<", "<=", ">", ">="):
            if not _comparable(left, right) or not {left.name, right.name} <= _ORDERED | _LOOSE:
                self.complain(f'"{node.operator}" cannot compare {left} with {right}')
            return BOOL
        return self._kind_of_sum(node.operator, left, right)

    def _kind_of_sum(self, operator: str, left: Kind, right: Kind) -> Kind:
        if left.name in _LOOSE or right.name in _LOOSE:
            return ANY
        results = {"+": _SUMS, "-": _DIFFERENCES}.get(operator, {("number", "number"): NUMBER})
        if operator == "+" and left.name == right.name == "list":
            return left
        if (left.name, right.name) not in results:
            return self.complain(f'"{operator}" has no meaning between {left} and {right}')
        return results[left.name, right.name]

    def _kind_of_equality(self, node: syntax.Binary, left: Kind, right: Kind) -> Kind:
        if not _comparable(left, right):
            self.complain(f'"{node.operator}" compares {left} with {right}, which are never equal')
        else:
            self.check_words(node.right, left)
            self.check_words(node.left, right)
        return BOOL

    def _kind_of_in(self, node: syntax.Binary, left: Kind, right: Kind) -> Kind:
        if right.name not in {"list", *_LOOSE}:
            self.complain(f'"in" needs a list on the right, found {right}')
        elif right.element is not None and not _comparable(left, right.element):
            self.complain(f'"in" looks for {left} among values of another kind ({right.element})')
        elif isinstance(node.right, syntax.Listing):
            for element in node.right.elements:
                self.check_words(element, left)
        elif right.element is not None:
            self.check_words(node.left, right.element)
        return BOOL

    def check_words(self, node: Node, kind: Kind) -> None:
        """A text in quotes that stands where one of certain words must."""
        for word in _words(node):
            if kind.options is not None and word not in kind.options:
                known = sorted(kind.options)
                self.complain(f'"{word}" is none of: {", ".join(known)}', nearest(word, known))

    def _kind_of_macro(self, node: syntax.Macro) -> Kind:
        element = self._element(node.of, f'"{node.function}"')
        self._variables = {node.variable: element}
        if node.function == "map":
            return Kind("list", element=self.kind_of(node.body))
        self._need(node.body, BOOL, f'"{node.function}"')
        return Kind("list", element=element) if node.function == "filter" else BOOL

    def _kind_of_call(self, call: syntax.Call) -> Kind:
        first = call.arguments[0]
        match call.function:
            case "has":
                self.kind_of(first)
                if not isinstance(first, syntax.Name):
                    self.complain("has(…) takes a path, such as has(item.company)")
                return BOOL
            case "size":
                # The package counts the bytes of a text, not its characters.
                self._element(first, "size(…)")
                return NUMBER
            case "contains" | "startsWith" | "endsWith" | "matches":
                self._need(first, TEXT, call.function)
                self._need(call.arguments[1], TEXT, call.function)
                return BOOL
            case "double" | "int":
                self.kind_of(first)
                return NUMBER
            case "string":
                self.kind_of(first)
                return TEXT
        self._need(first, TEXT, call.function)
        return {"duration": SPAN, "date": DATE}.get(call.function, INSTANT)

    def _common(self, yes: Kind, no: Kind) -> Kind:
        if yes.name == "null" or no.name == "null":
            return no if yes.name == "null" else yes
        return yes if yes.name == no.name else ANY


def _words(node: Node) -> Iterator[str]:
    match node:
        case syntax.Constant(value=str(word)):
            yield word
        case syntax.Either(yes=yes, no=no):
            yield from _words(yes)
            yield from _words(no)
        case syntax.Listing(elements=elements):
            for element in elements:
                yield from _words(element)


def _comparable(left: Kind, right: Kind) -> bool:
    names = {left.name, right.name}
    return len(names) == 1 or bool(names & _LOOSE) or names <= _TIMES


def _fits(found: Kind, expected: Kind) -> bool:
    if expected.name == "list" and found.name == "list":
        return _fits(found.element or ANY, expected.element or ANY)
    # A record stands for the id of its card where a number is meant, and the other way round.
    if {found.name, expected.name} == {"record", "number"}:
        return True
    return _comparable(found, expected)
