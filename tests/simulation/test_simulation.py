"""Whatever goes wrong, in whatever order: nothing is lost, nothing is done twice, and reps win."""

from __future__ import annotations

import pytest

from tests.simulation import planted
from tests.simulation.__main__ import play, regressions

#: What the plain run has time for: two seeds of single faults, a storm, a rep-storm.
FEW = (2, 3, 4, 7)
#: One of the quiet seeds, which cost least.
QUIET = 5
#: A seed under which each of these mistakes shows.
SOON = {"a marker for each try": 4}


@pytest.mark.parametrize("seed", dict.fromkeys([*regressions(), *FEW]))
def test_every_promise_is_kept_under_seed(seed: int) -> None:
    assert play(seed).violations == ()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [seed for seed in range(100) if seed not in FEW])
def test_every_promise_is_kept_under_one_more_seed(seed: int) -> None:
    assert play(seed).violations == ()


def test_the_same_seed_gives_the_same_history() -> None:
    first, again = play(QUIET), play(QUIET)
    assert first.violations == ()
    assert first.hash == again.hash
    assert first.counts == again.counts


@pytest.mark.parametrize("bug", SOON)
def test_a_planted_mistake_is_caught(bug: str) -> None:
    assert play(SOON[bug], bug).violations


def test_at_least_twenty_five_mistakes_can_be_planted() -> None:
    assert len(planted.BUGS) >= 25
