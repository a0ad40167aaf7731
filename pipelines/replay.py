"""Replay: what really happened to items, told again to another definition, on the clock of that time.

Pure. The card goes where it really went: a definition that would have sent it elsewhere, or back, *parts*
from what happened there, and what follows is only an outlook. Reports of tasks go to the step of that name,
clocks are the definition's own, and who owns what goes round as it would have gone round. What the engine
looked at, where the values of the time are not known, is named with each deed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.deeds import Deed, deeds_of
from pipelines.engine.decide import decide
from pipelines.engine.model import (
    Answered,
    Assign,
    Facts,
    Moved,
    Signal,
    Started,
    TaskCancelled,
    TaskCompleted,
    TaskPostponed,
    TimerFired,
)
from pipelines.engine.timers import due_timers

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.engine.process import Process, Run

#: More timers than this one after the other are no more than a clock that goes round.
MOST_TIMERS = 500
_Report = TaskCompleted | TaskCancelled | TaskPostponed | Answered


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that really happened to an item, and what was known of the item then."""

    item: str
    #: When it was decided on.
    at: datetime
    signal: Signal
    #: Load, rotation and absences are the replay's own.
    facts: Facts
    #: The values of the time are not known: today's stand for them.
    is_assumed: bool = False
    #: A move that the connector itself had made.
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """What a definition makes of one item."""

    deeds: tuple[Deed, ...] = ()
    #: Reports that found no open step.
    unheard: tuple[str, ...] = ()
    #: From when on the card did not go where the definition wanted it.
    parted_at: datetime | None = None


class Watched(Mapping[str, Any]):
    """Values that remember which of them were asked for."""

    def __init__(self, values: Mapping[str, Any], asked: set[str], known: AbstractSet[str]) -> None:
        self._values, self._asked, self._known = values, asked, known

    def __getitem__(self, name: str) -> Any:
        value = self._values[name]
        if name not in self._known:
            self._asked.add(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


#: What the history of stages and the record itself say for every instant.
KNOWN_OF_ITEM = frozenset({"id", "stage", "created", "creator"})


def watch(facts: Facts, asked: set[str]) -> Facts:
    """The facts, with a note in `asked` of every value that may not be that of the time."""
    return replace(
        facts,
        item=Watched(facts.item, asked, KNOWN_OF_ITEM),
        fields=Watched(facts.fields, asked, frozenset()),
    )


class _Track:
    """One item on its way."""

    def __init__(self) -> None:
        self.process: Process | None = None
        self.last: Happening | None = None
        self.deeds: dict[tuple[str, str], Deed] = {}
        self.unheard: list[str] = []
        self.parted_at: datetime | None = None

    def course(self) -> Course:
        return Course(tuple(self.deeds.values()), tuple(self.unheard), self.parted_at)

    def part(self, at: datetime) -> None:
        """From here on the card is not where the definition wants it."""
        self.parted_at = self.parted_at or at


class Replay:
    """A definition told what happened to many items, in the order in which it happened."""

    def __init__(self, definition: Definition, absent_at: Callable[[datetime], AbstractSet[int]]) -> None:
        self._definition, self._absent_at = definition, absent_at
        self._tracks: dict[str, _Track] = {}
        self._load: Counter[int] = Counter()
        self._turns: dict[str, int] = {}

    def run(self, happenings: Sequence[Happening], until: datetime) -> dict[str, Course]:
        """What the definition makes of each item until then; `happenings` in the order of time."""
        for happening in happenings:
            track = self._tracks.setdefault(happening.item, _Track())
            self._pass_time(track, happening.at)
            track.last = happening
            signal = self._heard(track, happening)
            if signal is not None:
                self._tell(track, signal, happening.at)
        for track in self._tracks.values():
            self._pass_time(track, until)
        return {item: track.course() for item, track in self._tracks.items()}

    def _pass_time(self, track: _Track, until: datetime) -> None:
        """What falls due until then falls due at its time."""
        for _ in range(MOST_TIMERS):
            process = track.process
            at = min(process.timers.values(), default=None) if process else None
            if process is None or at is None or at > until:
                return
            name = due_timers(self._definition, process, at)[0]
            self._tell(track, TimerFired(key=f"timer:{name}:{at.isoformat()}", at=at, name=name), at)

    def _tell(self, track: _Track, signal: Signal, at: datetime) -> None:
        happening = track.last
        assert happening is not None
        asked: set[str] = set()
        facts = replace(
            watch(happening.facts, asked) if happening.is_assumed else happening.facts,
            absent=frozenset(self._absent_at(at)),
            load=dict(self._load),
            rotation=dict(self._turns),
        )
        before = track.process
        decision = decide(self._definition, before, signal, facts, at, item=happening.item)
        track.process = decision.process
        self._count(before, decision.process)
        for command in decision.commands:
            if isinstance(command, Assign) and command.team is not None:
                self._turns[command.team] = command.user
        is_outlook = track.parted_at is not None
        for deed in deeds_of(decision, signal, facts, at, tuple(sorted(asked)), is_outlook=is_outlook):
            track.deeds.setdefault((deed.kind, deed.place), deed)

    def _count(self, before: Process | None, after: Process | None) -> None:
        """Keep the load: running items in open stages by owner."""
        for process, step in ((before, -1), (after, 1)):
            is_load = process is not None and process.phase == "running" and process.status == "open"
            if process is not None and is_load and process.owner is not None:
                self._load[process.owner] += step

    # --- what really happened, in this definition's words

    def _heard(self, track: _Track, happening: Happening) -> Signal | None:
        signal, process = happening.signal, track.process
        if isinstance(signal, Started) or process is None:
            return signal if isinstance(signal, Started) and process is None else None
        if isinstance(signal, Moved):
            return _moved(track, process, happening, signal)
        if isinstance(signal, _Report):
            return self._report(track, process, signal)
        return None if isinstance(signal, TimerFired) else signal

    def _report(self, track: _Track, process: Process, signal: _Report) -> Signal | None:
        """A report goes to the live run of the step that it was about, whatever its number."""
        step, key = _run_of(process, signal.run)
        if key is None:
            track.unheard.append(f"{_said(signal)} of {step}: no such step was open")
            return None
        return replace(signal, run=key)


def _moved(track: _Track, process: Process, happening: Happening, signal: Moved) -> Signal:
    """A move as this definition has to take it: its own, a person's, or one that it did not want."""
    intent, refusal = process.intent, process.refusal
    is_wanted = intent is not None and intent.is_sent and intent.stage == signal.stage
    is_return = signal.stage == process.stage
    is_sent_away = refusal is not None and refusal.mode == "revert" and not refusal.is_returned
    if (is_sent_away and not is_return) or (happening.is_own and not is_wanted and not is_return):
        track.part(happening.at)
        return replace(signal, by_connector=True)
    if intent is not None and intent.is_sent and not is_wanted:
        track.part(happening.at)
    return replace(signal, by_connector=happening.is_own)


def _run_of(process: Process, told: str) -> tuple[str, str | None]:
    """The step that a run's key speaks of, and the key of its live run (None: there is none)."""
    _, step, _, *voter = (*told.split("/"), "", "", "")[:4]
    run = process.run(told) or _live(process, step)
    if run is None:
        return step.lstrip(":"), None
    if run.kind != "approve" or run.vote_of(told) is not None:
        return step, told if run.vote_of(told) else run.key
    user = voter[0].partition(".")[0]
    vote = next((each for each in run.votes if str(each.user) == user and each.state == "asked"), None)
    return step, run.key_of(vote) if vote else None


def _live(process: Process, step: str) -> Run | None:
    if step.startswith(":"):
        return next((run for run in process.runs if not run.step and run.kind == step[1:]), None)
    run = process.run_of(step)
    return run if run is not None and run.state != "later" else None


def _said(signal: _Report) -> str:
    if isinstance(signal, TaskCompleted):
        return f"the result {signal.outcome}" if signal.outcome else "the end"
    if isinstance(signal, Answered):
        return f"the answer {signal.value}"
    return "the putting off" if isinstance(signal, TaskPostponed) else "the cancelling"
