"""Step runs: which steps an item went through, when, with what result, and the tasks that they had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from connector.reports.story.story import Story
from connector.store.journal import Line
from connector.store.processes import StoredProcess
from connector.store.tasks import MadeTask
from pipelines.engine.process import Process, Run

State = Literal["open", "later", "ended", "skipped", "cancelled"]
#: What a line of the journal says of a run.
_STATES: Mapping[str, State] = {
    "opened": "open",
    "later": "later",
    "ended": "ended",
    "skipped": "skipped",
    "cancelled": "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRun:
    """One execution of a step."""

    key: str
    title: str
    pipeline: str
    state: State
    began_at: datetime
    #: None while it goes on.
    ended_at: datetime | None = None
    #: The result, or why it was cancelled.
    result: str = ""
    task: MadeTask | None = None


def step_runs(story: Story) -> list[StepRun]:
    """The step runs that the journal tells of, the newest first."""
    made = {each.run: each for each in story.made_tasks}
    live = {run.key for each in story.processes for run in _runs(each)}
    runs: dict[str, StepRun] = {}
    for line in story.lines:
        state = _STATES.get(line.kind)
        if state is None or not line.details.get("step"):
            continue
        key = str(line.details.get("run") or f"{line.seq}")
        began = runs.get(key)
        runs[key] = _told(story, line, state, key, began, made.get(key))
    # What ended without a line of its own was cut off with its stage.
    found = [
        replace(run, state="cancelled") if run.state in ("open", "later") and run.key not in live else run
        for run in runs.values()
    ]
    return found[::-1]


def _runs(stored: StoredProcess) -> tuple[Run, ...]:
    return Process.from_json(stored.state).runs


def _told(
    story: Story, line: Line, state: State, key: str, began: StepRun | None, task: MadeTask | None
) -> StepRun:
    run = began or StepRun(
        key=key,
        title=story.speaker.step(line.version, str(line.details["step"])),
        pipeline=line.pipeline or "",
        state=state,
        began_at=line.at,
        task=task,
    )
    if state in ("open", "later"):
        return replace(run, state=state, began_at=line.at)
    said = story.speaker.retelling(line.version).gaps(line.kind, line.text)
    result = said.get("outcome") or said.get("reason") or ""
    return replace(run, state=state, ended_at=line.at, result=result)
