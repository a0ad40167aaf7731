"""Scenarios: the tests that an admin wrote into a pipeline, played line by line against a world.

The driver knows only a `World`: something that can do what a line says and be looked at. Offline that is
`rehearsal.Rehearsal` (the real engine, a virtual clock); a whole portal can be another one; both must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from pipelines.script import Look

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.script import Expect, Scenario, Verb


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


@dataclass(frozen=True, slots=True)
class Failure:
    """What did not come as expected, and at which line of the file."""

    file: str
    line: int
    key: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: expected {self.expected}, got {self.got}"


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """How one scenario went."""

    name: str
    file: str
    line: int
    failures: tuple[Failure, ...] = ()

    @property
    def has_passed(self) -> bool:
        return not self.failures


#: Makes a world for a scenario of a definition.
MakeWorld = Callable[["Definition", "Scenario"], World]


def run_scenarios(
    definition: Definition,
    others: Mapping[str, Definition] | None = None,
    *,
    make_world: MakeWorld | None = None,
    only: str | None = None,
) -> list[ScenarioResult]:
    """Play every scenario of a definition (or the one named `only`), each in a world of its own.

    `others` are the pipelines that it names. Without `make_world`, offline.
    """
    make = make_world or _rehearse(others or {})
    wanted = (each for each in definition.scenarios if only is None or str(each.name) == only)
    return [run_scenario(definition, each, make) for each in wanted]


def _rehearse(others: Mapping[str, Definition]) -> MakeWorld:
    from pipelines.rehearsal import Rehearsal  # the offline world knows this module's words

    return lambda definition, scenario: Rehearsal(definition, scenario, others)


def run_scenario(definition: Definition, scenario: Scenario, make_world: MakeWorld) -> ScenarioResult:
    """Play one scenario: all that its looks find wrong, up to a line that cannot be played."""
    failures: list[Failure] = []
    line = scenario.line
    try:
        world = make_world(definition, scenario)
        for verb in scenario.play:
            line = verb.line
            if isinstance(verb, Look):
                failures += _compare(definition.file, verb, world.look())
            else:
                world.play(verb)
    except PlayError as mistake:
        failures.append(Failure(definition.file, line, "play", mistake.expected, mistake.got))
    return ScenarioResult(str(scenario.name), definition.file, scenario.line, tuple(failures))


def _compare(file: str, verb: Look, seen: Seen) -> Iterable[Failure]:
    for key, differs in _LOOKS.items():
        expected = getattr(verb.expect, key)
        got = None if expected is None else differs(verb.expect, seen)
        if got is not None:
            line = verb.expect.line_of(key) or verb.line
            yield Failure(file, line, key, show(expected), show(got))


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


# Each of these gives what there is when it is not as expected, else None.


def _same(key: str, name: str = "") -> Callable[[Expect, Seen], Any]:
    def differs(expect: Expect, seen: Seen) -> Any:
        got = getattr(seen, name or key)
        return None if got == getattr(expect, key) else (got if got is not None else "nothing")

    return differs


def _whole_set(key: str) -> Callable[[Expect, Seen], Any]:
    def differs(expect: Expect, seen: Seen) -> Any:
        got = getattr(seen, key)
        return None if set(getattr(expect, key)) == got else got

    return differs


def _each_named(key: str) -> Callable[[Expect, Seen], Any]:
    def differs(expect: Expect, seen: Seen) -> Any:
        got = getattr(seen, key)
        return None if set(getattr(expect, key)) <= got else got

    return differs


def _fields(expect: Expect, seen: Seen) -> Any:
    wrong = {
        name: seen.fields.get(name)
        for name, expected in (expect.fields or {}).items()
        if not same_value(expected, seen.fields.get(name), seen.zone)
    }
    return wrong or None


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


def _children(expect: Expect, seen: Seen) -> Any:
    left = list(seen.children)
    for name in expect.children or ():
        found = next((child for child in left if name in child.names), None)
        if found is None:
            return [sorted(child.names) for child in seen.children]
        left.remove(found)
    return [sorted(child.names) for child in left] if not expect.children and left else None


def _notified(expect: Expect, seen: Seen) -> Any:
    wanted = [seen.people.get(each) if isinstance(each, str) else each for each in expect.notified or ()]
    is_as_expected = all(user in seen.notified for user in wanted) if wanted else not seen.notified
    return None if is_as_expected else seen.notified


_LOOKS: Mapping[str, Callable[[Expect, Seen], Any]] = {
    "stage": _same("stage"),
    "status": _same("status"),
    "owner": _same("owner"),
    "tasks": _whole_set("tasks"),
    "open": _whole_set("open"),
    "done": _each_named("done"),
    "cancelled": _each_named("cancelled"),
    "fields": _fields,
    "children": _children,
    "notified": _notified,
    "refused": _whole_set("refused"),
    "refused_by": _same("refused_by"),
    "finished": _same("finished", "is_finished"),
}
