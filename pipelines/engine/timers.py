"""The timers of a process: their names, when they are set, and in which order those due at once are told.

`<run>#start` a later run begins · `<run>#limit` it takes too long · `<run>#time` a wait for time is over ·
`<run>#escalation<n>` · `<visit>#limit` and `<visit>#escalation<n>` the same for the stage.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.engine.plan import plan_of

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.engine.process import Process, Run
    from pipelines.engine.turn import Turn
    from pipelines.steps import Escalation

START, LIMIT, TIME, ESCALATION = "start", "limit", "time", "escalation"


def timer_name(owner: str, kind: str) -> str:
    """The name of a timer of a run or a visit."""
    return f"{owner}#{kind}"


def split_name(name: str) -> tuple[str, str, int]:
    """Whose timer, of which kind, which one of them."""
    owner, _, rest = name.rpartition("#")
    kind = rest.rstrip("0123456789")
    return owner, kind, int(rest[len(kind) :] or 0)


def set_timer(turn: Turn, owner: str, kind: str, at: datetime | None) -> None:
    """Set a timer, or take it away."""
    name = timer_name(owner, kind)
    if at is None:
        turn.draft.timers.pop(name, None)
    elif turn.draft.timers.get(name) != at:
        turn.draft.timers[name] = at


def set_escalations(turn: Turn, owner: str, escalations: Iterable[Escalation]) -> None:
    """Set the timers of the escalations of a stage or a step, all measured from now."""
    for number, escalation in enumerate(escalations):
        at = turn.after(turn.now, escalation.after, turn.why("escalation", escalation.line))
        set_timer(turn, owner, f"{ESCALATION}{number}", at)


def set_run_timers(turn: Turn, run: Run) -> None:
    """Set what a step that begins now is watched by."""
    place = turn.place(run)
    if place is None:
        return
    limit = turn.moment(place.step.limit, turn.now, turn.step_rule(run.step))
    set_timer(turn, run.key, LIMIT, limit)
    set_escalations(turn, run.key, place.step.escalations)


def put_off(turn: Turn, run: Run, by: timedelta) -> None:
    """Move the limit and the escalations of a run that was postponed."""
    for name, at in turn.draft.timers.items():
        owner, kind, _ = split_name(name)
        if owner == run.key and kind in (LIMIT, ESCALATION) and by > timedelta():
            turn.draft.timers[name] = at + by


def hand_over(turn: Turn, owner: str, heir: str) -> None:
    """Let the timers of one run be those of another."""
    for name in [name for name in turn.draft.timers if name.startswith(owner + "#")]:
        turn.draft.timers[heir + name.removeprefix(owner)] = turn.draft.timers.pop(name)


def due_timers(definition: Definition, process: Process, now: datetime) -> tuple[str, ...]:
    """The timers to tell the process of, in order; those of one instant in the order of the file.

    Tell them one by one: what the first does may take the second away.
    """
    plan = plan_of(definition)

    def order(name: str) -> tuple[datetime, int, str]:
        owner, _, _ = split_name(name)
        run = process.run(owner)
        return process.timers[name], plan.order_of(run.step) if run else -1, name

    return tuple(sorted((name for name, at in process.timers.items() if at <= now), key=order))
