"""What a pipeline needs of config.toml beside stages and fields: the names it uses of people and things."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from pipelines.actions import CallOut, Create, Document, Email, Sms
from pipelines.definition import Definition
from pipelines.elements import Element, elements_in
from pipelines.recipients import ToHeadOf, ToRole, ToTeam
from pipelines.syntax import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Names by the table of config.toml that must hold them."""

    roles: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    divisions: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()
    workflows: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    record_types: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    def __or__(self, other: Needs) -> Needs:
        return Needs(
            **{each.name: getattr(self, each.name) | getattr(other, each.name) for each in fields(Needs)}
        )


def needs_of(definition: Definition) -> Needs:
    """Every name that the definition expects config to explain; scenarios bring their own."""
    found: dict[str, set[str]] = {}
    for element in elements_in(definition.model_copy(update={"scenarios": ()})):
        for table, name in _named_by(definition, element):
            found.setdefault(table, set()).add(name)
    return Needs(**{table: frozenset(names) for table, names in found.items()})


def _named_by(definition: Definition, element: Element) -> Iterable[tuple[str, str]]:
    match element:
        case ToRole():
            yield "roles", element.role
        case ToTeam():
            yield "teams", element.team
        case ToHeadOf():
            yield from (("divisions", name) for name in _divisions(definition, element))
        case Email() if isinstance(element.email, str):
            yield "templates", element.email
        case Sms():
            yield "workflows", element.workflow
        case Document() if isinstance(element.template, str):
            yield "documents", element.template
        case Create() if element.type is not None:
            yield "record_types", element.type
        case CallOut():
            yield "addresses", element.call


def _divisions(definition: Definition, recipient: ToHeadOf) -> Iterable[str]:
    """`head_of = "fields.division"`: the options of that choice are the divisions."""
    tree = recipient.head_of.tree
    if isinstance(tree, Name) and len(tree.path) == 2 and tree.path[0] == "fields":
        spec = definition.fields.get(tree.path[1])
        yield from spec.options if spec is not None else ()
