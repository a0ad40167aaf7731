"""Gates: whether a move between two stages is allowed, and if not, by what and what would open it.

A lock is asked first, then strictness, the transitions in the order of the file, and what the target stage
requires of everybody who enters it. Nothing is changed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pipelines.definition import Stage, Transition
    from pipelines.engine.turn import Turn
    from pipelines.expressions import Verdict

Severity = Literal["flag", "hold", "revert"]
_SEVERITIES: tuple[Severity, ...] = ("flag", "hold", "revert")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that is in the way: `by` is the transition, "strict", "lock" or the stage's id."""

    by: str
    line: int
    severity: Severity
    missing: tuple[str, ...] = ()
    #: Said to people; "" when the missing fields say it.
    reason: str = ""
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """What is in the way of a move; nothing: it is open."""

    obstacles: tuple[Obstacle, ...] = ()

    @property
    def severity(self) -> Severity | None:
        """What happens to a move that people make: the hardest of the obstacles decides."""
        if not self.obstacles:
            return None
        found = {obstacle.severity for obstacle in self.obstacles}
        return max(found, key=_SEVERITIES.index)

    @property
    def is_passable(self) -> bool:
        """True when nothing is in the way, or only what is marked and let go."""
        return self.severity in (None, "flag")

    @property
    def first(self) -> Obstacle:
        """The first obstacle of those that decide."""
        return next(each for each in self.obstacles if each.severity == self.severity)

    @property
    def missing(self) -> tuple[str, ...]:
        """All fields that are missing, each once."""
        return tuple(dict.fromkeys(name for each in self.obstacles for name in each.missing))


OPEN = Gate()


def check(turn: Turn, source: str, target: str) -> Gate:
    """The gate of a move from stage to stage."""
    return _gate(_obstacles(turn, source, target))


def check_entry(turn: Turn, target: str) -> Gate:
    """The gate of a stage for an item that comes from no stage of the pipeline; it can only wait."""
    return _gate(_required_on_enter(turn, target, "hold"))


def check_leaving(turn: Turn, source: str) -> Gate:
    """The gate of a move to a stage that the pipeline does not have: only a lock counts."""
    return _gate(_lock(turn, source))


def reason(turn: Turn, gate: Gate) -> str:
    """What is in the way, for people."""
    reasons = [each.reason for each in gate.obstacles if each.reason]
    if gate.missing:
        reasons.append(turn.say("not_filled", fields=turn.field_list(gate.missing)))
    return "; ".join(dict.fromkeys(reasons))


def _gate(obstacles: Iterator[Obstacle]) -> Gate:
    found = tuple(obstacles)
    return Gate(found) if found else OPEN


def _obstacles(turn: Turn, source: str, target: str) -> Iterator[Obstacle]:
    yield from _lock(turn, source)
    transitions = turn.plan.transitions(source, target)
    if turn.plan.definition.strict and not transitions:
        yield Obstacle("strict", turn.plan.definition.line_of("strict"), "revert", (), turn.say("not_listed"))
    for transition in transitions:
        yield from _transition(turn, transition, source, target)
    yield from _required_on_enter(turn, target, "revert")


def _lock(turn: Turn, source: str) -> Iterator[Obstacle]:
    stage = _stage(turn, source)
    if stage is None or not stage.lock or (stage.unless is not None and turn.holds(stage.unless)):
        return
    said = turn.say("locked", stage=turn.stage_title(source))
    yield Obstacle("lock", stage.line_of("lock"), "revert", (), said)


def _transition(turn: Turn, transition: Transition, source: str, target: str) -> Iterator[Obstacle]:
    name = transition.known_as or f"{source} → {target}"
    severity: Severity = transition.otherwise
    verdict = turn.holds(transition.when)
    if not verdict:
        said = turn.text(transition.reason) or turn.say("condition_fails")
        yield Obstacle(name, transition.line, severity, (), said, verdict)
    missing = turn.missing(transition.require)
    if missing:
        yield Obstacle(name, transition.line, severity, missing)


def _required_on_enter(turn: Turn, target: str, severity: Severity) -> Iterator[Obstacle]:
    stage = _stage(turn, target)
    missing = turn.missing(stage.require_on_enter) if stage else ()
    if stage and missing:
        yield Obstacle(target, stage.line_of("require_on_enter"), severity, missing)


def _stage(turn: Turn, stage: str) -> Stage | None:
    found = turn.plan.stages.get(stage)
    return found.stage if found else None
