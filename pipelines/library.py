"""Finding pipelines by name: in the folder of the one that names them, in config's folders, then the shipped.

A pipeline lives in `<id>.toml`. The shipped ones lie in `pipelines/library/` and are meant to be used as they
are, or copied and changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipelines.actions import Create
from pipelines.checks import Surroundings, check
from pipelines.definition import Definition
from pipelines.findings import DefinitionError, Finding
from pipelines.loader import Reading, load_definition, read_as_far_as_possible, read_file

FOLDER = Path(__file__).parent / "library"


def shipped_names() -> list[str]:
    """The ids of the shipped pipelines."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_shipped(name: str) -> Definition:
    """A shipped pipeline by its id; KeyError names those that there are."""
    if name not in shipped_names():
        raise KeyError(f"no shipped pipeline is called {name!r}; there is: {', '.join(shipped_names())}")
    return load_definition(FOLDER / f"{name}.toml")


def find(name: str, folders: Iterable[Path] = ()) -> Path | None:
    """The file of a pipeline: the first of `folders` that has it, or else the shipped one."""
    if not name.isidentifier():
        return None
    paths = (folder / f"{name}.toml" for folder in (*folders, FOLDER))
    return next((path for path in paths if path.is_file()), None)


def named_pipelines(definition: Definition) -> set[str]:
    """Ids of the other pipelines that a definition names."""
    named = {follow_on.pipeline for follow_on in definition.follow_ons}
    named |= {point.pipeline for point in definition.start.points}
    named |= {
        element.pipeline
        for element in definition.parts
        if isinstance(element, Create) and element.pipeline is not None
    }
    return named - {definition.id}


class Shelf:
    """Definitions by file, by their shape alone; each file is read once for as long as one is kept."""

    def __init__(self) -> None:
        self._read: dict[Path, Reading] = {}

    def read(self, path: Path) -> Reading:
        """What the file says; one that cannot be read says nothing, with the reason as its finding."""
        if path not in self._read:
            self._read[path] = _reading_of(path)
        return self._read[path]


def _reading_of(path: Path) -> Reading:
    try:
        return read_as_far_as_possible(read_file(path), str(path))
    except DefinitionError as mistake:
        return Reading(None, mistake.findings)


def others_of(
    definition: Definition, folders: Iterable[Path] = (), shelf: Shelf | None = None
) -> dict[str, Definition]:
    """The pipelines that a definition names and that can be found, by their shape alone."""
    readings = _others(definition, folders, shelf or Shelf())
    return {name: reading.whole() for name, reading in readings.items()}


def _others(definition: Definition, folders: Iterable[Path], shelf: Shelf) -> dict[str, Reading]:
    home = [Path(definition.file).parent] if definition.file else []
    paths = {name: find(name, (*home, *folders)) for name in sorted(named_pipelines(definition))}
    return {name: shelf.read(path) for name, path in paths.items() if path is not None}


def examine(
    path: Path | str,
    folders: Iterable[Path] = (),
    surroundings: Surroundings | None = None,
    shelf: Shelf | None = None,
) -> list[Finding]:
    """Every finding about a file, errors and warnings, in its order; what is wrong is told, never raised.

    Several files that name each other are read once each when they are given the same `shelf`.
    """
    path, shelf = Path(path), shelf or Shelf()
    reading = shelf.read(path)
    definition = reading.definition
    if definition is None:
        return sorted(reading.findings, key=lambda finding: finding.line)
    others = _others(definition, folders, shelf)
    known = {name: each.definition for name, each in others.items() if each.definition is not None}
    # What is wrong with the others is told of their own files, and what they lack for it is not held against
    # this one.
    unknown = others.keys() - known.keys()
    gaps = reading.gaps.with_lost(*unknown, *(name for each in others.values() for name in each.gaps.lost))
    findings = [*reading.findings, *check(definition, known, surroundings, gaps)]
    if definition.id != path.stem and not any(finding.path == "id" for finding in reading.findings):
        message = f'other pipelines look for "{definition.id}" in {definition.id}.toml, not in {path.name}'
        findings.append(Finding("warning", str(path), definition.line_of("id"), "id", message))
    return sorted(findings, key=lambda finding: finding.line)
