"""Deeds: what a decision comes to for people (tasks, moves, refusals, owners), and how two courses differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pipelines.engine.model import (
    Assign,
    CloseTask,
    Command,
    CreateItem,
    CreateTask,
    Decision,
    Facts,
    Moved,
    MoveStage,
    SetFields,
    Signal,
    StartPipeline,
    UpdateTask,
    Why,
)
from pipelines.engine.wording import show

if TYPE_CHECKING:
    from pipelines.replay import Course

Kind = Literal["task", "move", "refusal", "owner", "fields", "child", "message"]
Change = Literal["added", "dropped", "changed"]
_REFUSALS = ("refused", "held", "flagged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that a definition does to an item."""

    kind: Kind
    #: What it is about: the same place in two courses is the same deed, done otherwise or not.
    place: str
    at: datetime
    text: str
    #: `file:line rule`.
    rule: str
    #: Values that it rests on and that are not known to be those of the time.
    assumed: tuple[str, ...] = ()
    #: The card had parted from what the definition wants: an outlook, no more.
    is_outlook: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """A deed of one course that the other has otherwise, or not at all."""

    change: Change
    before: Deed | None
    after: Deed | None

    @property
    def deed(self) -> Deed:
        """The deed that it is about, as the changed definition has it if it does."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def assumed(self) -> tuple[str, ...]:
        """What either side rests on without knowing."""
        sides = (each.assumed for each in (self.before, self.after) if each is not None)
        return tuple(sorted({name for side in sides for name in side}))

    @property
    def is_outlook(self) -> bool:
        return any(each is not None and each.is_outlook for each in (self.before, self.after))


def compare(before: Course, after: Course) -> tuple[Difference, ...]:
    """How the second course differs from the first, in the order of time."""
    ones = {(deed.kind, deed.place): deed for deed in before.deeds}
    others = {(deed.kind, deed.place): deed for deed in after.deeds}
    found = [Difference("dropped", deed, None) for place, deed in ones.items() if place not in others]
    found += [Difference("added", None, deed) for place, deed in others.items() if place not in ones]
    found += [
        Difference("changed", ones[place], deed)
        for place, deed in others.items()
        if place in ones and ones[place].text != deed.text
    ]
    return tuple(sorted(found, key=lambda each: (each.deed.at, each.deed.kind, each.deed.place)))


def deeds_of(
    decision: Decision,
    signal: Signal,
    facts: Facts,
    at: datetime,
    assumed: tuple[str, ...],
    *,
    is_outlook: bool = False,
) -> Iterator[Deed]:
    """What a decision does, one by one; closing and changing a task is part of the task."""
    for entry in decision.journal:
        if entry.kind in _REFUSALS:
            visit = signal.visit if isinstance(signal, Moved) else decision.process and decision.process.visit
            yield Deed(
                kind="refusal",
                place=f"{visit}/{'' if isinstance(signal, Moved) else entry.kind}",
                at=at,
                text=entry.text,
                rule=_rule(entry.why),
                assumed=assumed,
                is_outlook=is_outlook,
            )
    for command in decision.commands:
        if isinstance(command, CloseTask | UpdateTask):
            continue
        if isinstance(command, MoveStage) and command.because == "revert":
            continue  # told as a refusal
        kind, place, text = _described(command, facts)
        yield Deed(
            kind=kind,
            place=place,
            at=at,
            text=text,
            rule=_rule(command.why),
            assumed=assumed,
            is_outlook=is_outlook,
        )


def _described(command: Command, facts: Facts) -> tuple[Kind, str, str]:
    match command:
        case CreateTask():
            due = f", due {_shown(command.due, facts)}" if command.due else ""
            return "task", command.run, f"{command.title}, for {_person(command.to, facts)}{due}"
        case MoveStage():
            return "move", command.visit, f"to {command.stage}"
        case Assign():
            return "owner", command.key, f"{_person(command.user, facts)} ({command.reason})"
        case SetFields():
            values = ", ".join(f"{name} = {_shown(value, facts)}" for name, value in command.values.items())
            return "fields", command.key, values
        case CreateItem() | StartPipeline():
            made = command.link or command.pipeline or getattr(command, "kind", "")
            return "child", command.key, f"{type(command).__name__} {made}"
    words = [getattr(command, name) for name in _WORDS if getattr(command, name, None)]
    return "message", command.key, " ".join([type(command).__name__, *map(str, words[:1])])


_WORDS = ("text", "template", "workflow", "name", "subject")


def _person(user: int, facts: Facts) -> str:
    person = facts.people.get(user)
    return (person.name if person else "") or f"user {user}"


def _shown(value: object, facts: Facts) -> str:
    return show(value, facts.language, facts.calendar.zone)


def _rule(why: Why) -> str:
    return f"{why.file}:{why.line or 0} {why.rule}"


def tally(differences: Mapping[str, tuple[Difference, ...]]) -> dict[tuple[Kind, Change], int]:
    """How many differences there are of each kind, over all items."""
    counts: dict[tuple[Kind, Change], int] = {}
    for each in (difference for found in differences.values() for difference in found):
        counts[each.deed.kind, each.change] = counts.get((each.deed.kind, each.change), 0) + 1
    return counts
