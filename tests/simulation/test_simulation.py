"""Whatever goes wrong, in whatever order: nothing is lost, nothing is done twice, and reps win."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation import __main__ as simulate
from tests.simulation import planted
from tests.simulation.__main__ import Result, play, regressions, replay
from tests.simulation.profiles import profile_of

#: Seeds of the plain run, in portions that several processes share.
SEEDS, PORTION = range(100), 10
#: One of the quiet seeds, which cost least.
QUIET = 5
#: A seed under which each of these mistakes shows.
SOON = {"the journal leaves commands out": QUIET}


def violations_under(seeds: list[int]) -> list[str]:
    """What the seeds broke, each with the command that plays it again."""
    results = [play(seed) for seed in seeds]
    return [f"{replay(each.seed)}: {text}" for each in results for text in each.violations]


@pytest.mark.parametrize("first", SEEDS[::PORTION])
def test_every_promise_is_kept_under_ten_seeds(first: int) -> None:
    assert violations_under(list(range(first, first + PORTION))) == []


def test_every_promise_is_kept_under_seeds_that_once_broke_one() -> None:
    assert violations_under([seed for seed in regressions() if seed not in SEEDS]) == []


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


def test_the_plain_run_has_every_profile() -> None:
    names = {profile_of(seed).name for seed in SEEDS}
    assert names == {"quiet", "normal", "storm", "single", "rep-storm"}


def test_a_bad_seed_joins_those_that_every_run_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "REGRESS", tmp_path / "regress.txt")
    simulate.REGRESS.write_text("# Seeds\n7 once\n")
    bad = Result(12, "storm", ("I2 no duplicate: a task is there twice",), simulate.Counter(), "")
    for _ in range(2):
        simulate.remember(bad)
    assert regressions() == [7, 12]
