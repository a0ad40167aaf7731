"""`decide`: one signal, one decision. Pure, total, deterministic; settles; explains every command."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.engine.model import Decision, Facts, Signal
from pipelines.engine.process import Process

if TYPE_CHECKING:
    from pipelines.definition import Definition


def decide(
    definition: Definition,
    process: Process | None,
    signal: Signal,
    facts: Facts,
    now: datetime,
    *,
    item: str = "",
) -> Decision:
    """What a signal makes of a process. `process` None: only `Started` means anything; `item` names the new one."""
    raise NotImplementedError
