"""The process while one decision is made: the same fields, but they can be changed; frozen at the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Self

from msgspec import Struct
from msgspec.structs import astuple

from pipelines.engine.process import End, Intent, Phase, Process, Refusal, Result, Run, Written


class Draft(Struct):
    """A process that is being worked on: the fields of `Process` in their order, runs by their keys."""

    pipeline: str
    version: str
    item: str
    visit: str
    last_visit: str
    stage: str
    status: str
    phase: Phase
    entered_at: datetime
    owner: int | None
    owner_before: int | None
    is_assigning: bool
    timers: dict[str, datetime]
    stopped_timers: dict[str, datetime]
    runs: dict[str, Run]
    results: dict[str, Result]
    counts: dict[str, int]
    left: dict[str, End]
    is_ended: bool
    intent: Intent | None
    refusal: Refusal | None
    outcomes: dict[str, str]
    visits: dict[str, int]
    heard: dict[str, int]
    used: dict[str, Any]
    written: dict[str, Written]
    handled: tuple[str, ...]

    @classmethod
    def of(cls, process: Process) -> Self:
        """A draft that can be changed without touching `process`."""
        draft = cls(*astuple(process))
        draft.timers = draft.timers.copy()
        draft.stopped_timers = draft.stopped_timers.copy()
        draft.runs = {run.key: run for run in process.runs}
        draft.results = draft.results.copy()
        draft.counts = draft.counts.copy()
        draft.left = draft.left.copy()
        draft.outcomes = draft.outcomes.copy()
        draft.visits = draft.visits.copy()
        draft.heard = draft.heard.copy()
        draft.used = draft.used.copy()
        draft.written = draft.written.copy()
        return draft

    def freeze(self) -> Process:
        """The process as it is now."""
        return Process(*astuple(self)).but(runs=tuple(self.runs.values()))

    def run(self, key: str) -> Run | None:
        """The live run of that key; of an approval, the key of one person's task will do."""
        if key in self.runs:
            return self.runs[key]
        approval = self.runs.get(key.rpartition("/")[0])
        return approval if approval is not None and approval.vote_of(key) else None

    def run_of(self, step: str) -> Run | None:
        """The live run of a step."""
        for run in self.runs.values():
            if run.step == step:
                return run
        return None

    def stage_runs(self) -> Iterator[Run]:
        """The live runs of steps that leaving the stage cancels."""
        return (run for run in tuple(self.runs.values()) if run.step and not run.is_process_wide)

    def new_key(self, step: str) -> str:
        """The key of the next run of a step in this visit."""
        self.counts[step] = self.counts.get(step, 0) + 1
        return f"{self.visit}/{step}/{self.counts[step]}"

    def is_finished(self, step: str) -> bool:
        """True when what comes after the step may start."""
        result = self.results.get(step)
        return result is not None and result.is_finished

    def drop(self, run: Run) -> None:
        """Take a run and its timers away."""
        self.runs.pop(run.key, None)
        self.drop_timers(run.key)

    def drop_timers(self, owner: str) -> None:
        """Take away the timers of a run, or of a visit."""
        if not self.timers:
            return
        mark = owner + "#"
        for name in [name for name in self.timers if name.startswith(mark)]:
            del self.timers[name]

    def hear(self, name: str) -> None:
        """Count a signal."""
        self.heard[name] = self.heard.get(name, 0) + 1
