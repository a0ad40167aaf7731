"""The scenarios of the shipped pipelines are strong: take a rule away or change a number, and one fails."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pipelines.library import load_shipped, shipped_names
from tests.pipelines.mutants import Mutant, is_noticed, mutants_of, read_raw

_SAME_OWNER = 'a route to "owner" gives the item to whom it has already, kept or not'

#: Changes that make no difference to anybody, and why.
EQUIVALENT: Mapping[str, Mapping[str, str]] = {
    "simple_sale": {"route A rep keeps what the rep has found: no keep (True)": _SAME_OWNER},
    "base_reactivation": {
        "route Who sold before sells again, if still here: no keep (True)": _SAME_OWNER,
    },
    "contract_approval": {
        "stage signed: no unless (owner.is_admin)": "the pipeline is strict and lists no move out of it",
    },
    "partners": {"route Who has found the partner keeps them: no keep (True)": _SAME_OWNER},
    "deals_by_direction": {
        "route A client who buys again stays with their manager: no keep (True)": _SAME_OWNER,
    },
}

UNNOTICED = Path(__file__).with_name("unnoticed.txt")


def _excused(name: str) -> set[str]:
    """What makes no difference, and what no scenario notices yet."""
    lines = (line.partition(" | ") for line in UNNOTICED.read_text("utf-8").splitlines())
    return {*EQUIVALENT.get(name, {}), *(what for pipeline, _, what in lines if pipeline == name)}


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_names())
def test_every_rule_that_is_taken_away_or_changed_is_noticed(name: str) -> None:
    definition = load_shipped(name)
    raw = read_raw(definition)
    unnoticed = {mutant.what for mutant in mutants_of(raw) if not is_noticed(definition, raw, mutant)}
    assert unnoticed == _excused(name)


@pytest.mark.parametrize("name", shipped_names())
def test_some_of_the_changes_are_noticed_in_the_short_form_too(name: str) -> None:
    definition = load_shipped(name)
    raw = read_raw(definition)
    mutants = [mutant for mutant in mutants_of(raw) if mutant.what not in _excused(name)]
    for mutant in mutants[3 :: len(mutants) // 8]:
        assert is_noticed(definition, raw, mutant), mutant.what


def test_a_mutant_is_the_definition_with_one_change() -> None:
    raw = {"stages": [{"id": "new", "lock": True, "require_on_enter": ["a", "b"]}], "transitions": []}
    found = list(mutants_of(raw))
    assert [mutant.what for mutant in found] == [
        "stage new: no lock (True)",
        "stage new: no a in require_on_enter",
        "stage new: no b in require_on_enter",
    ]
    assert found[1].of(raw)["stages"] == [{"id": "new", "lock": True, "require_on_enter": ["b"]}]
    assert raw["stages"][0]["require_on_enter"] == ["a", "b"]


@pytest.mark.parametrize(
    ("condition", "changes"),
    [
        ("item.amount >= 1000", ["", "item.amount >= 2000", "item.amount >= 500"]),
        ("fields.a == 'x 5' && fields.b2", ["", "fields.b2", "fields.a == 'x 5'"]),
        ("fields.at < now - duration('48h')", ["", "96h", "24h"]),
    ],
)
def test_a_condition_goes_in_whole_in_part_or_has_another_threshold(
    condition: str, changes: list[str]
) -> None:
    raw = {"stages": [], "transitions": [{"from": "a", "to": "b", "when": condition}]}
    found = [mutant for mutant in mutants_of(raw) if mutant.path[-1] == "when"]
    assert len(found) == len(changes)
    for mutant, change in zip(found, changes, strict=True):
        assert change in str(mutant.value)


def test_what_makes_no_difference_is_noticed_by_nobody() -> None:
    definition = load_shipped("meetings")
    harmless = Mutant("another goal", ("stages", 0, "goal"), "x")
    assert not is_noticed(definition, read_raw(definition), harmless)
