"""What an expression can name: item, fields, owner, now, process, link; each looked up when it is asked for.

A value that the process asked to be written counts at once, although the CRM shows it later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from pipelines.engine.draft import Draft
from pipelines.engine.model import Facts


class Scope(Mapping[str, Any]):
    """The names of one decision; what changes in the draft shows at once."""

    __slots__ = ("draft", "facts", "now")
    #: How each name is worked out.
    names: ClassVar[Mapping[str, Callable[[Any], Any]]]

    def __init__(self, draft: Draft, facts: Facts, now: datetime) -> None:
        self.draft = draft
        self.facts = facts
        self.now = now

    def __getitem__(self, name: str) -> Any:
        return self.names[name](self)

    def get(self, name: str, default: Any = None) -> Any:
        return self.names[name](self) if name in self.names else default

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


class ProcessScope(Scope):
    """The names under `process`."""

    __slots__ = ()


class OpenSteps(Mapping[str, bool]):
    """`process.open.<step>`: true while the step is live, else false."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def __getitem__(self, step: str) -> bool:
        return self._draft.run_of(step) is not None

    def __iter__(self) -> Iterator[str]:
        return (run.step for run in self._draft.runs.values() if run.step)

    def __len__(self) -> int:
        return len(list(iter(self)))


def scope_of(draft: Draft, facts: Facts, now: datetime) -> Mapping[str, Any]:
    """The names of one decision."""
    return Scope(draft, facts, now)


def value_of(draft: Draft, facts: Facts, name: str) -> Any:
    """The value of a pipeline field, or of a standard name of the item."""
    if name in draft.written:
        return draft.written[name].typed_value
    return present_value(facts, name)


def present_value(facts: Facts, name: str) -> Any:
    """What the CRM shows for a name now."""
    return facts.fields[name] if name in facts.fields else facts.item.get(name)


def _overlay(draft: Draft, values: Mapping[str, Any]) -> Mapping[str, Any]:
    if not draft.written:
        return values
    return {**values, **{name: written.typed_value for name, written in draft.written.items()}}


def _item(draft: Draft, facts: Facts) -> Mapping[str, Any]:
    if not draft.written and not draft.is_assigning:
        return facts.item
    written = {name: each.typed_value for name, each in draft.written.items() if name in facts.item}
    owner = {"owner": draft.owner} if draft.is_assigning else {}
    return {**facts.item, **written, **owner}


def _owner(draft: Draft, facts: Facts) -> Mapping[str, Any]:
    divisions = [name for name, head in facts.divisions.items() if head == draft.owner]
    person = facts.people.get(draft.owner) if draft.owner is not None else None
    if person is None:
        return {"id": draft.owner, "divisions": divisions}
    return {
        "id": person.id,
        "name": person.name,
        "is_admin": person.is_admin,
        "is_active": person.is_active,
        "head": person.head,
        "divisions": divisions,
    }


Scope.names = {
    "item": lambda scope: _item(scope.draft, scope.facts),
    "fields": lambda scope: _overlay(scope.draft, scope.facts.fields),
    "owner": lambda scope: _owner(scope.draft, scope.facts),
    "now": lambda scope: scope.now,
    "process": lambda scope: ProcessScope(scope.draft, scope.facts, scope.now),
    "link": lambda scope: scope.facts.links,
}
ProcessScope.names = {
    "visits": lambda scope: scope.draft.visits.get(scope.draft.stage, 0),
    "visits_of": lambda scope: scope.draft.visits,
    "outcome": lambda scope: scope.draft.outcomes,
    "open": lambda scope: OpenSteps(scope.draft),
    "stage": lambda scope: scope.draft.stage or None,
    "status": lambda scope: scope.draft.status,
}
