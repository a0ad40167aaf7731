"""The one open task that lists what is missing for a stage: kept up to date, closed when nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.engine import runs, tasks
from pipelines.engine.process import Run

if TYPE_CHECKING:
    from pipelines.engine.gates import Gate
    from pipelines.engine.turn import Turn

MISSING = ":missing"


def list_for(turn: Turn, stage: str) -> Run | None:
    """The open list for a stage."""
    return next(
        (run for run in turn.draft.runs.values() if run.kind == "missing" and run.target == stage), None
    )


def keep_list(turn: Turn, stage: str, gate: Gate) -> None:
    """Have one open task that says what is missing for `stage`."""
    run = list_for(turn, stage)
    if run is None:
        key = turn.draft.new_key(MISSING)
        made = Run(key=key, step="", kind="missing", state="open", opened_at=turn.now, target=stage)
        tasks.give(turn, made.but(missing=gate.missing))
    elif run.missing != gate.missing:
        tasks.set_missing(turn, run, gate.missing)


def close_list(turn: Turn, stage: str) -> None:
    """Nothing is missing for `stage` any more."""
    run = list_for(turn, stage)
    if run is not None:
        runs.cancel(turn, run, turn.say("filled"))


def withdraw_list(turn: Turn, stage: str) -> None:
    """Nobody wants to go to `stage` any more."""
    run = list_for(turn, stage)
    if run is not None and not _is_wanted(turn, stage):
        runs.cancel(turn, run, turn.say("not_missing"))


def _is_wanted(turn: Turn, stage: str) -> bool:
    """A list that both a refused move and the process need is not withdrawn by one of them."""
    intent, refusal = turn.draft.intent, turn.draft.refusal
    return intent is not None and refusal is not None and intent.stage == refusal.stage == stage


def mute(turn: Turn, run: Run) -> None:
    """The rep deleted the list: it is not made again, the gate stays as it is."""
    draft = turn.draft
    draft.drop(run)
    turn.note("muted", turn.why("missing"), run=run)
    if draft.intent and draft.intent.stage == run.target:
        draft.intent = draft.intent.but(is_muted=True)
    if draft.refusal and draft.refusal.stage == run.target:
        draft.refusal = draft.refusal.but(is_muted=True)
