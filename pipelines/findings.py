"""What is wrong with a definition, and where: the one shape in which every mistake is told.

A finding says the file, the line, the key path, what was expected and, where there is one, the nearest
known name. `DefinitionError` carries all that were found, so that two mistakes give two messages.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
#: Keys from the top of the file to the place: `("stages", 2, "steps", 0, "task")`.
KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake (error) or one thing worth a look (warning)."""

    severity: Severity
    file: str
    #: Counted from 1; 0 when the whole file is meant.
    line: int
    #: As shown to people: `stages[2].steps[0].task`.
    path: str
    message: str
    #: The nearest known name, "" when there is none.
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        path = f" {self.path}:" if self.path else ""
        hint = f". Did you mean {self.suggestion!r}?" if self.suggestion else ""
        return f"{where}: {self.severity}:{path} {self.message}{hint}"

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


class DefinitionError(Exception):
    """A pipeline definition cannot be used; `findings` holds every mistake, in the order of the file."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda finding: (finding.file, finding.line)))
        super().__init__("\n".join(map(str, self.findings)))


def show_path(path: Iterable[str | int]) -> str:
    """A key path as people read it: `stages[2].steps[0].task`."""
    shown = ""
    for key in path:
        if isinstance(key, int):
            shown += f"[{key}]"
        else:
            shown += f".{key}" if shown else key
    return shown


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that `name` was probably meant to be, or ""."""
    names = list(known)
    by_fold = {candidate.casefold(): candidate for candidate in names}
    found = difflib.get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else ""
