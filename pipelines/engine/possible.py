"""Where people may take the card now: the gates of every stage, asked beforehand. Nothing is changed.

What a rep is shown before they drag, and what `decide` says when they do, come from the same gates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.engine import fields, gates
from pipelines.engine.draft import Draft
from pipelines.engine.gates import Severity
from pipelines.engine.model import Facts, ItemChanged
from pipelines.engine.plan import plan_of
from pipelines.engine.turn import Turn

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.engine.process import Process


@dataclass(frozen=True, slots=True)
class PossibleMove:
    """A move that a person could make now; `severity` None: nothing is in the way."""

    stage: str
    severity: Severity | None = None
    #: What refuses it: a transition, "strict", "lock" or the stage; "" when nothing does.
    by: str = ""
    #: In the language of the facts, for people.
    reason: str = ""
    missing: tuple[str, ...] = ()

    @property
    def is_allowed(self) -> bool:
        """True when the card would stay where it was put and the work there begin."""
        return self.severity in (None, "flag")


def possible_moves(
    definition: Definition, process: Process, facts: Facts, now: datetime
) -> tuple[PossibleMove, ...]:
    """The moves to every other stage, in file order; none while the item is deleted.

    `definition` is the version that the process runs on.
    """
    if process.phase == "gone":
        return ()
    plan = plan_of(definition)
    turn = Turn(plan, plan, Draft.of(process), ItemChanged(key="possible", at=now), facts, now)
    fields.forget_seen(turn)
    source = process.stage if process.phase != "outside" else ""
    return tuple(_ask(turn, source, stage) for stage in plan.stages if stage != source)


def _ask(turn: Turn, source: str, target: str) -> PossibleMove:
    gate = gates.check(turn, source, target) if source else gates.check_entry(turn, target)
    if not gate.obstacles:
        return PossibleMove(target)
    return PossibleMove(target, gate.severity, gate.first.by, gates.reason(turn, gate), gate.missing)
