"""Loading: which version of each pipeline is bound when the program starts, and when a file changes later.

A file that is broken, or does not fit its binding any more, leaves the last version that an engine took in
force: what runs goes on, the other pipelines too. Refuses to start only where nothing at all can be bound.
Shipped pipelines are part of the program and change with it: only the admin's own files are looked at again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from connector import log
from connector.config import Config, PipelineConfig, PortalConfig
from connector.errors import ConfigError
from connector.flow.bindings import Binding
from connector.flow.versions import Broken, Versions, in_force
from connector.portal.definitions import definition_path
from connector.store import Connection, Database
from pipelines.definition import Definition
from pipelines.findings import DefinitionError
from pipelines.loader import load_text, read_file

logger = logging.getLogger(__name__)

Mistake = ConfigError | DefinitionError


@dataclass(frozen=True, slots=True)
class Loaded:
    """The pipelines of one portal by their names in the configuration."""

    bindings: Mapping[str, Binding] = field(default_factory=dict)
    broken: Mapping[str, Broken] = field(default_factory=dict)
    #: What the files were when they were read.
    files: Mapping[str, File] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class File:
    """What a definition's file held at one instant: its text, or why it cannot be read."""

    path: Path
    text: str
    mistake: Mistake | None = None

    @property
    def digest(self) -> str:
        """Tells contents apart; files that cannot be read for the same reason are alike."""
        return hashlib.sha256(f"{self.mistake or ''}\0{self.text}".encode()).hexdigest()

    def load(self) -> Definition:
        """The definition that was in it; ConfigError or DefinitionError tell every mistake."""
        if self.mistake is not None:
            raise self.mistake
        return load_text(self.text, str(self.path))


class Watch:
    """Looks whether the admin's own definitions have changed since they were loaded.

    A file that is just being written may look whole, so a change counts when two looks find it the same.
    """

    def __init__(self, config: PortalConfig, loaded: Loaded) -> None:
        self._config, self._loaded = config, loaded
        self._last = _digests(loaded.files)

    def look(self) -> dict[str, File]:
        """The changed files that nobody has written to since the last look, by their pipelines."""
        files, last = self._read(), self._last
        self._last = _digests(files)
        return {name: file for name, file in self._changed(files).items() if last.get(name) == file.digest}

    def look_now(self) -> dict[str, File]:
        """The changed files as they are: somebody says that they are finished."""
        files = self._read()
        self._last = _digests(files)
        return self._changed(files)

    def _read(self) -> dict[str, File]:
        return {
            name: _read(pipeline.definition)
            for name, pipeline in self._config.pipelines.items()
            if isinstance(pipeline.definition, Path)
        }

    def _changed(self, files: Mapping[str, File]) -> dict[str, File]:
        loaded = _digests(self._loaded.files)
        return {name: file for name, file in files.items() if loaded.get(name) != file.digest}


def load_all(config: Config, database: Database) -> dict[str, Loaded]:
    """The pipelines of every portal; every mistake of every one at once when none of them can be bound."""
    loaded: dict[str, Loaded] = {}
    mistakes: list[Mistake] = []
    with database.read() as conn:
        for name, portal in config.portals.items():
            files = {each: _file_of(pipeline) for each, pipeline in portal.pipelines.items()}
            loaded[name] = _load(conn, name, portal, Loaded(), files, mistakes)
    if mistakes and not any(each.bindings for each in loaded.values()):
        _refuse(mistakes)
    for name, each in loaded.items():
        _tell_broken(name, each.broken)
    return loaded


def load_again(
    database: Database, name: str, portal: PortalConfig, before: Loaded, files: Mapping[str, File]
) -> Loaded:
    """What was loaded, with these files for what they held before; broken ones leave what is in force."""
    with database.read() as conn:
        loaded = _load(conn, name, portal, before, files, [])
    _tell_broken(name, {each: loaded.broken[each] for each in files if each in loaded.broken})
    return loaded


def _load(
    conn: Connection,
    name: str,
    portal: PortalConfig,
    before: Loaded,
    files: Mapping[str, File],
    mistakes: list[Mistake],
) -> Loaded:
    bindings, broken = dict(before.bindings), dict(before.broken)
    for pipeline, file in files.items():
        config = portal.pipelines[pipeline]
        broken.pop(pipeline, None)
        try:
            bindings[pipeline] = bind(pipeline, file.load(), config)
        except (DefinitionError, ConfigError) as mistake:
            mistakes.append(mistake)
            last = _last_good(conn, name, pipeline, config)
            if last is not None:
                bindings[pipeline] = last
            broken[pipeline] = Broken(pipeline, told(mistake), last.definition.hash if last else None)
    return Loaded(bindings, broken, {**before.files, **files})


def _file_of(config: PipelineConfig) -> File:
    try:
        return _read(definition_path(config))
    except ConfigError as mistake:
        return File(Path(str(config.definition)), "", mistake)


def _read(path: Path) -> File:
    try:
        return File(path, read_file(path))
    except DefinitionError as mistake:
        return File(path, "", mistake)


def _digests(files: Mapping[str, File]) -> dict[str, str]:
    return {name: file.digest for name, file in files.items()}


def _tell_broken(portal: str, broken: Mapping[str, Broken]) -> None:
    for each in broken.values():
        facts = {"portal": portal, "pipeline": each.pipeline, "in_force": each.version}
        log.note(logger, "load", "broken", level=logging.ERROR, **facts, error="; ".join(each.mistakes))


def tell_changes(portal: str, before: Mapping[str, Binding], after: Mapping[str, Binding]) -> None:
    """Which versions took the place of others."""
    for name, binding in after.items():
        was = before[name].definition.hash if name in before else None
        if binding.definition.hash != was:
            new = binding.definition.hash
            log.note(logger, "load", "changed", portal=portal, pipeline=name, version=new, was=was)


def bind(name: str, definition: Definition, config: PipelineConfig) -> Binding:
    """A definition under its binding; ConfigError when one names stages that the other does not have."""
    known, bound = {stage.id for stage in definition.stages}, set(config.stages)
    if strangers := sorted(bound - known):
        raise ConfigError(
            f"pipelines.{name}.stages: {strangers[0]!r} is no stage of {definition.id}: {sorted(known)}"
        )
    _refuse_unbound(name, definition, config)
    return Binding(name, definition, config)


def told(mistake: Mistake) -> tuple[str, ...]:
    """Each mistake as it is told to people."""
    findings = getattr(mistake, "findings", ())
    return tuple(map(str, findings)) or (str(mistake),)


def _last_good(conn: Connection, portal: str, pipeline: str, config: PipelineConfig) -> Binding | None:
    """The version that was in force before, as far as its stages are still bound."""
    version = in_force(conn, portal, pipeline)
    if version is None:
        return None
    definition = Versions().get(conn, version)
    try:
        _refuse_unbound(pipeline, definition, config)
    except ConfigError as mistake:
        facts = {"portal": portal, "pipeline": pipeline, "version": version, "error": mistake}
        log.note(logger, "load", "unbound", level=logging.ERROR, **facts)
        return None
    return Binding(pipeline, definition, config)


def _refuse_unbound(name: str, definition: Definition, config: PipelineConfig) -> None:
    missing = sorted({stage.id for stage in definition.stages} - set(config.stages))
    if missing:
        raise ConfigError(
            f"pipelines.{name}.stages: {missing[0]!r} of {definition.id} is bound to no stage of the portal"
        )


def _refuse(mistakes: list[Mistake]) -> None:
    """Nothing can be bound: the mistakes of the files all together, else the first of the configuration."""
    findings = [finding for each in mistakes for finding in getattr(each, "findings", ())]
    raise DefinitionError(findings) if findings else mistakes[0]
