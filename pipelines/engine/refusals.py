"""Moves that people make and the gates refuse: the card goes back, stays and waits, or goes on marked.

A refused move starts and cancels nothing: the refused visit and the one made by the return belong to the
interrupted visit, whose steps, timers and version go on. The rep is told what is missing, by the titles on
the card, and one open task keeps that list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pipelines.engine import actions, gates, missing, people, visits
from pipelines.engine.model import Comment, MoveStage
from pipelines.engine.process import Refusal

if TYPE_CHECKING:
    from pipelines.engine.gates import Gate
    from pipelines.engine.model import Why
    from pipelines.engine.turn import Turn


def refuse(
    turn: Turn, visit: str, stage: str, gate: Gate, *, is_entry: bool = False, step: str | None = None
) -> None:
    """Do not accept a visit: send the card back, or let it wait where it is."""
    first = gate.first
    why = turn.why(_rule(turn, first.by), first.line)
    mode: Literal["hold", "revert"] = "hold" if gate.severity == "hold" else "revert"
    if turn.draft.refusal is not None and turn.draft.refusal.stage != stage:
        missing.withdraw_list(turn, turn.draft.refusal.stage)
    turn.draft.refusal = Refusal(
        visit=visit, stage=stage, by=first.by, mode=mode, missing=gate.missing, is_entry=is_entry, step=step
    )
    _explain(turn, visit, stage, gate, why, mode)
    if mode == "revert":
        back = turn.draft.stage
        key = f"{visit}/revert"
        turn.ask(MoveStage(key=key, why=why, stage=back, visit=visit, because="revert"))


def mark(turn: Turn, visit: str, stage: str, gate: Gate) -> None:
    """Let a move go on although something is in the way, and say so."""
    why = turn.why(_rule(turn, gate.first.by), gate.first.line)
    said = gates.reason(turn, gate)
    turn.note("flagged", why, stage=turn.stage_title(stage), reason=said)
    text = turn.say("flagged", stage=turn.stage_title(stage), reason=said)
    turn.ask(Comment(key=f"{visit}/flagged", why=why, text=text))


def come_back(turn: Turn) -> None:
    """The card is in the stage of the interrupted visit again, which goes on."""
    draft, refusal = turn.draft, turn.draft.refusal
    if draft.intent is not None:  # if it was sent, then for a visit that is no longer the last one
        draft.intent = draft.intent.but(is_sent=False)
    if refusal is None:
        return
    turn.note("returned", turn.why(_rule(turn, refusal.by)))
    if refusal.mode == "hold":
        missing.withdraw_list(turn, refusal.stage)
        draft.refusal = None
    else:
        draft.refusal = refusal.but(is_returned=True)


def look_again(turn: Turn) -> bool:
    """What was refused may be allowed by now: a held card goes on, a list is closed; true when so."""
    refusal = turn.draft.refusal
    if refusal is None or (refusal.mode == "revert" and not refusal.is_returned):
        return False
    gate = _gate(turn, refusal)
    if not gate.is_passable:
        _keep(turn, refusal, gate)
        return False
    why = turn.why(_rule(turn, refusal.by))
    turn.note("gate_holds", why, stage=turn.stage_title(refusal.stage))
    missing.close_list(turn, refusal.stage)
    turn.draft.refusal = None
    if refusal.mode == "hold":
        if gate.obstacles:
            mark(turn, refusal.visit, refusal.stage, gate)
        visits.enter(turn, refusal.visit, refusal.stage, why, step=refusal.step)
    return True


def is_elsewhere(turn: Turn) -> bool:
    """True while the card stands in a stage that was refused: the process moves it nowhere."""
    refusal = turn.draft.refusal
    return refusal is not None and not refusal.is_returned


def _gate(turn: Turn, refusal: Refusal) -> Gate:
    if refusal.is_entry:
        return gates.check_entry(turn, refusal.stage)
    return gates.check(turn, turn.draft.stage, refusal.stage)


def _keep(turn: Turn, refusal: Refusal, gate: Gate) -> None:
    if refusal.missing != gate.missing:
        turn.draft.refusal = refusal = refusal.but(missing=gate.missing)
    if refusal.is_muted:
        return
    if gate.missing or refusal.mode == "hold":
        missing.keep_list(turn, refusal.stage, gate)
    else:
        missing.withdraw_list(turn, refusal.stage)


def _explain(turn: Turn, visit: str, stage: str, gate: Gate, why: Why, mode: str) -> None:
    said, title = gates.reason(turn, gate), turn.stage_title(stage)
    turn.note("held" if mode == "hold" else "refused", why, stage=title, reason=said)
    for obstacle in gate.obstacles:
        if obstacle.verdict is not None:
            turn.note_verdict(obstacle.verdict, why)
    item = turn.show(turn.value("title"))
    reasons = "; ".join(dict.fromkeys(each.reason for each in gate.obstacles if each.reason))
    parts = [turn.say("refused_reason", item=item, stage=title, reason=reasons)] if reasons else []
    if gate.missing:
        listed = turn.field_list(gate.missing)
        parts.append(turn.say("refused_fields", item=item, stage=title, fields=listed))
    whom = turn.signal.by if turn.signal.by is not None else turn.draft.owner
    actions.tell(turn, people.stand_in(turn, whom).user, " ".join(parts), f"{visit}/refused", why)
    if gate.missing or mode == "hold":
        missing.keep_list(turn, stage, gate)


def _rule(turn: Turn, by: str) -> str:
    if by in ("lock", "strict"):
        return by
    return f"stage {by}" if by in turn.plan.stages else f"transition {by}"
