"""The rule behind a line of the journal: which line of which version of a pipeline, and what it is called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from connector.store.journal import Line

#: As `connector.flow.keeping` writes it; line 0: the engine's own, which stands in no file.
_WRITTEN = re.compile(r"(?P<file>.+?):(?P<line>\d+) (?P<name>.*)")


@dataclass(frozen=True, slots=True)
class Rule:
    """Why: `step call` in line 42 of a version of a pipeline."""

    name: str
    #: 0 when the rule stands in no file.
    line: int = 0
    file: str = ""
    pipeline: str | None = None
    version: str | None = None


def rule_of(line: Line) -> Rule | None:
    """The rule that the line names; None when it names none."""
    if not line.rule:
        return None
    found = _WRITTEN.fullmatch(line.rule)
    if found is None:
        return Rule(line.rule, pipeline=line.pipeline, version=line.version)
    return Rule(found["name"], int(found["line"]), found["file"], line.pipeline, line.version)
