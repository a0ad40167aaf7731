"""Reads expressions: the part of CEL that a pipeline may use.

What this grammar does not know (bytes, maps, unsigned numbers, macros inside macros, functions that the
package lacks) is refused with a message that says where; the rest is compiled by `expressions`.
Grammar: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.syntax import (
    PRECEDENCE,
    Binary,
    Call,
    Constant,
    Either,
    Index,
    Listing,
    Macro,
    Name,
    Node,
    Select,
    Unary,
    Variable,
    walk,
)

MAX_LENGTH, MAX_DEPTH, MAX_NODES = 500, 20, 200
#: Functions with the number of arguments (a method's target counts).
FUNCTIONS = {
    "size": 1,
    "contains": 2,
    "startsWith": 2,
    "endsWith": 2,
    "matches": 2,
    "duration": 1,
    "timestamp": 1,
    "date": 1,
    "double": 1,
    "int": 1,
    "string": 1,
    "has": 1,
}
MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})
_TOKEN = re.compile(
    r"""(?P<space>(?:\s|//[^\n]*)+)
      | (?P<number>(?:\d+\.\d+|\d+)(?:[eE][+-]?\d+)?)
      | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}])""",
    re.VERBOSE | re.ASCII,
)
_CONSTANTS = {"true": True, "false": False, "null": None}


class SyntaxMistake(ValueError):
    """The text is no expression of ours."""


def parse(text: str) -> Node:
    """The tree of an expression; SyntaxMistake says what is wrong and where."""
    if len(text) > MAX_LENGTH:
        raise SyntaxMistake(f"an expression has at most {MAX_LENGTH} characters, this one has {len(text)}")
    parser = _Parser(text)
    tree = parser.read_whole()
    count = sum(1 for _ in walk(tree))
    if count > MAX_NODES:
        raise SyntaxMistake(f"an expression has at most {MAX_NODES} parts, this one has {count}")
    return tree


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            hint = f'; did you mean "{text[at] * 2}"?' if text[at] in "=&|" else ""
            raise SyntaxMistake(f'"{text[at]}" at character {at + 1} is not understood{hint}')
        at = found.end()
        if found.lastgroup and found.lastgroup != "space":
            yield _Token(found.lastgroup, found[0], found.start())
    yield _Token("end", "", len(text))


class _Parser:
    """Reads one expression by precedence climbing; depth is counted on the way down."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0
        self._bound: str | None = None

    def read_whole(self) -> Node:
        tree = self._expression()
        if self._peek.kind != "end":
            raise self._unexpected("the end or an operator")
        return tree

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._peek
        self._next += token.kind != "end"
        return token

    def _takes(self, sign: str) -> bool:
        found = self._peek.kind != "text" and self._peek.text == sign
        self._next += found
        return found

    def _need(self, sign: str) -> None:
        if not self._takes(sign):
            raise self._unexpected(f'"{sign}"')

    def _unexpected(self, expected: str) -> SyntaxMistake:
        token = self._peek
        found = f'"{token.text}"' if token.text else "the end"
        return SyntaxMistake(f"expected {expected} at character {token.at + 1}, found {found}")

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise SyntaxMistake(f"an expression is nested at most {MAX_DEPTH} deep")
        at = self._peek.at
        tree = self._binary(1)
        if self._takes("?"):
            yes = self._expression()
            self._need(":")
            tree = Either(at, tree, yes, self._expression())
        self._depth -= 1
        return tree

    def _binary(self, lowest: int) -> Node:
        at = self._peek.at
        left = self._unary()
        while (rank := self._operator_rank()) >= lowest:
            operator = self._take().text
            left = Binary(at, operator, left, self._binary(rank + 1))
        return left

    def _operator_rank(self) -> int:
        return 0 if self._peek.kind == "text" else PRECEDENCE.get(self._peek.text, 0)

    def _unary(self) -> Node:
        token = self._peek
        if not (self._takes("!") or self._takes("-")):
            return self._member()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise SyntaxMistake(f"an expression is nested at most {MAX_DEPTH} deep")
        operand = self._unary()
        self._depth -= 1
        return Unary(token.at, token.text, operand)

    def _member(self) -> Node:
        tree = self._primary()
        while True:
            at = self._peek.at
            if self._takes("["):
                tree = Index(at, tree, self._expression())
                self._need("]")
            elif self._takes("."):
                tree = self._after_dot(tree)
            else:
                return tree

    def _after_dot(self, of: Node) -> Node:
        token = self._take()
        if token.kind != "name":
            self._next -= token.kind != "end"
            raise self._unexpected("a name after the dot")
        if self._takes("("):
            return self._macro(of, token) if token.text in MACROS else self._call(token, of)
        match of:
            case Name(at=at, path=path):
                return Name(at, (*path, token.text))
            case Variable(at=at, path=path):
                return Variable(at, (*path, token.text))
        return Select(token.at, of, token.text)

    def _call(self, name: _Token, *targets: Node) -> Node:
        arguments = (*targets, *self._list(")"))
        if name.text not in FUNCTIONS:
            raise SyntaxMistake(
                f'unknown function "{name.text}" at character {name.at + 1}; '
                f"there are: {', '.join([*FUNCTIONS, *sorted(MACROS)])}"
            )
        if len(arguments) != FUNCTIONS[name.text]:
            raise SyntaxMistake(
                f'"{name.text}" at character {name.at + 1} takes {FUNCTIONS[name.text]} value(s)'
            )
        return Call(name.at, name.text, arguments)

    def _macro(self, of: Node, name: _Token) -> Node:
        if self._bound is not None:
            raise SyntaxMistake(
                f'"{name.text}" at character {name.at + 1}: one of these inside another is too much'
            )
        variable = self._take()
        if variable.kind != "name":
            raise SyntaxMistake(f'"{name.text}" at character {name.at + 1} needs a name for each element')
        self._need(",")
        self._bound = variable.text
        body = self._expression()
        self._bound = None
        self._need(")")
        return Macro(name.at, name.text, of, variable.text, body)

    def _primary(self) -> Node:
        token = self._take()
        if token.kind == "number":
            return Constant(token.at, float(token.text))
        if token.kind == "text":
            return Constant(token.at, _unquote(token))
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            tree = self._expression()
            self._need(")")
            return tree
        if token.text == "[":
            return Listing(token.at, tuple(self._list("]")))
        self._next -= token.kind != "end"
        raise self._unexpected("a value")

    def _named(self, token: _Token) -> Node:
        if token.text in _CONSTANTS:
            return Constant(token.at, _CONSTANTS[token.text])
        if self._takes("("):
            return self._call(token)
        return (Variable if token.text == self._bound else Name)(token.at, (token.text,))

    def _list(self, closing: str) -> list[Node]:
        elements: list[Node] = []
        while not self._takes(closing):
            if elements:
                self._need(",")
            elements.append(self._expression())
        return elements


def _unquote(token: _Token) -> str:
    """The value of a quoted text, by way of JSON, whose escapes are the common ones."""
    inner = re.sub(r"""\\(.)|(")""", _escape, token.text[1:-1])
    try:
        return str(json.loads(f'"{inner}"', strict=False))
    except ValueError:
        raise SyntaxMistake(f"the text at character {token.at + 1} has an escape that is not known") from None


def _escape(found: re.Match[str]) -> str:
    if found[2]:
        return '\\"'
    return "'" if found[1] == "'" else found[0]
