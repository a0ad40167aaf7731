"""Loading: which version of each pipeline is bound when the program starts.

A file that is broken, or does not fit its binding any more, leaves the last version that an engine took in
force: what runs goes on, the other pipelines too. Refuses to start only where nothing at all can be bound.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from connector import log
from connector.config import Config, PipelineConfig, PortalConfig
from connector.errors import ConfigError
from connector.flow.bindings import Binding
from connector.flow.versions import Broken, Versions, in_force
from connector.portal.definitions import definition_path
from connector.store import Connection, Database
from pipelines.definition import Definition
from pipelines.findings import DefinitionError
from pipelines.loader import load_definition

logger = logging.getLogger(__name__)

Mistake = ConfigError | DefinitionError


@dataclass(frozen=True, slots=True)
class Loaded:
    """The pipelines of one portal by their names in the configuration."""

    bindings: Mapping[str, Binding] = field(default_factory=dict)
    broken: Mapping[str, Broken] = field(default_factory=dict)


def load_all(config: Config, database: Database) -> dict[str, Loaded]:
    """The pipelines of every portal; every mistake of every one at once when none of them can be bound."""
    loaded: dict[str, Loaded] = {}
    mistakes: list[Mistake] = []
    with database.read() as conn:
        for name, portal in config.portals.items():
            loaded[name] = _load(conn, name, portal, mistakes)
    if mistakes and not any(each.bindings for each in loaded.values()):
        _refuse(mistakes)
    for name, each in loaded.items():
        for trouble in each.broken.values():
            facts = {"portal": name, "pipeline": trouble.pipeline, "in_force": trouble.version}
            log.note(
                logger, "load", "broken", level=logging.ERROR, **facts, error="; ".join(trouble.mistakes)
            )
    return loaded


def _load(conn: Connection, name: str, portal: PortalConfig, mistakes: list[Mistake]) -> Loaded:
    bindings: dict[str, Binding] = {}
    broken: dict[str, Broken] = {}
    for pipeline, config in portal.pipelines.items():
        try:
            bindings[pipeline] = bind(pipeline, load_definition(definition_path(config)), config)
        except (DefinitionError, ConfigError) as mistake:
            mistakes.append(mistake)
            last = _last_good(conn, name, pipeline, config)
            if last is not None:
                bindings[pipeline] = last
            broken[pipeline] = Broken(pipeline, told(mistake), last.definition.hash if last else None)
    return Loaded(bindings, broken)


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
