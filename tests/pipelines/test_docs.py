"""What the page on the language shows, works."""

from __future__ import annotations

import re
from pathlib import Path

from pipelines.checks import check
from pipelines.definition import Definition, Stage, Transition
from pipelines.kinds import STANDARD
from pipelines.library import shipped_names
from pipelines.loader import load_text, read_text
from pipelines.parser import FUNCTIONS, MACROS
from pipelines.scenarios import run_scenarios
from pipelines.script import Expect, Scenario
from pipelines.steps import KINDS
from tests.pipelines.conftest import HEAD, STAGES

PAGE = (Path(__file__).parents[2] / "docs" / "pipelines.md").read_text("utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_the_whole_example_is_sound_and_its_scenario_passes() -> None:
    definition = load_text(EXAMPLES[0], "docs/pipelines.md")
    assert [str(finding) for finding in check(definition)] == []
    assert [str(each) for result in run_scenarios(definition) for each in result.failures] == []


def test_each_form_of_next_can_be_read() -> None:
    for line in EXAMPLES[1].strip().splitlines():
        assert read_text(HEAD + STAGES.replace('next = "won"', line)).stages[0].next


def test_the_transition_can_be_read() -> None:
    (transition,) = read_text(HEAD + STAGES + EXAMPLES[2]).transitions
    assert transition.known_as == "Send the proposal"


def test_the_page_names_everything_that_there_is() -> None:
    names = [*shipped_names(), *KINDS, *STANDARD, *FUNCTIONS, *MACROS]
    for model in (Definition, Stage, Transition, Scenario, Expect):
        names += model.known_keys()
    assert [name for name in names if not re.search(rf"\b{name}\b", PAGE)] == []
