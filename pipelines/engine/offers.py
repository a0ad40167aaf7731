"""Follow-ons that nothing starts by itself are offered: by a button at any time, by one task at the end.

The task comes once the work of a final stage is done and the process is over, so that nobody is asked in
every stage; it holds up nothing. Answered or deleted, it is not put again; when the item goes back into work
before that, it is closed, and comes again with the next end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.engine import actions, runs, tasks
from pipelines.engine.process import Run

if TYPE_CHECKING:
    from pipelines.engine.turn import Turn

OFFER = ":offer"


def make_offer(turn: Turn) -> None:
    """Give the owner the task, unless it was answered before."""
    if turn.plan.offered and OFFER not in turn.draft.heard:
        key = turn.draft.new_key(OFFER)
        tasks.give(turn, Run(key=key, step="", kind="offer", state="open", opened_at=turn.now))


def answer(turn: Turn, run: Run, follow_on: str | None) -> None:
    """The task was completed: with a follow-on, that begins; without, nobody wants one."""
    close(turn, run)
    if any(each.id == follow_on for each in turn.plan.offered):
        actions.start_follow_on(turn, follow_on or "", f"{run.key}/follow_on", turn.why(f"offer {follow_on}"))


def close(turn: Turn, run: Run) -> None:
    """The offer is over for good."""
    turn.draft.hear(OFFER)
    turn.draft.drop(run)


def withdraw(turn: Turn, reason: str) -> None:
    """What was offered is begun by a button: the task that is open for it is closed."""
    run = next((run for run in turn.draft.runs.values() if run.kind == "offer"), None)
    if run is not None:
        turn.draft.hear(OFFER)
        runs.cancel(turn, run, reason)
