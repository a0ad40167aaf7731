"""From TOML text to a `Definition`, or to every mistake in it with its file, line and key path.

Two sieves: the shape (TOML, known keys, values that fit), then the names and the flow (`checks`). A mistake
of the shape does not keep the rest from being checked (`mending`). A definition that comes out of `load_*`
has no errors.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.checks import check
from pipelines.definition import Definition
from pipelines.elements import Table
from pipelines.findings import DefinitionError, Finding, show_path
from pipelines.gaps import NO_GAPS, Gaps
from pipelines.lines import Lines, locate
from pipelines.mending import Mending

MAX_BYTES = 1_000_000


def load_definition(path: Path | str) -> Definition:
    """The definition in a file; DefinitionError when it has errors (warnings are for `check`)."""
    path = Path(path)
    return load_text(read_file(path), str(path))


def load_text(text: str, file: str = "<text>") -> Definition:
    """The definition in a TOML text; `file` is what findings and journal entries call it."""
    reading = read_as_far_as_possible(text, file)
    errors = list(reading.findings)
    if reading.definition is not None:
        found = check(reading.definition, gaps=reading.gaps)
        errors += [finding for finding in found if finding.is_error]
    if errors or reading.definition is None:
        raise DefinitionError(errors)
    return reading.definition


def read_file(path: Path) -> str:
    """The text of a file; DefinitionError when it cannot be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _broken(str(path), f"the file is larger than {MAX_BYTES:,} bytes")
        return path.read_text("utf-8-sig")
    except OSError as mistake:
        raise _broken(str(path), f"cannot be read: {mistake.strerror}") from None
    except UnicodeDecodeError as mistake:
        raise _broken(str(path), f"is not UTF-8 (byte {mistake.start})") from None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says, as far as it can be understood."""

    #: Only good for checking when there are findings; None when too little was understood for that.
    definition: Definition | None
    #: What is wrong with the shape.
    findings: tuple[Finding, ...] = ()
    gaps: Gaps = NO_GAPS

    def whole(self) -> Definition:
        """The definition, if nothing is wrong with its shape; DefinitionError otherwise."""
        if self.findings or self.definition is None:
            raise DefinitionError(self.findings)
        return self.definition


def read_text(text: str, file: str = "<text>") -> Definition:
    """The definition by its shape alone: names may still lead nowhere. DefinitionError when it has none."""
    return read_as_far_as_possible(text, file).whole()


def read_as_far_as_possible(text: str, file: str = "<text>") -> Reading:
    """What a TOML text says; each mistake of its shape is a finding, and the rest is read nevertheless."""
    try:
        table = _read_toml(text, file)
    except DefinitionError as mistake:
        return Reading(None, mistake.findings)
    mending = Mending(table)
    definition = mending.read()
    if definition is not None:
        definition._file, definition._text = file, text
    return Reading(definition, tuple(_findings(mending, text, file)), mending.gaps)


def _read_toml(text: str, file: str) -> Table:
    try:
        return locate(tomllib.loads(text), text)
    except tomllib.TOMLDecodeError as mistake:
        found = re.search(r"\(at line (\d+)", str(mistake))
        line = int(found[1]) if found else text.count("\n") + 1
        message = re.sub(r" \(at .*\)$", "", str(mistake))
        raise _broken(file, f"not TOML: {message}", line) from None


def _broken(file: str, message: str, line: int = 0) -> DefinitionError:
    return DefinitionError([Finding("error", file, line, "", message)])


def _findings(mending: Mending, text: str, file: str) -> Iterator[Finding]:
    for key in mending.unknown:
        yield Finding("error", file, key.line, show_path(key.path), key.message, key.suggestion)
    lines = Lines(text)
    for each in mending.mistakes:
        line = lines.line_of(each.path) or 1
        yield Finding("error", file, line, show_path(each.path), each.message, each.suggestion)
