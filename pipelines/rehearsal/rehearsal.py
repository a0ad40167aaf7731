"""A scenario on its way: what each line of a play tells the engine, and what becomes of its answer.

What the engine asks for is done at once, as a portal would: fields are written, the card moves and makes a
new visit, children are made. Reports of tasks go the way that a rep's would.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from pipelines.calendar import CalendarSpec
from pipelines.durations import Duration
from pipelines.engine import (
    ChildChanged,
    Decision,
    External,
    Facts,
    Gone,
    ItemChanged,
    Moved,
    Pressed,
    Process,
    Run,
    Signal,
    Started,
    TaskCancelled,
    TaskCompleted,
    TaskPostponed,
    TimerFired,
    decide,
    due_timers,
)
from pipelines.engine.plan import plan_of
from pipelines.engine.reports import may_name
from pipelines.rehearsal.card import MOVED, Card
from pipelines.rehearsal.facts import creator_of, facts_of, head_of
from pipelines.script import (
    Advance,
    Answer,
    Approve,
    Cancel,
    Complete,
    Delete,
    Fill,
    GiveOutcome,
    GiveOwner,
    GiveSignal,
    Move,
    Postpone,
    Press,
    Reject,
    Verb,
)
from pipelines.world import PlayError, Seen, show

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.script import Scenario

#: A Monday, when work begins.
START_DAY, START_TIME = date(2026, 1, 12), time(9)
#: More decisions than this in answer to one line are no answer.
MOST_DECISIONS = 500

#: Told of every decision: the process before it, what was heard, what was known, what was decided.
Watch = Callable[[Process | None, Signal, Facts, Decision], None]


class Rehearsal:
    """One scenario on its way; a `World`."""

    def __init__(
        self,
        definition: Definition,
        scenario: Scenario,
        others: Mapping[str, Definition] | None = None,
        *,
        watch: Watch | None = None,
    ) -> None:
        self.definition, self.scenario = definition, scenario
        self._watch = watch
        self.calendar = (scenario.calendar or CalendarSpec()).build()
        start = scenario.now or datetime.combine(START_DAY, START_TIME, self.calendar.zone)
        self.now = self._instant(start)
        self.card = Card(definition, scenario, others or {}, self.calendar.zone)
        self.process: Process | None = None
        self._waiting: deque[Signal] = deque()
        self._told = 0
        self._is_gone = False
        self._join()

    def play(self, verb: Verb) -> None:
        """Do what a line says and let everything that follows from it happen."""
        _PLAYS[type(verb)](self, verb)
        self._run()

    def look(self) -> Seen:
        """What there is to see now."""
        process, card = self._process, self.card
        stage = self.definition.stage(card.stage or "")
        live = [run for run in process.runs if run.step and run.state != "later"]
        ends = [*process.results.items()]
        done = {step for step, result in ends if result.end == "done"}
        cancelled = {step for step, result in ends if result.end == "cancelled"}
        return Seen(
            stage=card.stage,
            status=stage.status if stage else None,
            owner=card.owner,
            tasks=frozenset(run.step for run in live if run.kind == "task"),
            open=frozenset(run.step for run in live),
            done=frozenset(done | {step for step, end in process.left.items() if end == "done"}),
            cancelled=frozenset(
                cancelled | {step for step, end in process.left.items() if end == "cancelled"}
            ),
            fields={**card.item, **card.fields},
            children=tuple(card.children),
            notified=tuple(card.notified),
            people={
                "owner": card.owner,
                "creator": creator_of(self.scenario),
                "head": head_of(self.scenario, card.owner),
            },
            refused=frozenset(process.refused),
            refused_by=process.refused_by,
            is_finished=process.phase == "finished",
            zone=self.calendar.zone,
        )

    # --- the engine

    @property
    def _process(self) -> Process:
        if self.process is None:
            raise PlayError("a process", "none: the pipeline goes round without an end")
        return self.process

    def _join(self) -> None:
        """A new item, or, when the scenario says where it stands, one that joins there."""
        given = self.card.stage
        self.card.item.setdefault("stage", self.definition.stages[0].id)
        visit = str(self.card.visit)
        how = "create" if given is None else "manual"
        self._tell(Started, visit=visit, stage=given, how=how, by=creator_of(self.scenario))
        self._run()

    def _tell(self, kind: type[Signal], **values: Any) -> None:
        self._told += 1
        by = values.pop("by", None)
        self._waiting.append(kind(key=f"told:{self._told}", at=self.now, by=by, **values))

    def _run(self) -> None:
        """Decide on everything that was told, and on what falls due meanwhile."""
        for _ in range(MOST_DECISIONS):
            if not self._waiting and not self._tell_due_timer():
                return
            self._decide(self._waiting.popleft())
        raise PlayError("an end", f"none after {MOST_DECISIONS} decisions")

    def _tell_due_timer(self) -> bool:
        due = due_timers(self.definition, self.process, self.now) if self.process else ()
        if due:
            self._tell(TimerFired, name=due[0])
        return bool(due)

    def _decide(self, signal: Signal) -> None:
        facts = facts_of(self.scenario, self.card, self.calendar, self.now)
        decision = decide(self.definition, self.process, signal, facts, self.now, item="deal:1")
        if self._watch is not None:
            self._watch(self.process, signal, facts, decision)
        self.process = decision.process
        for command in decision.commands:
            changed = self.card.obey(command)
            if changed == MOVED:
                visit = str(self.card.visit)
                self._tell(Moved, visit=visit, stage=self.card.stage, by_connector=True)
            elif changed is not None:
                self._tell(ItemChanged)

    # --- what the lines of a play do

    def _by(self, verb: Verb) -> int | None:
        return verb.by if verb.by is not None else self.card.owner

    def _live(self, step: str | None, *kinds: str) -> Run:
        """The live run of a step; without a step, the only one (of those kinds)."""
        live = [
            run for run in self._process.runs if run.state != "later" and (run.step or run.kind == "choice")
        ]
        meant = [
            run for run in live if run.step == step or (step is None and (not kinds or run.kind in kinds))
        ]
        if len(meant) == 1:
            return meant[0]
        wanted = f'an open step "{step}"' if step else "one open step (say `of`)"
        raise PlayError(wanted, show([run.step or "the choice of a stage" for run in live]))

    def _outcome(self, verb: GiveOutcome) -> None:
        run = self._live(verb.of)
        speaks = _BY_STATUS.get(verb.outcome)
        if speaks is not None:
            speaks(self, run.step, verb)
            return
        place = plan_of(self.definition).steps.get(run.step)
        if place is None or not may_name(place, verb.outcome):
            known = [] if place is None else [each.id for each in place.step.choices]
            raise PlayError(f'an outcome "{verb.outcome}" of "{run.step}"', show(known))
        key = self._vote_key(run, verb.by) if run.kind == "approve" else run.key
        self._tell(TaskCompleted, run=key, outcome=verb.outcome, note=verb.note, by=self._voter(run, verb))

    def _complete(self, verb: Complete) -> None:
        run = self._live(verb.complete)
        self._tell(TaskCompleted, run=run.key, note=verb.note, by=self._by(verb))

    def _cancel(self, verb: Cancel) -> None:
        run = self._live(verb.cancel)
        self._tell(TaskCancelled, run=run.key, note=verb.note, by=self._by(verb))

    def _postpone(self, verb: Postpone) -> None:
        run = self._live(verb.postpone)
        until = None if verb.until is None else self._moment(verb.until)
        self._tell(TaskPostponed, run=run.key, until=until, by=self._by(verb))

    def _fill(self, verb: Fill) -> None:
        self.card.fill(verb.fill)
        self._tell(ItemChanged, by=self._by(verb))

    def _move(self, verb: Move) -> None:
        if verb.move == self.card.stage:
            raise PlayError(f'the card somewhere else than in "{verb.move}"', "it is there already")
        self.card.put(verb.move)
        self._tell(Moved, visit=str(self.card.visit), stage=verb.move, by=self._by(verb))

    def _assign(self, verb: GiveOwner) -> None:
        self.card.item["owner"] = verb.assign
        self._tell(ItemChanged, by=verb.by)

    def _answer(self, verb: Answer) -> None:
        run = self._live(verb.of, "ask", "choice")
        answer = verb.answer
        outcome = ("yes" if answer else "no") if isinstance(answer, bool) else str(answer)
        self._tell(TaskCompleted, run=run.key, outcome=outcome, by=self._by(verb))

    def _approve(self, verb: Approve) -> None:
        self._vote(self._live(verb.approve), "approved", verb)

    def _reject(self, verb: Reject) -> None:
        self._vote(self._live(verb.reject), "rejected", verb, verb.note)

    def _vote(self, run: Run, outcome: str, verb: Verb, note: str = "") -> None:
        key = self._vote_key(run, verb.by)
        self._tell(TaskCompleted, run=key, outcome=outcome, note=note, by=self._voter(run, verb))

    def _vote_key(self, run: Run, by: int | None) -> str:
        """The task of the one who votes; of the first who is asked, when nobody is named or asked."""
        asked = [vote for vote in run.votes if vote.state == "asked"]
        mine = [vote for vote in asked if vote.user == by] or asked
        if not mine:
            raise PlayError("somebody who is asked", "nobody")
        return run.key_of(mine[0])

    def _voter(self, run: Run, verb: Verb) -> int | None:
        if run.kind != "approve":
            return self._by(verb)
        if verb.by is not None:
            return verb.by
        return next((vote.user for vote in run.votes if vote.state == "asked"), None)

    def _press(self, verb: Press) -> None:
        self._tell(Pressed, button=verb.press, by=self._by(verb))

    def _signal(self, verb: GiveSignal) -> None:
        """A name from outside; `child:<as>…` and `stage:<as>:<stage>` speak of a linked item."""
        kind, _, rest = verb.signal.partition(":")
        link, _, last = rest.partition(":")
        if kind == "child":
            self._child(link, None, last or "won", verb)
        elif kind == "stage":
            self._child(link, last, "open", verb)
        else:
            self._tell(External, name=verb.signal.removeprefix("signal:"), by=verb.by)

    def _child(self, link: str, stage: str | None, status: str, verb: Verb) -> None:
        if link not in self.card.links and link != "parent":
            raise PlayError(f'a linked item "{link}"', show(sorted(self.card.links)))
        self.card.links[link] = self.card.links.get(link, {}) | {"stage": stage, "status": status}
        self._tell(ChildChanged, link=link, stage=stage, status=status, by=verb.by)

    def _advance(self, verb: Advance) -> None:
        """Time passes; what falls due on the way happens at its time."""
        until = self._moment(verb.advance)
        while self.process is not None:
            due = min(self.process.timers.values(), default=until)
            if due >= until:
                break
            self.now = max(self.now, due)
            self._run()
        self.now = max(self.now, until)

    def _delete(self, verb: Delete) -> None:
        if verb.delete == "item":
            self._tell(Gone, by=self._by(verb))
        else:
            self._cancel(Cancel(cancel=verb.delete, by=verb.by))

    def _moment(self, moment: Duration | datetime) -> datetime:
        if isinstance(moment, Duration):
            return self.calendar.add(self.now, moment)
        return self._instant(moment)

    def _instant(self, at: datetime) -> datetime:
        return (at if at.tzinfo else at.replace(tzinfo=self.calendar.zone)).astimezone(UTC)


#: Outcomes that a rep does not name: the status of the task says them.
_BY_STATUS: Mapping[str, Callable[[Rehearsal, str, GiveOutcome], None]] = {
    "postponed": lambda world, step, verb: world._postpone(Postpone(postpone=step, by=verb.by)),
    "unspecified": lambda world, step, verb: world._complete(Complete(complete=step, by=verb.by)),
    "cancelled": lambda world, step, verb: world._cancel(Cancel(cancel=step, by=verb.by, note=verb.note)),
}
_PLAYS: Mapping[type[Verb], Callable[[Rehearsal, Any], None]] = {
    GiveOutcome: Rehearsal._outcome,
    Complete: Rehearsal._complete,
    Cancel: Rehearsal._cancel,
    Postpone: Rehearsal._postpone,
    Fill: Rehearsal._fill,
    Move: Rehearsal._move,
    GiveOwner: Rehearsal._assign,
    Answer: Rehearsal._answer,
    Approve: Rehearsal._approve,
    Reject: Rehearsal._reject,
    Press: Rehearsal._press,
    GiveSignal: Rehearsal._signal,
    Advance: Rehearsal._advance,
    Delete: Rehearsal._delete,
}
