"""The shipped pipelines: sound, in both languages, tried out to the last outcome by their own scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.elements import elements_in
from pipelines.library import FOLDER, examine, find, load_shipped, others_of, shipped_names
from pipelines.rehearsal import Rehearsal
from pipelines.scenarios import Seen, run_scenarios
from pipelines.script import Verb
from pipelines.texts import LANGUAGES, Text

NAMES = shipped_names()
shipped = pytest.mark.parametrize("name", NAMES)


@shipped
def test_there_is_nothing_to_find_in_a_shipped_pipeline(name: str) -> None:
    assert [str(finding) for finding in examine(FOLDER / f"{name}.toml")] == []


@shipped
def test_every_scenario_passes(name: str) -> None:
    definition = load_shipped(name)
    results = run_scenarios(definition, others_of(definition))
    assert results
    assert [str(failure) for result in results for failure in result.failures] == []


@shipped
def test_every_text_is_in_both_languages(name: str) -> None:
    for element in elements_in(load_shipped(name)):
        for key in type(element).model_fields:
            for text in _texts(getattr(element, key)):
                assert set(text.by_language) == set(LANGUAGES), f"{name}:{element.line}: {key}"


def _texts(value: Any) -> Iterator[Text]:
    if isinstance(value, Text):
        yield value
    elif isinstance(value, tuple):
        yield from (each for each in value if isinstance(each, Text))
    elif isinstance(value, dict):
        yield from (each for each in value.values() if isinstance(each, Text))


class Watched:
    """A rehearsal that notes which outcome each step came to."""

    def __init__(self, world: Rehearsal, seen: set[tuple[str, str]]) -> None:
        self._world, self._seen = world, seen
        self._note()

    def play(self, verb: Verb) -> None:
        self._world.play(verb)
        self._note()

    def look(self) -> Seen:
        return self._world.look()

    def _note(self) -> None:
        if self._world.process is not None:
            self._seen.update(self._world.process.outcomes.items())


@shipped
def test_scenarios_take_every_outcome_of_every_step(name: str) -> None:
    definition = load_shipped(name)
    seen: set[tuple[str, str]] = set()
    others = others_of(definition)
    run_scenarios(definition, make_world=lambda *what: Watched(Rehearsal(*what, others), seen))
    for stage in definition.stages:
        for step in stage.steps:
            # What the engine gives by itself to any task is its own matter; "done" is when results are named.
            own = {"cancelled", "postponed", "unspecified"} | ({"done"} if step.outcomes else set())
            named = {each.id for each in step.outcomes} | {each.id for each in step.all_outcomes} - own
            assert named <= {outcome for of, outcome in seen if of == step.id}, step.id


def test_a_pipeline_is_found_in_the_own_folder_first_then_among_the_shipped(tmp_path: Path) -> None:
    name = NAMES[0]
    assert find(name, [tmp_path]) == FOLDER / f"{name}.toml"
    (tmp_path / f"{name}.toml").write_text("", "utf-8")
    assert find(name, [tmp_path]) == tmp_path / f"{name}.toml"
    assert find("../secrets", [tmp_path]) is None


def test_a_name_that_nobody_knows_lists_the_names_that_there_are() -> None:
    with pytest.raises(KeyError, match="incoming_leads"):
        load_shipped("incoming_lead")


def test_a_file_that_is_not_called_like_its_pipeline_is_pointed_out(tmp_path: Path) -> None:
    copy = tmp_path / "mine.toml"
    copy.write_text((FOLDER / "meetings.toml").read_text("utf-8"), "utf-8")
    (found,) = examine(copy)
    assert (found.severity, found.path) == ("warning", "id")


def test_pipelines_of_the_same_folder_are_looked_up(tmp_path: Path) -> None:
    text = (FOLDER / "meetings.toml").read_text("utf-8")
    copy = tmp_path / "meetings.toml"
    follow_on = '[[follow_ons]]\nid = "deal"\npipeline = "my_sale"\nstage = "nwe"\n\n[[stages]]'
    copy.write_text(text.replace("[[stages]]", follow_on, 1), "utf-8")
    (found,) = examine(copy)
    assert 'no pipeline is called "my_sale"' in found.message
    sale = (FOLDER / "simple_sale.toml").read_text("utf-8").replace('"simple_sale"', '"my_sale"', 1)
    (tmp_path / "my_sale.toml").write_text(sale, "utf-8")
    (found,) = examine(copy)
    assert found.suggestion == "new"
