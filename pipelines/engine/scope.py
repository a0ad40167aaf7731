"""What an expression can name: item, fields, owner, now, process, link; each looked up when it is asked for.

A value that the process asked to be written counts at once, although the CRM shows it later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pipelines.engine.draft import Draft
from pipelines.engine.model import Facts


class View(Mapping[str, Any]):
    """A mapping that is worked out name by name."""

    def __init__(self, names: Mapping[str, Callable[[], Any]]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> Any:
        return self._names[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


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
    """The names of one decision; what changes in the draft shows at once."""
    process = View(
        {
            "visits": lambda: draft.visits.get(draft.stage, 0),
            "visits_of": lambda: draft.visits,
            "outcome": lambda: draft.outcomes,
            "open": lambda: OpenSteps(draft),
            "stage": lambda: draft.stage or None,
            "status": lambda: draft.status,
        }
    )
    return View(
        {
            "item": lambda: _item(draft, facts),
            "fields": lambda: _overlay(draft, facts.fields),
            "owner": lambda: _owner(draft, facts),
            "now": lambda: now,
            "process": lambda: process,
            "link": lambda: facts.links,
        }
    )


def value_of(draft: Draft, facts: Facts, name: str) -> Any:
    """The value of a pipeline field, or of a standard name of the item."""
    present = facts.fields if name in facts.fields or name not in facts.item else facts.item
    written = draft.written.get(name)
    return written.value if written else present.get(name)


def present_value(facts: Facts, name: str) -> Any:
    """What the CRM shows for a name now."""
    return facts.fields[name] if name in facts.fields else facts.item.get(name)


def _overlay(draft: Draft, values: Mapping[str, Any]) -> Mapping[str, Any]:
    if not draft.written:
        return values
    return {**values, **{name: written.value for name, written in draft.written.items()}}


def _item(draft: Draft, facts: Facts) -> Mapping[str, Any]:
    written = {name: each.value for name, each in draft.written.items() if name in facts.item}
    owner = {"owner": draft.owner} if draft.is_assigning else {}
    return {**facts.item, **written, **owner} if written or owner else facts.item


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
