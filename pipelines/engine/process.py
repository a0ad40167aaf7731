"""The process: all that the engine remembers about one item in one pipeline. Small, frozen, JSON and back.

`visit` is the visit whose steps are live; the card may stand elsewhere while a move is refused: `last_visit`
is the newest visit that the item has made, `refusal` says what was refused. The store mirrors `timers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec.json import Decoder, Encoder

from pipelines.engine.model import Because
from pipelines.engine.records import Record
from pipelines.engine.values import from_json

#: later: starts when its timer fires · open · missing: waits for the fields that its outcome requires
RunState = Literal["later", "open", "missing"]
RunKind = Literal["task", "form", "ask", "wait", "approve", "missing", "choice", "offer"]
#: outside: in a stage that the pipeline does not have · gone: deleted in the CRM
Phase = Literal["running", "finished", "outside", "gone"]
#: reset: to be run again when its turn comes · go: to be run now, whatever leads to it
End = Literal["done", "skipped", "cancelled", "reset", "go"]


class Vote(Record, frozen=True, kw_only=True):
    """One person of an approval: `queued` until it is their turn."""

    user: int
    state: Literal["queued", "asked", "approved", "rejected"]
    #: How many tasks this person got for it (a task completed without an answer is renewed).
    tasks: int = 0


class Run(Record, frozen=True, kw_only=True):
    """One live execution of a step, or a question of our own: `missing` fields, `choice`, `offer`."""

    key: str
    #: Step id; "" for a built-in question.
    step: str
    kind: RunKind
    state: RunState
    opened_at: datetime
    is_process_wide: bool = False
    #: Whose task it is; None: no task is open in the CRM (approvals: see `votes`).
    to: int | None = None
    due: datetime | None = None
    #: Put off by a person until then.
    postponed_until: datetime | None = None
    #: The outcome that waits for its required fields.
    outcome: str | None = None
    is_asked_again: bool = False
    #: The task is the owner's, whoever that is.
    follows_owner: bool = False
    #: The date that an expression gave for `due`; when it gives another one, the task moves.
    field_due: datetime | None = None
    #: Of a list of missing fields: the stage that cannot be entered without them.
    target: str | None = None
    #: The fields that the task names as missing.
    missing: tuple[str, ...] = ()
    #: Value of the asked field when the question was put, as JSON.
    offered: Any = None
    votes: tuple[Vote, ...] = ()
    #: Who asked for an approval: the one person who may not give it.
    requester: int | None = None

    def key_of(self, vote: Vote) -> str:
        """The key of one approver's task; a further one of the same person says so."""
        return f"{self.key}/{vote.user}" if vote.tasks <= 1 else f"{self.key}/{vote.user}.{vote.tasks}"

    def vote_of(self, key: str) -> Vote | None:
        """The vote whose task has that key."""
        return next((vote for vote in self.votes if self.key_of(vote) == key), None)

    @property
    def open_tasks(self) -> tuple[str, ...]:
        """The keys of its tasks that are open in the CRM; of an approval, one for each who is asked."""
        own = () if self.to is None else (self.key,)
        return own + tuple(self.key_of(vote) for vote in self.votes if vote.state == "asked")

    @property
    def has_task(self) -> bool:
        """True while a task of this run is open in the CRM."""
        return self.to is not None or any(vote.state == "asked" for vote in self.votes)


class Result(Record, frozen=True, array_like=True):
    """How the latest execution of a step in the present visit ended."""

    end: End
    #: Steps after it may start.
    is_finished: bool
    outcome: str | None = None


class Intent(Record, frozen=True, kw_only=True):
    """Where the process wants the item to go. Sent once; then it waits to hear of the new visit."""

    stage: str
    because: Because
    rule: str
    line: int
    #: The step to begin with (an entry may name one).
    step: str | None = None
    is_sent: bool = False
    #: The rep deleted the task that lists what is missing: it is not made again.
    is_muted: bool = False
    #: What holds it: fields, and the name of the transition, "strict" or the stage.
    missing: tuple[str, ...] = ()
    held_by: str = ""


class Refusal(Record, frozen=True, kw_only=True):
    """A move that was not accepted: the visit it made, where to, by what rule."""

    visit: str
    stage: str
    by: str
    #: revert: the card goes back · hold: it stays there, the steps of that stage wait for the gate
    mode: Literal["revert", "hold"]
    missing: tuple[str, ...] = ()
    #: The card is back in the stage of the interrupted visit.
    is_returned: bool = False
    #: An entry: only what its stage requires counts, no transition.
    is_entry: bool = False
    step: str | None = None
    #: The rep deleted the task that lists what is missing: it is not made again.
    is_muted: bool = False


class Written(Record, frozen=True, kw_only=True):
    """A value that was asked to be written and is not seen in the CRM yet; both as JSON, see `values`."""

    value: Any
    before: Any

    @property
    def typed_value(self) -> Any:
        """What the field will hold."""
        return from_json(self.value)


class Process(Record, frozen=True):
    """One item going through one pipeline."""

    pipeline: str
    #: Content hash of the definition that the present visit runs on.
    version: str
    item: str
    visit: str
    last_visit: str
    #: "" before the item came into a stage of the pipeline.
    stage: str
    #: That of the stage: open, won, lost, archived.
    status: str
    phase: Phase
    entered_at: datetime
    owner: int | None = None
    #: The owner that the CRM showed when another was asked for; None: nothing asked.
    owner_before: int | None = None
    is_assigning: bool = False
    timers: Mapping[str, datetime] = {}
    #: Timers that stand still while the item is gone.
    stopped_timers: Mapping[str, datetime] = {}
    runs: tuple[Run, ...] = ()
    results: Mapping[str, Result] = {}
    #: How many runs each step had in the present visit.
    counts: Mapping[str, int] = {}
    #: How the steps of the stage that was just left had ended.
    left: Mapping[str, End] = {}
    #: The work of the stage is over: only the next move is open.
    is_ended: bool = False
    intent: Intent | None = None
    refusal: Refusal | None = None
    #: Last outcome of each step, over the whole process.
    outcomes: Mapping[str, str] = {}
    #: Stage → how often it was entered.
    visits: Mapping[str, int] = {}
    #: Signal → how often it came since the process began.
    heard: Mapping[str, int] = {}
    #: Wait step → the signal that it has used up (its count, or the value of a field as JSON).
    used: Mapping[str, Any] = {}
    written: Mapping[str, Written] = {}
    #: Fingerprints of the newest signals.
    handled: tuple[str, ...] = ()

    def run(self, key: str) -> Run | None:
        """The live run of that key; of an approval, the key of one person's task will do."""
        return next((run for run in self.runs if key == run.key or run.vote_of(key)), None)

    def run_of(self, step: str) -> Run | None:
        """The live run of a step."""
        return next((run for run in self.runs if run.step == step and step), None)

    @property
    def refused(self) -> tuple[str, ...]:
        """The fields that the last refused or held move misses."""
        if self.refusal:
            return self.refusal.missing
        return self.intent.missing if self.intent else ()

    @property
    def refused_by(self) -> str:
        """The transition, "strict", "lock" or stage that refused or holds the last move, or ""."""
        if self.refusal:
            return self.refusal.by
        return self.intent.held_by if self.intent else ""

    def to_json(self) -> str:
        """JSON without what has its default; `from_json` gives an equal process back."""
        return _ENCODER.encode(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Process:
        """Read what `to_json` wrote; ValueError, with the place in it, for anything else."""
        return _DECODER.decode(text)


#: In whatever order names came into a table, the text is the same.
_ENCODER = Encoder(order="deterministic")
_DECODER = Decoder(Process)
