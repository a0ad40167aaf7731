"""The scenarios of the shipped pipelines through the whole product, against the engine on its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from pipelines.definition import Definition
from pipelines.library import load_shipped, others_of, shipped_names
from pipelines.rehearsal import Rehearsal
from pipelines.scenarios import run_scenario
from pipelines.script import Scenario, Verb
from pipelines.world import Seen, same_value
from tests.connector.rehearsal.conftest import MakeSandbox

#: In the fast run one scenario of each pipeline: the next one for each, so that they are of every kind.
PLAYED = {name: number for number, name in enumerate(shipped_names())}
#: What both worlds must show alike after every line, whether or not the scenario looks at it.
ALIKE = (
    "stage",
    "status",
    "owner",
    "tasks",
    "open",
    "done",
    "cancelled",
    "notified",
    "people",
    "refused",
    "refused_by",
    "is_finished",
)
#: Told to the CRM or by it, not kept in a field that a scenario could look at.
NOT_ON_THE_CARD = {"stage", "creator", "is_returning"}


shipped = cache(load_shipped)


@cache
def others(name: str) -> dict[str, Definition]:
    return others_of(shipped(name))


def _shipped() -> Iterator[object]:
    for name in shipped_names():
        scenarios = shipped(name).scenarios
        for number, scenario in enumerate(scenarios):
            marks = [] if number == PLAYED[name] % len(scenarios) else [pytest.mark.slow]
            yield pytest.param(name, number, id=f"{name}:{scenario.line}", marks=marks)


def _differences(ours: Seen, theirs: Seen) -> list[str]:
    found = [
        f"{key}: {getattr(ours, key)!r} offline, {getattr(theirs, key)!r} in the portal"
        for key in ALIKE
        if getattr(ours, key) != getattr(theirs, key)
    ]
    for name, value in ours.fields.items():
        if name not in NOT_ON_THE_CARD and not same_value(value, theirs.fields.get(name), ours.zone):
            found.append(f"fields.{name}: {value!r} offline, {theirs.fields.get(name)!r} in the portal")
    return found


class BothWorlds:
    """A world with a portal, and the engine on its own beside it; compared after every line."""

    def __init__(self, make: MakeSandbox, definition: Definition, scenario: Scenario) -> None:
        self._offline = Rehearsal(definition, scenario, others(definition.id))
        self._sandbox = make(definition, scenario)
        self.differences: list[str] = []
        self._compare(scenario.line)

    def play(self, verb: Verb) -> None:
        self._offline.play(verb)
        self._sandbox.play(verb)
        self._compare(verb.line)

    def look(self) -> Seen:
        return self._sandbox.look()

    def _compare(self, line: int) -> None:
        found = _differences(self._offline.look(), self._sandbox.look())
        self.differences += [f"after line {line}: {difference}" for difference in found]


@pytest.mark.parametrize(("name", "number"), list(_shipped()))
def test_a_shipped_scenario_has_the_same_result_through_the_portal(
    name: str, number: int, make_sandbox: MakeSandbox
) -> None:
    definition = shipped(name)
    worlds: list[BothWorlds] = []

    def make(each: Definition, scenario: Scenario) -> BothWorlds:
        worlds.append(BothWorlds(make_sandbox, each, scenario))
        return worlds[0]

    result = run_scenario(definition, definition.scenarios[number], make)
    differences = worlds[0].differences if worlds else []
    assert [*map(str, result.failures), *differences] == []
    assert result.not_run == ""
