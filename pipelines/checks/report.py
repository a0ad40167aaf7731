"""What every check is given: the definition, what surrounds it, and where findings go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pipelines import syntax
from pipelines.definition import Definition
from pipelines.elements import Element
from pipelines.expressions import Expression
from pipelines.findings import Finding, Severity, nearest
from pipelines.gaps import NO_GAPS, UNNAMED, Gaps
from pipelines.kinds import Vocabulary


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Names that live in config; None: not known, so not checked."""

    roles: Collection[str] | None = None
    teams: Collection[str] | None = None
    #: Templates, workflows, addresses to call and record types.
    templates: Collection[str] | None = None
    workflows: Collection[str] | None = None
    calls: Collection[str] | None = None
    types: Collection[str] | None = None
    #: Pipelines that are bound beside this one, by their ids.
    pipelines: Collection[str] | None = None


@dataclass
class Report:
    """One run of the checks; `findings` fills up."""

    definition: Definition
    others: Mapping[str, Definition] | None
    surroundings: Surroundings
    gaps: Gaps = NO_GAPS
    findings: list[Finding] = field(default_factory=list)
    #: True when a known key that was read for an unknown one holds what does not fit there.
    has_guessed_wrong: bool = False

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.definition)

    @cached_property
    def stage_ids(self) -> list[str]:
        return [stage.id for stage in self.definition.stages]

    @cached_property
    def step_ids(self) -> list[str]:
        return [step.id for stage in self.definition.stages for step in stage.steps]

    # `key` may go on inside the table: `set.budget` stands on the line of `set`.

    def error(self, element: Element, key: str, message: str, suggestion: str = "") -> None:
        self._add("error", element, key, message, suggestion)

    def warn(self, element: Element, key: str, message: str, suggestion: str = "") -> None:
        self._add("warning", element, key, message, suggestion)

    def need(self, element: Element, key: str, name: str, known: Collection[str] | None, noun: str) -> bool:
        """Whether a name is known (None: nobody can tell); an error with the nearest one if it is not."""
        if known is None or name in known or name in self.gaps.lost:
            return True
        known = [each for each in known if not each.startswith(UNNAMED)]
        meant = nearest(name, [*known, *self.gaps.lost])
        is_perhaps_lost = self.gaps.is_nameless and (not meant or meant in self.gaps.lost)
        if not is_perhaps_lost:
            listed = ", ".join(sorted(known)) or "none"
            self.error(element, key, f'no {noun} is called "{name}"; there is: {listed}', meant)
        return False

    def is_whole(self, element: Element) -> bool:
        """True when all that is written in a table was understood, so that what is not there is missing."""
        return not self.gaps.places or element.key_path not in self.gaps.places

    def knows(self, expression: Expression) -> bool:
        """False when an expression speaks of something that could not be understood."""
        lost = self.gaps.lost
        return not lost or not any(
            lost.intersection(node.path) if isinstance(node, syntax.Name) else node.value in lost
            for node in syntax.walk(expression.tree)
            if isinstance(node, syntax.Name | syntax.Constant)
        )

    def _add(self, severity: Severity, element: Element, key: str, message: str, suggestion: str) -> None:
        if not suggestion and element.is_guessed(key):
            self.has_guessed_wrong = True
            return
        path = element.path_of(key)
        line = element.line_of(key.partition(".")[0]) or 1
        self.findings.append(Finding(severity, self.definition.file, line, path, message, suggestion))
