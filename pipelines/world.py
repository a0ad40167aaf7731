"""Where a scenario is played: what a world can do, what is seen of it, and how values are compared.

A scenario knows no more of its world than this, so that the same file can be played offline and through a
portal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from pipelines.script import Verb


@dataclass(frozen=True, slots=True)
class Child:
    """A record that was made for the item, by every name that it goes by (as, pipeline, kind, type)."""

    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What there is to see of an item and its process."""

    #: Where the card stands.
    stage: str | None
    status: str | None
    owner: int | None
    #: Steps: open ones of kind `task`, all live ones, those done and cancelled in this visit or the last.
    tasks: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()
    fields: Mapping[str, Any] = field(default_factory=dict)
    children: tuple[Child, ...] = ()
    notified: tuple[int, ...] = ()
    #: Names that people go by now, such as "owner" and "head".
    people: Mapping[str, int | None] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    refused_by: str = ""
    is_finished: bool = False
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


class World(Protocol):
    """Where a scenario is played."""

    def play(self, verb: Verb) -> None:
        """Do what a line says and let everything that follows from it happen; PlayError when it cannot be."""

    def look(self) -> Seen:
        """What there is to see now."""


class PlayError(Exception):
    """A line of a play cannot be done; the message says what there is instead."""

    def __init__(self, expected: str, got: str) -> None:
        self.expected, self.got = expected, got
        super().__init__(f"expected {expected}, there is {got}")


class NotHere(Exception):
    """This world cannot play the scenario at all; the message says what it lacks. No failure, and no pass."""


def show(value: Any) -> str:
    """A value as it would be written in the file, as far as that goes."""
    if isinstance(value, frozenset | set):
        value = sorted(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {show(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(show(each) for each in value) + "]"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return "nothing" if value is None else repr(value) if isinstance(value, str) else str(value)


def same_value(expected: Any, got: Any, zone: ZoneInfo) -> bool:
    """Whether a value of the card is what the file says: empty is empty, an instant is one in any zone."""
    expected, got = plain(expected, zone), plain(got, zone)
    if isinstance(expected, list | tuple) and isinstance(got, list | tuple):
        return len(expected) == len(got) and all(
            same_value(one, other, zone) for one, other in zip(expected, got, strict=True)
        )
    return bool(expected == got) and isinstance(expected, bool) == isinstance(got, bool)


def plain(value: Any, zone: ZoneInfo) -> Any:
    """A value for comparing: nothing for empty, aware instants for texts that are some."""
    if value is None or value == "" or value == [] or value == ():
        return None
    if isinstance(value, str) and value[:4].isdecimal() and len(value) >= 16:
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=zone)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value
