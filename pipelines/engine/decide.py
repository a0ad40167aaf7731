"""`decide`: one signal, one decision. Pure, total, deterministic; settles; explains every command.

First the process takes over what the facts show (owner, written fields, dates that come from fields), then
the signal is handled, then everything that follows by itself is done. A signal that was handled already, or
that means nothing for the process as it is, does nothing. The newest signals are remembered by fingerprint;
older ones do nothing because the run, visit or timer that they speak of is over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.engine import actions, arrivals, clock, fields, owners, reports, waits
from pipelines.engine.draft import Draft
from pipelines.engine.model import (
    Answered,
    ChildChanged,
    Decision,
    External,
    Facts,
    Gone,
    ItemChanged,
    Moved,
    Pressed,
    Restored,
    Signal,
    Started,
    TaskCancelled,
    TaskCompleted,
    TaskPostponed,
    TimerFired,
)
from pipelines.engine.plan import plan_of
from pipelines.engine.process import Process
from pipelines.engine.rounds import Endless, settle
from pipelines.engine.turn import Turn

if TYPE_CHECKING:
    from pipelines.definition import Definition

#: So many signals are remembered as handled; so many names from outside are counted that no step waits for.
REMEMBERED = 32
MOST_NAMES = 100


def decide(
    definition: Definition,
    process: Process | None,
    signal: Signal,
    facts: Facts,
    now: datetime,
    *,
    item: str = "",
    newest: Definition | None = None,
) -> Decision:
    """What a signal makes of a process.

    `definition` is the version that the process runs on (`process.version`), `newest` the one that a new
    visit takes (default: the same). `process` None: only `Started` means anything; `item` names the new one.
    """
    mark = _fingerprint(signal.key)
    if process is None and not isinstance(signal, Started):
        return Decision(None)
    if process is not None and (mark in process.handled or isinstance(signal, Started)):
        return Decision(process)
    turn = _turn(definition, newest or definition, process, signal, facts, now, item)
    turn.draft.handled = (*turn.draft.handled, mark)[-REMEMBERED:]
    try:
        _hear(turn, signal)
        settle(turn)
    except Endless as endless:
        return _give_up(turn, process, endless)
    return turn.decision()


def _turn(
    definition: Definition,
    newest: Definition,
    process: Process | None,
    signal: Signal,
    facts: Facts,
    now: datetime,
    item: str,
) -> Turn:
    latest = plan_of(newest)
    plan = latest if process is None or newest is definition else plan_of(definition)
    if process is None:
        assert isinstance(signal, Started)
        draft = arrivals.blank(plan, signal, facts, now, item)
    else:
        draft = Draft.of(process)
    return Turn(plan, latest, draft, signal, facts, now)


def _hear(turn: Turn, signal: Signal) -> None:
    """A deleted item hears only that it is back, or that it moves, which says the same."""
    if turn.draft.phase == "gone":
        if not isinstance(signal, Restored | Moved):
            return
        arrivals.restored(turn)
    if not isinstance(signal, Gone):  # of a deleted item the facts show nothing
        _take_over_facts(turn)
    _MEANINGS[type(signal)](turn, signal)


def _take_over_facts(turn: Turn) -> None:
    fields.forget_seen(turn)
    owners.follow(turn)
    clock.follow_dates(turn)


def _give_up(turn: Turn, process: Process | None, endless: Endless) -> Decision:
    """The pipeline goes round: nothing of the turn is kept but the message to those who can mend it."""
    before = process or turn.draft.freeze()
    told = Turn(turn.plan, turn.newest, Draft.of(before), turn.signal, turn.facts, turn.now)
    told.draft.handled = turn.draft.handled
    why = told.why("endless")
    steps = ", ".join(endless.steps)
    told.note("endless", why, steps=steps)
    text = told.say("went_round", item=told.show(told.value("title")), steps=steps)
    key = f"{before.visit}/endless/{turn.signal.key}"
    actions.tell(told, turn.facts.process_owner or turn.facts.admin, text, key, why)
    return Decision(
        None if process is None else told.draft.freeze(), tuple(told.commands), tuple(told.journal)
    )


def _external(turn: Turn, signal: External) -> None:
    name = f"signal:{signal.name}"
    is_known = signal.name in turn.plan.signals or name in turn.draft.heard
    if not is_known and len(turn.draft.heard) >= MOST_NAMES:
        turn.note("ignored", turn.why("signal"), reason=signal.name)
        return
    turn.draft.hear(name)
    turn.note("signal", turn.why("signal"), name=signal.name)


def _child_changed(turn: Turn, signal: ChildChanged) -> None:
    if signal.stage is not None:
        turn.draft.hear(waits.stage_signal(signal.link, signal.stage))
    if signal.status in waits.FINAL:
        turn.draft.hear(waits.child_signal(signal.link, won=False))
    if signal.status == "won":
        turn.draft.hear(waits.child_signal(signal.link, won=True))


def _nothing(turn: Turn, signal: Signal) -> None:
    """What it brings was taken over already."""


_MEANINGS: dict[type[Signal], Callable[[Turn, Any], None]] = {
    Started: arrivals.started,
    Moved: arrivals.moved,
    ItemChanged: _nothing,
    TaskCompleted: reports.completed,
    TaskPostponed: reports.postponed,
    TaskCancelled: reports.cancelled,
    TimerFired: clock.fired,
    Answered: reports.answered,
    Pressed: reports.pressed,
    External: _external,
    ChildChanged: _child_changed,
    Gone: arrivals.gone,
    Restored: _nothing,
}


def _fingerprint(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=6).hexdigest()
