"""The signs above the stages where an item begins."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.diagram.boxes import WIDTH, Label, set_text
from pipelines.diagram.model import Diagram, StageBox, Start
from pipelines.diagram.words import word

#: Where the arrow comes in from above, from the left side of the box.
ARROW = WIDTH * 0.16
_PAD = 9.0


@dataclass(slots=True)
class StartBox:
    """All beginnings at one stage; the arrow goes down to `stage_top`."""

    stage: str
    starts: tuple[Start, ...]
    x: float = 0.0
    y: float = 0.0
    height: float = 0.0
    stage_top: float = 0.0
    labels: list[Label] = field(default_factory=list)


def start_box(diagram: Diagram, stage: StageBox) -> StartBox | None:
    """The sign above a stage, its upper left corner at (0, 0); None where nothing begins."""
    starts = tuple(start for start in diagram.starts if start.stage == stage.id)
    if not starts:
        return None
    made, y = StartBox(stage.id, starts), 4.0
    for start in starts:
        y = set_text(made.labels, _title(stage, start), "exit", _PAD, y, WIDTH - 2 * _PAD)
        if start.condition:
            said = word("when", diagram.language, condition=start.condition)
            y = set_text(made.labels, said, "beside", _PAD, y, WIDTH - 2 * _PAD)
    made.height = y + 5
    return made


def _title(stage: StageBox, start: Start) -> str:
    step = stage.step(start.step)
    return f"{start.title} → {step.title}" if step else start.title
