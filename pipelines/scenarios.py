"""Scenarios: the tests that an admin wrote into a pipeline, played line by line against a world.

The driver knows only a `World`: something that can do what a line says and be looked at. Offline that is
`rehearsal.Rehearsal` (the real engine, a virtual clock); a whole portal can be another one; both must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.rehearsal import Rehearsal
from pipelines.script import Look
from pipelines.world import Child, NotHere, PlayError, Seen, World, same_value, show

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.script import Expect, Scenario

__all__ = [
    "Child",
    "Failure",
    "MakeWorld",
    "NotHere",
    "PlayError",
    "ScenarioResult",
    "Seen",
    "World",
    "run_scenario",
    "run_scenarios",
]


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
    #: Why this world could not play it to its end; "" if it could.
    not_run: str = ""

    @property
    def has_passed(self) -> bool:
        return not self.failures and not self.not_run


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
    return lambda definition, scenario: Rehearsal(definition, scenario, others)


def run_scenario(definition: Definition, scenario: Scenario, make_world: MakeWorld) -> ScenarioResult:
    """Play one scenario: all that its looks find wrong, up to a line that cannot be played."""
    failures: list[Failure] = []
    line, not_run = scenario.line, ""
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
    except NotHere as lack:
        not_run = str(lack)
    return ScenarioResult(str(scenario.name), definition.file, scenario.line, tuple(failures), not_run)


def _compare(file: str, verb: Look, seen: Seen) -> Iterable[Failure]:
    for key, differs in _LOOKS.items():
        expected = getattr(verb.expect, key)
        got = None if expected is None else differs(verb.expect, seen)
        if got is not None:
            line = verb.expect.line_of(key) or verb.line
            yield Failure(file, line, key, show(expected), show(got))


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
