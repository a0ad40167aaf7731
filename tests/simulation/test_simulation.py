"""Whatever goes wrong, in whatever order: nothing is lost, nothing is done twice, and reps win."""

from __future__ import annotations

import pytest

from tests.simulation import planted
from tests.simulation.__main__ import play, regressions

#: What the plain run has time for; `make simulate` plays 1,000.
FEW, MANY = range(0, 6), range(6, 100)
#: A seed under which each of these mistakes shows.
SOON = {"retry on error": 0, "a marker for each try": 0}


@pytest.mark.parametrize("seed", dict.fromkeys([*regressions(), *FEW]))
def test_every_promise_is_kept_under_seed(seed: int) -> None:
    assert play(seed).violations == ()


@pytest.mark.slow
@pytest.mark.parametrize("seed", MANY)
def test_every_promise_is_kept_under_one_more_seed(seed: int) -> None:
    assert play(seed).violations == ()


def test_the_same_seed_gives_the_same_history() -> None:
    first, again = play(5), play(5)
    assert first.hash == again.hash
    assert first.counts == again.counts


@pytest.mark.parametrize("bug", SOON)
def test_a_planted_mistake_is_caught(bug: str) -> None:
    assert play(SOON[bug], bug).violations


def test_at_least_twenty_five_mistakes_can_be_planted() -> None:
    assert len(planted.BUGS) >= 25
