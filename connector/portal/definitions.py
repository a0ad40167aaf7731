"""Where the pipelines of a configuration are, and what surrounds them there."""

from __future__ import annotations

from pathlib import Path

from connector.config import Config, PipelineConfig, PortalConfig
from connector.errors import ConfigError
from connector.portal.bound import check_binding
from pipelines.checks import Surroundings
from pipelines.definition import Definition
from pipelines.findings import Finding
from pipelines.library import Shelf, examine, find, shipped_names


def definition_path(pipeline: PipelineConfig) -> Path:
    """The file behind `definition`: a path in the configuration's folder, or that of a shipped pipeline."""
    if isinstance(pipeline.definition, Path):
        return pipeline.definition
    path = find(pipeline.definition)
    if path is None:
        names = ", ".join(shipped_names())
        raise ConfigError(f"no shipped pipeline is called {pipeline.definition!r}; there is: {names}")
    return path


def folders_of(config: Config) -> list[Path]:
    """The folders that the configuration's own pipelines lie in: there others are looked for by name."""
    paths = (
        pipeline.definition
        for portal in config.portals.values()
        for pipeline in portal.pipelines.values()
        if isinstance(pipeline.definition, Path)
    )
    return list(dict.fromkeys(path.parent for path in paths))


def surroundings_of(portal: PortalConfig, shelf: Shelf | None = None) -> Surroundings:
    """The names that a portal's configuration explains to its pipelines."""
    shelf = shelf or Shelf()
    definitions = (shelf.read(definition_path(each)).definition for each in portal.pipelines.values())
    return Surroundings(
        roles=portal.roles,
        teams=portal.teams,
        templates={*portal.templates, *portal.documents},
        workflows=portal.workflows,
        calls=portal.addresses,
        types=portal.record_types,
        pipelines={*portal.pipelines, *(each.id for each in definitions if each is not None)},
    )


def examine_portal(config_file: Path, config: Config, portal: PortalConfig) -> list[Finding]:
    """What `check` says of the pipelines of one portal and of how they are bound there."""
    folders, shelf = folders_of(config), Shelf()
    surroundings = surroundings_of(portal, shelf)
    findings: list[Finding] = []
    for pipeline in portal.pipelines.values():
        path = definition_path(pipeline)
        findings += examine(path, folders, surroundings, shelf)
        if (definition := _shape(path, shelf)) is not None:
            findings += check_binding(config_file, pipeline, definition)
    return findings


def definitions_of(portal: PortalConfig) -> dict[str, Definition]:
    """The portal's pipelines by their names in the configuration, as far as they can be read."""
    shelf = Shelf()
    found = {name: _shape(definition_path(pipeline), shelf) for name, pipeline in portal.pipelines.items()}
    return {name: definition for name, definition in found.items() if definition is not None}


def _shape(path: Path, shelf: Shelf) -> Definition | None:
    """The definition in a file whose names may lead nowhere; None: `examine` tells why there is none."""
    reading = shelf.read(path)
    return None if reading.findings else reading.definition
