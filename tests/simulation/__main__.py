"""The simulation from the command line: `make simulate`, `make simulate ARGS="--seed 123"`.

Exits with 1 when a promise was broken; each bad seed comes with the one command that plays it again, and
joins the seeds that every run plays.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.simulation import planted
from tests.simulation.checker import check, pushes_of, was_late
from tests.simulation.histories import Histories, Stay
from tests.simulation.hub import Runaway
from tests.simulation.profiles import profile_of
from tests.simulation.world import run_seed

REGRESS = Path(__file__).with_name("regress.txt")
#: Seeds whose history is played twice, to see that it is the same.
TWICE = 20
#: What is printed of a bad seed.
MOST_LINES = 4
#: Moves that are made at once, with reps who do not look what we do.
USUAL = "as usual"
#: Of those, the share that lands after a rep's own move, at most.
MOST_OVERRIDES = 0.0005
#: After so many, it is said how far it is.
PORTION = 100
#: What is said of a seed that did not come to its end.
RAISED = "raised"
#: So many seeds make the share of overrides mean something.
MANY = 1_000


@dataclass(frozen=True, slots=True)
class Result:
    """What is kept of a seed."""

    seed: int
    profile: str
    violations: tuple[str, ...]
    counts: Counter[str]
    hash: str


def play(seed: int, bug: str | None = None) -> Result:
    """One seed and its verdict; what the program raises is a verdict too."""
    try:
        if bug is None:
            histories = run_seed(seed)
        else:
            with planted.planted(bug):
                histories = run_seed(seed)
    except Runaway as error:
        return Result(seed, "", (f"I9 no runaway: {error}",), Counter(), "")
    except Exception as error:
        text = f"{RAISED}: {type(error).__name__}: {error}"
        return Result(seed, "", (text,), Counter(), "")
    found = tuple(f"{each.promise}: {each.text}" for each in check(histories))
    return Result(seed, histories.profile, found, _counts(histories), histories.hash())


@cache
def is_clean(seed: int) -> bool:
    """Whether the program as it is keeps its promises under this seed: else it shows nothing of a mistake."""
    return not play(seed).violations


def _counts(h: Histories) -> Counter[str]:
    counts = Counter(h.counts)
    pushes = pushes_of(h)
    counts["tasks made"] = len(h.log.tasks)
    counts["cards made"] = len(h.log.records)
    counts["comments made"] = len(h.log.comments)
    for key, push in pushes.of_command.items():
        when = _when(h, push)
        counts[f"moves {when}"] += 1
        counts[f"overridden {when}"] += key in pushes.overrides
    counts["stays"] = len(h.log.stays)
    counts["acts"] = len(h.log.acts)
    for row in h.store.outbox:
        counts[f"commands {row['state']}"] += 1
        counts["repeated writes"] += max(row["tries"] - 1, 0)
    if h.drained_at is not None:
        counts["drain seconds"] = round(h.drained_at - h.calm_at)
    return counts


def _when(h: Histories, push: Stay) -> str:
    """What a share of overridden moves is a share of.

    Reps of some seeds move a card just when we have looked at it; and what the portal leaves lying meets many
    a move of theirs. Neither says anything of a usual day.
    """
    if profile_of(h.seed).interlopers:
        return "where reps wait for our look"
    return "that the portal left lying" if was_late(h, push) else USUAL


def regressions() -> list[int]:
    """Seeds that have once found something, and are played for ever after."""
    lines = REGRESS.read_text().splitlines()
    return [int(line.split()[0]) for line in lines if line.strip() and not line.startswith("#")]


def remember(result: Result) -> None:
    """From now on every run plays this seed."""
    if result.seed not in regressions():
        with REGRESS.open("a") as file:
            file.write(f"{result.seed} {result.violations[0][:90]}\n")


def replay(seed: int) -> str:
    """The one command that plays the seed again."""
    return f'make simulate ARGS="--seed {seed}"'


def many(seeds: Iterable[int], jobs: int) -> Iterator[Result]:
    """Play seeds on so many cores; results in the order of the seeds."""
    if jobs == 1:
        yield from map(play, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(play, seeds, chunksize=4)


# --- what is printed ---------------------------------------------------------------------------------------


def _tell(result: Result) -> None:
    print(f"seed {result.seed} ({result.profile}) broke a promise:")
    for text in result.violations[:MOST_LINES]:
        print(f"  {text}")
    if len(result.violations) > MOST_LINES:
        print(f"  … and {len(result.violations) - MOST_LINES} more")
    print(f"  again: {replay(result.seed)}", flush=True)


def _summary(results: Sequence[Result], seconds: float) -> None:
    total: Counter[str] = Counter()
    longest = 0
    for each in results:
        longest = max(longest, each.counts["drain seconds"])
        total += each.counts
    profiles = Counter(each.profile for each in results)
    rows = [(name, str(number)) for name, number in sorted(total.items()) if name != "drain seconds"]
    rows.append(("longest drain, seconds", str(longest)))
    print()
    for name, number in rows:
        print(f"{name:32}{number:>10}")
    print()
    print("profiles: " + ", ".join(f"{name} {number}" for name, number in profiles.most_common()))
    bad = sum(bool(each.violations) for each in results)
    print(f"{len(results)} seeds in {seconds:.0f} s, {bad} bad")


def _simulate(seeds: Sequence[int], jobs: int) -> int:
    started, results = time.monotonic(), []
    for result in many(seeds, jobs):
        results.append(result)
        if len(results) % PORTION == 0:
            print(f"{len(results)} seeds, {time.monotonic() - started:.0f} s", flush=True)
        if result.violations:
            _tell(result)
            remember(result)
    first = results[:TWICE]
    again = many([each.seed for each in first], jobs)
    differing = [one.seed for one, other in zip(first, again, strict=True) if one.hash != other.hash]
    if differing:
        print(f"not the same history twice: seeds {differing}")
    if len(results) > 1:
        _summary(results, time.monotonic() - started)
    else:
        for result in results:
            print(f"seed {result.seed} ({result.profile}): history {result.hash[:16]}")
    is_well = len(results) < MANY or _overrides_are_rare(results)
    return int(bool(differing or not is_well or any(each.violations for each in results)))


def _overrides_are_rare(results: Sequence[Result]) -> bool:
    """That none goes unflagged, each seed's verdict has said already."""
    pushes = sum(each.counts[f"moves {USUAL}"] for each in results)
    overridden = {each.seed: number for each in results if (number := each.counts[f"overridden {USUAL}"])}
    number = sum(overridden.values())
    share = number / max(pushes, 1)
    print(f"overridden {USUAL}: {number} of {pushes} moves, {share:.3%}; at most {MOST_OVERRIDES:.3%}")
    if overridden:
        print(f"  in seeds {', '.join(map(str, overridden))}")
    return share <= MOST_OVERRIDES


def _plant(names: Sequence[str], seeds: Sequence[int], jobs: int) -> int:
    """Each mistake until a seed catches it: how soon one of this kind would show, and by which promise."""
    print(f"{'planted mistake':48}{'played':>7}{'caught at':>11}  by")
    missed = []
    with ProcessPoolExecutor(jobs) as pool:
        for name, played, result in pool.map(_catch, names, [seeds] * len(names)):
            if result is None:
                missed.append(name)
                print(f"{name:48}{played:>7}{'-':>11}", flush=True)
            else:
                promises = dict.fromkeys(each.partition(":")[0] for each in result.violations)
                print(f"{name:48}{played:>7}{result.seed:>11}  {', '.join(promises)}", flush=True)
    print(f"{len(names) - len(missed)} of {len(names)} planted mistakes caught")
    return int(bool(missed))


def _catch(name: str, seeds: Sequence[int]) -> tuple[str, int, Result | None]:
    """How many seeds were played, and the one under which the mistake showed."""
    can_show = planted.NEEDS.get(name, lambda profile: True)
    worth = [seed for seed in seeds if can_show(profile_of(seed))]
    for played, seed in enumerate(worth, 1):
        result = play(seed, name)
        # One that raises may be planted wrongly.
        broken = [each for each in result.violations if not each.startswith(RAISED)]
        if broken and is_clean(seed):
            return name, played, result
    return name, len(worth), None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seed", type=int, action="append", help="play this seed alone")
    parser.add_argument("--seeds", type=int, default=1_000, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--planted", nargs="*", metavar="MISTAKE", help="plant known mistakes (all of them) and look"
    )
    wanted = parser.parse_args(arguments)
    gc.set_threshold(50_000, 20, 100)  # as in a test run
    seeds = wanted.seed or list(range(wanted.first, wanted.first + wanted.seeds))
    if wanted.planted is not None:
        return _plant(wanted.planted or list(planted.BUGS), seeds, wanted.jobs)
    if wanted.seed is None and wanted.first == 0:
        seeds = list(dict.fromkeys([*regressions(), *seeds]))
    return _simulate(seeds, 1 if wanted.seed else wanted.jobs)


if __name__ == "__main__":
    sys.exit(main())
