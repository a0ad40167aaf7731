"""Where one item stands in a pipeline: its stage, its steps, the moves that people may make now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.diagram.model import StepState
from pipelines.engine.possible import PossibleMove, possible_moves

if TYPE_CHECKING:
    from pipelines.definition import Definition
    from pipelines.engine.model import Facts
    from pipelines.engine.process import End, Process


@dataclass(frozen=True, slots=True)
class Standing:
    """One item in a pipeline. `stage` is "" when it is outside of the stages that the pipeline knows."""

    item: str
    stage: str
    steps: Mapping[str, StepState] = field(default_factory=dict)
    #: By stage; of a stage that is not here nothing is known.
    moves: Mapping[str, PossibleMove] = field(default_factory=dict)


_ENDED: Mapping[End, StepState] = {"done": "done", "skipped": "skipped", "cancelled": "cancelled"}


def standing_of(definition: Definition, process: Process, facts: Facts, now: datetime) -> Standing:
    """Where the item of a process stands; `definition` is the version that it runs on."""
    ended = {step: _ENDED[result.end] for step, result in process.results.items() if result.end in _ENDED}
    live: dict[str, StepState] = {
        run.step: "later" if run.state == "later" else "open" for run in process.runs if run.step
    }
    moves = possible_moves(definition, process, facts, now)
    return Standing(
        item=process.item,
        stage="" if process.phase == "outside" else process.stage,
        steps=ended | live,
        moves={move.stage: move for move in moves},
    )
