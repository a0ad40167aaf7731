"""Signals per second through the engine, beside other engines, in one run; and how long loading takes.

    python -m tests.benchmarks.bench_engine [--pipeline corporate_sale] [--rounds 25] [--check]

The first row plays what the scenarios of a shipped pipeline tell the engine: every kind of signal, tasks,
forms, questions, refusals, timers; what it was, and what the engine asked for and wrote down, is printed. The
others do one guarded stage change with one task. All read their state from JSON and write it back, each time.
The engines take turns; what counts is processor time, each job at its best of all rounds, and above all the
ratios: absolute figures are of this machine.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pipelines.definition import Definition
from pipelines.engine import Decision, Facts, Process, Signal, decide
from pipelines.library import FOLDER, examine, load_shipped, others_of, shipped_names
from pipelines.rehearsal import Rehearsal
from pipelines.script import Look
from tests.benchmarks import stage_change

#: What is aimed at: signals per second, and how many times as fast as the others.
AIM_PER_SECOND = 15_000
AIM_RATIOS = {"python-statemachine": 3.0, "SpiffWorkflow": 10.0}
AIM_LOAD_SECONDS = 0.5
#: A job is so many signals, so short that a busy machine leaves some of its rounds alone.
JOB = 4
#: So many jobs each of the others has in a round: a single one would always find its code gone cold.
JOBS = 10

Job = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Heard:
    """One signal as the engine heard it: the process before it as JSON."""

    saved: str | None
    signal: Signal
    facts: Facts
    now: datetime
    #: What came of it.
    decision: Decision


def record(definition: Definition) -> list[Heard]:
    """Everything that the scenarios of a pipeline tell the engine."""
    heard: list[Heard] = []

    def watch(process: Process | None, signal: Signal, facts: Facts, decision: Decision) -> None:
        saved = None if process is None else process.to_json()
        heard.append(Heard(saved, signal, facts, signal.at, decision))

    for scenario in definition.scenarios:
        world = Rehearsal(definition, scenario, others_of(definition), watch=watch)
        for verb in scenario.play:
            if not isinstance(verb, Look):
                world.play(verb)
    return heard


def show_mix(heard: list[Heard]) -> None:
    """Print what the engine hears, and what comes of it."""
    kinds = Counter(type(each.signal).__name__ for each in heard)
    print("  heard:   ", ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    asked = Counter(type(command).__name__ for each in heard for command in each.decision.commands)
    print("  asked:   ", ", ".join(f"{count} {kind}" for kind, count in asked.most_common()))
    print("  journal: ", sum(len(each.decision.journal) for each in heard), "lines, each with its reason")
    saved = [len(each.saved.encode()) for each in heard if each.saved is not None]
    print("  state:   ", f"{sum(saved) / len(saved):,.0f} bytes of JSON on average")


def replay(definition: Definition, heard: Sequence[Heard]) -> None:
    """Let the engine hear it again, with the state read and written each time."""
    for each in heard:
        process = None if each.saved is None else Process.from_json(each.saved)
        decision = decide(definition, process, each.signal, each.facts, each.now, item="deal:1")
        if decision.process is not None:
            decision.process.to_json()


def load_all() -> None:
    """Load and check every shipped pipeline."""
    for name in shipped_names():
        examine(FOLDER / f"{name}.toml")


def replayed(definition: Definition, heard: list[Heard]) -> list[Job]:
    parts = (heard[start : start + JOB] for start in range(0, len(heard), JOB))
    return [partial(replay, definition, part) for part in parts]


def repeated(event: stage_change.Event) -> Job:
    def run() -> None:
        for _ in range(JOB):
            event()

    return run


def cpu_seconds(job: Job) -> float:
    start = time.process_time()
    job()
    return time.process_time() - start


def measure(jobs: Mapping[str, Sequence[Job]], rounds: int) -> dict[str, float]:
    """Processor time of the jobs of each name, every job at its best.

    All take turns, after one round that is not counted.
    """
    for each in jobs.values():
        for job in each:
            job()
    gc.freeze()  # what was loaded so far is none of the engines' garbage
    best = {name: [float("inf")] * len(each) for name, each in jobs.items()}
    for _ in range(rounds):
        for name, each in jobs.items():
            best[name] = [min(known, cpu_seconds(job)) for known, job in zip(best[name], each, strict=True)]
    return {name: sum(seconds) for name, seconds in best.items()}


def import_seconds() -> float:
    """Processor time of a fresh interpreter that imports the pipelines, less one that imports nothing."""

    def run(code: str) -> float:
        timed = f"import time\n{code}\nprint(time.process_time())"
        return float(subprocess.run([sys.executable, "-c", timed], capture_output=True, check=True).stdout)

    return min(run("import pipelines.library, pipelines.engine") for _ in range(3)) - run("")


def report(seconds: Mapping[str, float], pipeline: str, reference: str) -> list[str]:
    """Print the table; returns the aims that were missed."""
    print(f"{'engine':<38}{'signals/s':>11}{'µs each':>9}{'of ours':>9}")
    for name, each in seconds.items():
        print(f"{name:<38}{1 / each:>11,.0f}{each * 1e6:>9.1f}{each / seconds[reference]:>8.1f}x")
    ours = seconds[pipeline]
    ratios = {name: seconds[name] / ours for name in AIM_RATIOS}
    missed = [
        f"{name}: {ratios[name]:.1f}x < {aim}x" for name, aim in AIM_RATIOS.items() if ratios[name] < aim
    ]
    if 1 / ours < AIM_PER_SECOND:
        missed.append(f"{1 / ours:,.0f} signals/s < {AIM_PER_SECOND:,}")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pipeline", default="corporate_sale", help="whose scenarios are played")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--check", action="store_true", help="fail if an aim is missed")
    options = parser.parse_args()
    definition = load_shipped(options.pipeline)
    heard = record(definition)
    ours = f"Funnelwright, {options.pipeline}"
    single = {
        "Funnelwright, one stage change": stage_change.funnelwright(),
        "python-statemachine": stage_change.python_statemachine(),
        "SpiffWorkflow": stage_change.spiff_workflow(),
        "transitions (no steps, no reasons)": stage_change.transitions(),
    }
    jobs = {name: [repeated(event)] * JOBS for name, event in single.items()}
    print(f"{options.pipeline}: {len(heard)} signals of {len(definition.scenarios)} scenarios")
    show_mix(heard)
    print("others: a stage change that a condition guards, which closes one task and makes the next\n")
    best = measure({ours: replayed(definition, heard), **jobs}, options.rounds)
    per_signal = {name: each / (len(heard) if name == ours else JOB * JOBS) for name, each in best.items()}
    missed = report(per_signal, ours, ours)
    loading = measure({"load": [load_all]}, 3)["load"]
    print(f"\nload and check {len(shipped_names())} shipped pipelines: {loading:.2f} s")
    print(f"import the pipelines: {import_seconds():.2f} s")
    if loading > AIM_LOAD_SECONDS:
        missed.append(f"loading: {loading:.2f} s > {AIM_LOAD_SECONDS} s")
    for each in missed:
        print("missed:", each)
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
