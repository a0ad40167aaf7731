"""The parts of an expression as a tree.

The CEL package compiles and runs but shows no tree, and paths, types and limits need one; `parser` makes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

#: `("item", "amount")`
Path = tuple[str, ...]
PRECEDENCE = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/%", 5),
}


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression; `at` is where it begins in the text, from 0."""

    at: int


@dataclass(frozen=True, slots=True)
class Constant(Node):
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A path from a name in scope: `item.contact.name`."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """What a macro calls each element, and a path from there."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Select(Node):
    """A key of what a part comes to: `item.contacts[0].name`."""

    of: Node
    key: str


@dataclass(frozen=True, slots=True)
class Index(Node):
    of: Node
    index: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Macro(Node):
    """`list.exists(x, condition)` and its like."""

    function: str
    of: Node
    variable: str
    body: Node


@dataclass(frozen=True, slots=True)
class Unary(Node):
    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Either(Node):
    """`condition ? one : other`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Listing(Node):
    elements: tuple[Node, ...]


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a part, in the order of the text."""
    match node:
        case Select(of=of):
            return (of,)
        case Index(of=of, index=index):
            return (of, index)
        case Call(arguments=parts) | Listing(elements=parts):
            return parts
        case Macro(of=of, body=body):
            return (of, body)
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Either(condition=condition, yes=yes, no=no):
            return (condition, yes, no)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Every part, each before its own parts."""
    yield node
    for child in children(node):
        yield from walk(child)


def rank(node: Node) -> int:
    """How tightly the parts of a node hold together; operators come first to be torn."""
    return PRECEDENCE[node.operator] if isinstance(node, Binary) else len(PRECEDENCE)
