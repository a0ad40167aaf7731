"""How long it takes to load and check all shipped pipelines, and what of it is not ours.

    python -m tests.benchmarks.bench_loading [--rounds 5] [--check]

Side by side, over the same files: `tomllib` alone, below which no loader in Python can be; `tomllib` and
pydantic into plain models of the same shape (no lines, no expressions, no checks); and ours, which compiles
every expression, keeps the place of every table and asks everything that `check` asks. What counts is
processor time, the best of the rounds; the readers take turns. At the end the whole program, in a process of
its own, beside an interpreter that does nothing.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from pipelines.library import FOLDER, Shelf, examine, shipped_names

#: What is aimed at, in seconds of processor time.
AIM_LOADING, AIM_PROCESS = 0.5, 1.0


class PlainStep(BaseModel):
    id: str
    when: str | None = None
    outcomes: list[dict[str, Any]] = []


class PlainStage(BaseModel):
    id: str
    status: str = "open"
    next: Any = None
    steps: list[PlainStep] = []


class PlainPipeline(BaseModel):
    id: str
    title: dict[str, str]
    entity: str
    fields: dict[str, dict[str, Any]] = {}
    stages: list[PlainStage]
    transitions: list[dict[str, Any]] = []
    scenarios: list[dict[str, Any]] = []


def texts() -> list[str]:
    return [(FOLDER / f"{name}.toml").read_text("utf-8") for name in shipped_names()]


def with_tomllib() -> None:
    for text in texts():
        tomllib.loads(text)


def with_pydantic() -> None:
    for text in texts():
        PlainPipeline.model_validate(tomllib.loads(text))


def with_ours() -> None:
    shelf = Shelf()
    for name in shipped_names():
        assert examine(FOLDER / f"{name}.toml", shelf=shelf) == []


READERS: Mapping[str, Callable[[], None]] = {
    "tomllib": with_tomllib,
    "tomllib and plain pydantic models": with_pydantic,
    "Funnelwright: load and check": with_ours,
}


def measure(rounds: int) -> dict[str, float]:
    """Best processor time of each, after one round that is not counted."""
    for run in READERS.values():
        run()
    best = dict.fromkeys(READERS, float("inf"))
    for _ in range(rounds):
        for name, run in READERS.items():
            gc.collect()
            start = time.process_time()
            run()
            best[name] = min(best[name], time.process_time() - start)
    return best


def process_seconds(arguments: Sequence[str], rounds: int) -> float:
    """Best processor time of a program in a process of its own."""
    counted = "import resource as r; u = r.getrusage(r.RUSAGE_CHILDREN); print(u.ru_utime + u.ru_stime)"
    run = f"import subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True); {counted}"
    command = [sys.executable, "-c", run, *arguments]
    return min(float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(rounds))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--check", action="store_true", help="fail if an aim is missed")
    options = parser.parse_args()
    best = measure(options.rounds)
    ours = best["Funnelwright: load and check"]
    print(f"{len(shipped_names())} pipelines, {sum(map(len, texts())):,} characters\n")
    for name, seconds in best.items():
        print(f"{name:<38}{seconds:>8.3f} s{seconds / ours:>8.0%}")
    bare = process_seconds([sys.executable, "-c", ""], options.rounds)
    whole = process_seconds([sys.executable, "-m", "connector.cli", "check", str(FOLDER)], options.rounds)
    print(f"\n{'funnelwright check, the whole process':<38}{whole:>8.3f} s")
    print(f"{'an interpreter that does nothing':<38}{bare:>8.3f} s")
    missed = [f"loading: {ours:.2f} s > {AIM_LOADING} s"] if ours > AIM_LOADING else []
    missed += [f"the process: {whole:.2f} s > {AIM_PROCESS} s"] if whole > AIM_PROCESS else []
    for each in missed:
        print("missed:", each)
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
