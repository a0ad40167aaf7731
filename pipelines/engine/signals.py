"""Signals: what the engine is told. Each happens once, under a key of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

How = Literal["create", "adopt", "manual", "on_stage", "follow_on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something the engine is told. `key` is unique and stable: the same key is the same signal."""

    key: str
    at: datetime
    #: The user who did it; None: the connector, the portal or nobody known.
    by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Signal):
    """An item joins the pipeline. Stage None: the entries decide; `adopt` and `manual` name the present."""

    visit: str
    stage: str | None
    how: How
    #: Start at this step (an entry or a follow-on may name one).
    step: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Signal):
    """The item came into a stage. Stage None: one that the binding does not know, or another category."""

    visit: str
    stage: str | None
    by_connector: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChanged(Signal):
    """Fields, owner or links changed; the facts hold the present values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(Signal):
    """The task of a run was completed. Outcome None: no result was named (a task may speak without words)."""

    run: str
    outcome: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPostponed(Signal):
    """The task was deferred, or a person moved its deadline later. Until None: no date was given."""

    run: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCancelled(Signal):
    """The task was deleted (confirmed), or its reserved result line "Not needed" was ticked."""

    run: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(Signal):
    """A name of `Process.timers` fell due. One that is not there, or not due, means nothing."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Signal):
    """A run was answered beside its task: a button, a card field, the tab. `value` is the outcome's id."""

    run: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(Signal):
    """A button of the item's card: a stage that the rep may choose, or a follow-on that is offered."""

    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class External(Signal):
    """`signal:<name>` from outside: the command line or an HTTP call."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildChanged(Signal):
    """A linked item came into a stage; `status` is that of its stage (open, won, lost, archived)."""

    link: str
    stage: str | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone(Signal):
    """The item was deleted in the CRM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(Signal):
    """The item is back; the facts hold its present values."""
