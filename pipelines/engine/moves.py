"""Where the process itself wants the item to go: intended, held by a gate, sent.

A move is sent once for each visit of the item; then the process waits to hear of the new visit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.engine import gates, runs, tasks
from pipelines.engine.missing import close_list, keep_list, withdraw_list
from pipelines.engine.model import MoveStage
from pipelines.engine.process import Intent, Run

if TYPE_CHECKING:
    from pipelines.definition import Choose, NextCase
    from pipelines.engine.gates import Gate
    from pipelines.engine.model import Because, Why
    from pipelines.engine.turn import Turn

CHOICE = ":choice"


def end_stage(turn: Turn, why: Why) -> None:
    """The work of the stage is over: what is still live of it is cancelled."""
    reason = turn.say("stage_ended", stage=turn.stage_title(turn.draft.stage))
    for run in turn.draft.stage_runs():
        runs.cancel(turn, run, reason, why)
    turn.draft.is_ended = True
    turn.note("stage_ended", why, stage=turn.stage_title(turn.draft.stage))


def intend(turn: Turn, stage: str, because: Because, why: Why, step: str | None = None) -> None:
    """From now on the item is to go to a stage; one that is not there, or the present one, leads nowhere."""
    draft = turn.draft
    if not _leads_on(turn, stage):
        turn.note("ignored", why, reason=stage)
        return
    before = draft.intent
    if before is not None and before.is_sent:
        turn.note("ignored", why, reason=stage)  # the earlier one is on its way
        return
    if before is not None and before.stage != stage:
        withdraw_list(turn, before.stage)
    draft.intent = Intent(stage=stage, because=because, rule=why.rule, line=why.line or 0, step=step)
    _drop_choice(turn)


def decide_next(turn: Turn) -> bool:
    """At the end of a stage: intend the next one, or ask the rep; false when there is nothing new to do."""
    stage = turn.plan.stages.get(turn.draft.stage)
    following = stage.stage.next if stage else None
    if stage is None or following is None:
        return False
    line = stage.stage.line_of("next")
    if isinstance(following, tuple):
        return _intend_first(turn, following, turn.why(f"next of {stage.stage.id}", line))
    return _ask_for_choice(turn, following)


def _intend_first(turn: Turn, cases: tuple[NextCase, ...], why: Why) -> bool:
    first = next((case for case in cases if turn.holds(case.when)), None)
    if first is None or not _leads_on(turn, first.to):
        return False
    intend(turn, first.to, "next", why)
    return True


def _leads_on(turn: Turn, stage: str) -> bool:
    return stage in turn.plan.stages and stage != turn.draft.stage


def _ask_for_choice(turn: Turn, following: Choose) -> bool:
    if CHOICE in turn.draft.counts:
        return False
    run = Run(key=turn.draft.new_key(CHOICE), step="", kind="choice", state="open", opened_at=turn.now)
    tasks.give(turn, run)
    return True


def choose(turn: Turn, run: Run, stage: str, *, closing: str = "") -> bool:
    """The rep chose the next stage; false when it is none of those that were offered."""
    here = turn.plan.stages.get(turn.draft.stage)
    following = here.stage.next if here else None
    if here is None or following is None or isinstance(following, tuple) or stage not in following.choose:
        return False
    if closing:
        tasks.close(turn, run, closing)
    turn.draft.drop(run)
    why = turn.why(f"choice of {here.stage.id}", here.stage.line_of("next"))
    turn.note("chosen", why, stage=turn.stage_title(stage))
    intend(turn, stage, "choice", why)
    return True


def choice_run(turn: Turn) -> Run | None:
    """The question for the next stage, while it is open."""
    return next((run for run in turn.draft.runs.values() if run.kind == "choice"), None)


def ask_choice_again(turn: Turn, run: Run) -> None:
    """The question was completed without an answer: it is put again."""
    runs.renew(turn, run)


def _drop_choice(turn: Turn) -> None:
    run = choice_run(turn)
    if run is not None:
        runs.cancel(turn, run, turn.say("not_missing"))


def pursue(turn: Turn) -> bool:
    """Send the intended move when its gate is open, else keep the list of what holds it; true if sent."""
    intent = turn.draft.intent
    if intent is None or intent.is_sent:
        return False
    gate = _gate(turn, intent)
    if not gate.is_passable:
        _hold(turn, intent, gate)
        return False
    close_list(turn, intent.stage)
    turn.draft.intent = intent.but(is_sent=True, missing=(), held_by="")
    why = turn.why(intent.rule, intent.line)
    turn.note("moving", why, stage=turn.stage_title(intent.stage))
    visit = turn.draft.last_visit
    key = f"{visit}/move/{intent.stage}"
    turn.ask(MoveStage(key=key, why=why, stage=intent.stage, visit=visit, because=intent.because))
    return True


def _gate(turn: Turn, intent: Intent) -> Gate:
    if intent.because == "entry":
        return gates.check_entry(turn, intent.stage)
    return gates.check(turn, turn.draft.stage, intent.stage)


def _hold(turn: Turn, intent: Intent, gate: Gate) -> None:
    if (intent.held_by, intent.missing) != (gate.first.by, gate.missing):
        why = turn.why(intent.rule, intent.line)
        turn.note("held", why, stage=turn.stage_title(intent.stage), reason=gates.reason(turn, gate))
        for obstacle in gate.obstacles:
            if obstacle.verdict is not None:
                turn.note_verdict(obstacle.verdict, why)
    turn.draft.intent = intent = intent.but(held_by=gate.first.by, missing=gate.missing)
    if not intent.is_muted:
        keep_list(turn, intent.stage, gate)
