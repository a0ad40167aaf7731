"""Which pipelines a command is about: those named, or those of the configuration, or the shipped ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from connector.cli.invocation import Invocation
from connector.config import Config, PipelineConfig, load_config
from connector.portal.definitions import definition_path, folders_of, surroundings_of
from pipelines.checks import Surroundings
from pipelines.findings import nearest
from pipelines.library import find, shipped_names


@dataclass(frozen=True, slots=True)
class PipelineFile:
    """A file, and what is known of the configuration around it; `pipeline` None: nothing is."""

    path: Path
    folders: tuple[Path, ...] = ()
    surroundings: Surroundings | None = None
    pipeline: PipelineConfig | None = None


def chosen_files(invocation: Invocation, named: Sequence[str]) -> list[PipelineFile]:
    """The files that were named; or the configuration's, if there is one; or the shipped ones."""
    if named:
        return [PipelineFile(path) for name in named for path in _paths(name)]
    if invocation.is_config_named or invocation.config_path.exists():
        return _of_config(load_config(invocation.config_path))
    return [PipelineFile(path) for name in shipped_names() if (path := find(name)) is not None]


def _paths(name: str) -> Iterator[Path]:
    """A file, all .toml files of a folder, or a shipped pipeline by its name."""
    path = Path(name)
    if path.is_dir():
        found = sorted(path.glob("*.toml"))
        if not found:
            raise click.UsageError(f"the folder {name} has no .toml file")
        yield from found
    elif path.is_file():
        yield path
    elif (shipped := find(name)) is not None:
        yield shipped
    else:
        meant = nearest(name, shipped_names())
        hint = f" Did you mean {meant!r}?" if meant else ""
        raise click.UsageError(
            f"{name} is no file, and no shipped pipeline is called so; "
            f"there is: {', '.join(shipped_names())}.{hint}"
        )


def _of_config(config: Config) -> list[PipelineFile]:
    folders = tuple(folders_of(config))
    return [
        PipelineFile(definition_path(pipeline), folders, surroundings_of(portal), pipeline)
        for portal in config.portals.values()
        for pipeline in portal.pipelines.values()
    ]
