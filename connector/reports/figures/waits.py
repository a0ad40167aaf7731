"""What an open item waits for now: our own work, the customer, or somebody's approval. And whom, and what.

An item waits for an *approval* while somebody is asked for one; else it is *our work* while there is anything
that people of the company are to do, and when nothing is open at all: then somebody must move the card. It
waits for the *customer* when all that is open in it is put off or comes from outside: a step that is to be
repeated or begun later, a task that was postponed, a wait for a date or for a signal from another system.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from connector.reports.figures.asking import Question
from connector.store import Connection, figures_work
from pipelines.definition import Definition
from pipelines.engine.process import Run
from pipelines.engine.timers import LIMIT, START, TIME, timer_name
from pipelines.steps import WaitStep
from pipelines.waiting import ExternalSignal, TimeSignal

WaitKind = Literal["ours", "customer", "approval"]
WAIT_KINDS: tuple[WaitKind, ...] = ("ours", "customer", "approval")
#: Built-in questions that are no step of the file; words for them: `wait_…`.
_UNNAMED = ("missing", "choice")


@dataclass(frozen=True, slots=True)
class Wait:
    """What an item waits for. `what`: the step's title; "" where `reason` says it.

    `reason`: "step", "missing" (fields to be filled in), "choice" (somebody decides where it goes), "nothing"
    (nothing is open), "no_process" (no process runs on it). `until`: when it is due, or comes by itself.
    """

    kind: WaitKind
    reason: str
    what: str = ""
    who: tuple[str, ...] = ()
    #: When that began; None: when the item came into its stage.
    since: datetime | None = None
    until: datetime | None = None


class _Live(msgspec.Struct):
    """Of the state of a process, what is going on."""

    runs: tuple[Run, ...] = ()
    timers: Mapping[str, datetime] = {}


_LIVE = msgspec.json.Decoder(_Live)
_NO_PROCESS, _NOTHING = Wait("ours", "no_process"), Wait("ours", "nothing")


class Waits:
    """What the items of a pipeline wait for, by their ids."""

    def __init__(self, conn: Connection, question: Question) -> None:
        self._question = question
        self._states = figures_work.running_states(conn, question.scope, question.binding.pipeline)

    def of(self, item_id: int) -> Wait:
        """What one of them waits for."""
        state = self._states.get(item_id)
        return _NO_PROCESS if state is None else self._wait(_LIVE.decode(state))

    def _wait(self, live: _Live) -> Wait:
        runs = [run for run in live.runs if run.kind != "offer"]
        by_kind: dict[WaitKind, list[Run]] = {}
        for run in runs:
            by_kind.setdefault(
                kind_of(self._question.binding.definition, run, self._question.now), []
            ).append(run)
        for kind in ("approval", "ours", "customer"):
            if kind in by_kind:
                return self._described(kind, _most_urgent(by_kind[kind], live.timers), live.timers)
        return _NOTHING

    def _described(self, kind: WaitKind, run: Run, timers: Mapping[str, datetime]) -> Wait:
        asked: list[int | None] = [vote.user for vote in run.votes if vote.state == "asked"]
        who = tuple(name for user in asked or [run.to] if (name := self._question.name_of(user)))
        reason = run.kind if run.kind in _UNNAMED else "step"
        return Wait(kind, reason, self._title(run), who, run.opened_at, _until(run, timers))

    def _title(self, run: Run) -> str:
        step = self._question.binding.definition.step(None, run.step)
        return step.title.in_language(self._question.language) if step and step.title else run.step


def kind_of(definition: Definition, run: Run, now: datetime) -> WaitKind:
    """What one thing that is open in a process waits for."""
    if run.kind == "approve":
        return "approval"
    is_put_off = run.state == "later" or (run.postponed_until is not None and run.postponed_until > now)
    return "customer" if is_put_off or (run.kind == "wait" and _is_from_outside(definition, run)) else "ours"


def _is_from_outside(definition: Definition, run: Run) -> bool:
    """Steps, fields and linked items are the company's own work; dates and signals are not."""
    step = definition.step(None, run.step)
    return not isinstance(step, WaitStep) or isinstance(step.wait.signal, ExternalSignal | TimeSignal)


def _until(run: Run, timers: Mapping[str, datetime]) -> datetime | None:
    names = (timer_name(run.key, kind) for kind in (START, TIME, LIMIT))
    return run.postponed_until or run.due or next((timers[name] for name in names if name in timers), None)


def _most_urgent(runs: Iterable[Run], timers: Mapping[str, datetime]) -> Run:
    """Which of several: what is due first, of those without a date what began first."""

    def order(run: Run) -> tuple[bool, datetime]:
        until = _until(run, timers)
        return until is None, until or run.opened_at

    return min(runs, key=order)
