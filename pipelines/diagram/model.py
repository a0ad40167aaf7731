"""A pipeline as a graph that can be drawn: stages, steps, results, the ways between them, in one language.

Everything is text that people read, ready but not escaped: the writers (`mermaid`, `svg`) escape for where it
goes. A way belongs to the stage or result that it leaves from, so it is said in one place only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipelines.definition import Status
from pipelines.engine.model import Language

#: next: by itself · outcome: a result of a step · wait: what was waited for came, or its limit passed ·
#: choice: somebody is asked · hand: a transition lists it, a person drags the card
Way = Literal["next", "outcome", "wait", "choice", "hand"]
#: on: to what follows · again: the same step once more · end: the stage is over
Lead = Literal["on", "go", "again", "end", "move", "follow_on"]
StepState = Literal["", "open", "later", "done", "skipped", "cancelled"]
#: For an item: where it is · where it may go · where it may go and is marked, waits, or is sent back from ·
#: where no way leads from here.
StageState = Literal["", "present", "allowed", "flag", "hold", "revert", "closed"]


@dataclass(frozen=True, slots=True)
class Result:
    """A result of a step: `target` is the step, stage or follow-on it leads to, or ""."""

    id: str
    title: str
    lead: Lead = "on"
    target: str = ""
    #: In words, where it leads to no step or stage: again, the end, a follow-on.
    whither: str = ""
    needs: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    gates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StepBox:
    """A step; `before` are the steps of its stage that must be finished first."""

    id: str
    title: str
    kind: str
    #: Who, by when, what is asked or waited for.
    lines: tuple[str, ...] = ()
    condition: str = ""
    before: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    hint: str = ""
    is_process_wide: bool = False
    state: StepState = ""


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of a stage that no single result gives."""

    way: Way
    target: str
    label: str
    gates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StageBox:
    """A stage with the work in it and the ways out of it."""

    id: str
    title: str
    status: Status
    lines: tuple[str, ...] = ()
    steps: tuple[StepBox, ...] = ()
    exits: tuple[Exit, ...] = ()
    #: Gates that say something of moves into this stage.
    gates: tuple[int, ...] = ()
    goal: str = ""
    state: StageState = ""
    #: Of an item: what is in the way of a move into this stage.
    obstacle: str = ""

    def step(self, step_id: str) -> StepBox | None:
        return next((step for step in self.steps if step.id == step_id), None)


@dataclass(frozen=True, slots=True)
class Start:
    """Where an item begins."""

    title: str
    stage: str
    condition: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """A transition, numbered in file order; no `sources` or `targets`: every stage."""

    number: int
    title: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    #: What must be so.
    asks: tuple[str, ...] = ()
    #: From where to where, what must be so and what else, what is done on the way.
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """What is written beside the picture."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """One way between two stages; `step` and `result` are "" when the stage itself leads there."""

    source: str
    target: str
    way: Way
    label: str
    step: str = ""
    result: str = ""
    gates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagram:
    """All of a pipeline. `item` is "" unless it shows where one item stands."""

    id: str
    title: str
    language: Language
    stages: tuple[StageBox, ...]
    starts: tuple[Start, ...] = ()
    gates: tuple[Gate, ...] = ()
    notes: tuple[Note, ...] = ()
    #: Only the moves of the picture are allowed.
    is_strict: bool = False
    item: str = ""

    def stage(self, stage_id: str) -> StageBox | None:
        return next((stage for stage in self.stages if stage.id == stage_id), None)

    def stage_title(self, stage_id: str) -> str:
        stage = self.stage(stage_id)
        return stage.title if stage else stage_id

    @property
    def edges(self) -> Iterator[Edge]:
        """The ways between stages, in file order."""
        for stage in self.stages:
            for step in stage.steps:
                for result in step.results:
                    if result.lead == "move":
                        way: Way = "wait" if step.kind == "wait" else "outcome"
                        label = f"{step.title}: {result.title}"
                        yield Edge(stage.id, result.target, way, label, step.id, result.id, result.gates)
            for out in stage.exits:
                yield Edge(stage.id, out.target, out.way, out.label, gates=out.gates)


def ahead_of(diagram: Diagram, edge: Edge) -> Literal["", "on", "shut"]:
    """Of an item: `on` for a way that it may go now, `shut` for one that something is in the way of."""
    source, target = diagram.stage(edge.source), diagram.stage(edge.target)
    if source is None or target is None or source.state != "present":
        return ""
    if target.state in ("allowed", "flag"):
        return "on"
    return "shut" if target.state in ("hold", "revert") else ""
