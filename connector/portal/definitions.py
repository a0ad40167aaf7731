"""Where the pipelines of a configuration are, and what surrounds them there."""

from __future__ import annotations

from pathlib import Path

from connector.config import Config, PipelineConfig, PortalConfig
from connector.errors import ConfigError
from pipelines.checks import Surroundings
from pipelines.library import find, shipped_names


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


def surroundings_of(portal: PortalConfig) -> Surroundings:
    """The names that a portal's configuration explains to its pipelines."""
    return Surroundings(
        roles=portal.roles,
        teams=portal.teams,
        templates={*portal.templates, *portal.documents},
        workflows=portal.workflows,
        calls=portal.addresses,
        types=portal.record_types,
    )
