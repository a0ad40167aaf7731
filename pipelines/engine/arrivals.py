"""What the card does: it joins the pipeline, moves, is deleted, comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.engine import gates, moves, owners, refusals, runs, tasks, visits
from pipelines.engine.draft import Draft
from pipelines.engine.model import Gone, Moved, Started
from pipelines.engine.process import Process, Run

if TYPE_CHECKING:
    from datetime import datetime

    from pipelines.definition import Entry
    from pipelines.engine.model import Facts, Why
    from pipelines.engine.plan import Plan
    from pipelines.engine.turn import Turn

#: Ways of joining that make an item new: routes say who owns it.
NEW = ("create", "on_stage", "follow_on")


def blank(plan: Plan, signal: Started, facts: Facts, now: datetime, item: str) -> Draft:
    """A process that has not come into any stage yet."""
    process = Process(
        pipeline=plan.definition.id,
        version=plan.version,
        item=item,
        visit=signal.visit,
        last_visit=signal.visit,
        stage="",
        status="open",
        phase="running",
        entered_at=now,
        owner=facts.owner,
    )
    return Draft.of(process)


def started(turn: Turn, signal: Started) -> None:
    """An item joins: routed if it is new, then into the stage that it is in or that the entries say."""
    why = turn.why(f"start {signal.how}", turn.plan.definition.start.line)
    turn.note("started", why, how=signal.how)
    if signal.how in NEW and turn.plan.definition.start.route == "now":
        owners.route(turn, f"{signal.visit}/route")
    entry = _entry(turn) if signal.stage is None else None
    if entry is not None:
        _join_by(turn, signal, entry)
    elif signal.stage is not None and signal.how not in NEW:
        visits.enter(turn, signal.visit, signal.stage, why, step=signal.step)
    else:
        stage = signal.stage or next(iter(turn.plan.stages))
        _join(turn, signal, stage, signal.step, why)


def _entry(turn: Turn) -> Entry | None:
    for entry in turn.plan.definition.entries:
        verdict = turn.holds(entry.when)
        turn.note_verdict(verdict, turn.why(f"entry {entry.known_as or entry.stage}", entry.line))
        if verdict:
            return entry
    return None


def _join_by(turn: Turn, signal: Started, entry: Entry) -> None:
    why = turn.why(f"entry {entry.known_as or entry.stage}", entry.line)
    _join(turn, signal, entry.stage, entry.step or signal.step, why)


def _join(turn: Turn, signal: Started, stage: str, step: str | None, why: Why) -> None:
    """Into the stage if the card is there, else the process wants it there; its gate may hold both."""
    if turn.facts.item.get("stage") != stage:
        moves.intend(turn, stage, "entry", why, step)
        return
    gate = gates.check_entry(turn, stage)
    if gate.is_passable:
        visits.enter(turn, signal.visit, stage, why, step=step)
    else:
        refusals.refuse(turn, signal.visit, stage, gate, is_entry=True, step=step)


def moved(turn: Turn, signal: Moved) -> None:
    """The card came into a stage: a return, a move that the process made, or one to be looked at."""
    draft = turn.draft
    if signal.visit in (draft.visit, draft.last_visit):
        return
    draft.last_visit = signal.visit
    why = turn.why("moved by the connector" if signal.by_connector else "moved")
    if signal.stage is None:
        _move_out(turn, signal, why)
    elif signal.stage == draft.stage and draft.phase != "outside":
        refusals.come_back(turn)
    elif signal.by_connector:
        _accept(turn, signal, signal.stage, why)
    else:
        _look_at(turn, signal, signal.stage, why)


def _accept(turn: Turn, signal: Moved, stage: str, why: Why) -> None:
    intent = turn.draft.intent
    step = intent.step if intent is not None and intent.stage == stage else None
    visits.enter(turn, signal.visit, stage, why, step=step)


def _look_at(turn: Turn, signal: Moved, stage: str, why: Why) -> None:
    """A person, a robot or an import moved the card: the gates say what becomes of it."""
    source = turn.draft.stage if turn.draft.phase != "outside" else ""
    gate = gates.check(turn, source, stage) if source else gates.check_entry(turn, stage)
    if not gate.is_passable:
        refusals.refuse(turn, signal.visit, stage, gate, is_entry=not source)
        return
    if gate.obstacles:
        refusals.mark(turn, signal.visit, stage, gate)
    _accept(turn, signal, stage, why)


def _move_out(turn: Turn, signal: Moved, why: Why) -> None:
    """To a stage that the pipeline does not have: only a lock can refuse that."""
    draft = turn.draft
    gate = gates.check_leaving(turn, draft.stage)
    if not gate.is_passable:
        refusals.refuse(turn, signal.visit, "", gate)
        return
    visits.leave(turn)
    draft.visit, draft.counts = signal.visit, {}
    visits.go_outside(turn, why)


def gone(turn: Turn, signal: Gone) -> None:
    """The item was deleted: tasks are closed, everything else stands still."""
    draft = turn.draft
    for run in tuple(draft.runs.values()):
        tasks.close(turn, run, turn.say("item_gone"))
    draft.phase, draft.stopped_timers, draft.timers = "gone", draft.timers, {}
    turn.note("gone", turn.why("gone"))


def restored(turn: Turn) -> None:
    """The item is back: what was live gets new tasks, the clocks go on."""
    draft = turn.draft
    draft.timers, draft.stopped_timers = draft.stopped_timers, {}
    is_inside = draft.stage or draft.intent or draft.refusal
    draft.phase = "running" if is_inside else "outside"
    turn.note("restored", turn.why("restored"))
    for run in tuple(draft.runs.values()):
        _revive(turn, run)


def _revive(turn: Turn, run: Run) -> None:
    if run.has_task:
        runs.renew(turn, run, votes=())
