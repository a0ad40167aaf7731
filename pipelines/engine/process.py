"""The process: everything the engine remembers about one item in one pipeline. Small, frozen, JSON and back.

`visit` is the visit whose steps are live. While a move is refused, the card may stand elsewhere: `last_visit` is
the newest visit the item has made, `refusal` says what was refused. The store mirrors `timers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

RunState = Literal["later", "open", "missing", "postponed"]
Phase = Literal["running", "finished", "outside", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One live execution of a step (or of a built-in question: a choice, a list of missing fields)."""

    key: str
    #: Step id; "" for a built-in run.
    step: str
    kind: str
    state: RunState
    opened_at: datetime
    #: The person whose task it is; None: the run has no task.
    to: int | None = None
    due: datetime | None = None
    #: An outcome that waits for its required fields.
    outcome: str | None = None
    #: Asked a second time, after a completion that named no result.
    is_asked_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One item going through one pipeline."""

    pipeline: str
    #: Content hash of the definition that the present visit runs on.
    version: str
    item: str
    visit: str
    last_visit: str
    stage: str
    #: That of the stage: open, won, lost, archived.
    status: str
    owner: int | None
    phase: Phase
    timers: Mapping[str, datetime] = field(default_factory=dict)
    runs: tuple[Run, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A plain dict of JSON values; `from_json` gives an equal process back."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Process:
        """Read what `to_json` wrote."""
        raise NotImplementedError
