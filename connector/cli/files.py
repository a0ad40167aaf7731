"""Which pipelines a command is about: those named, or those of the configuration, or the shipped ones.

What reads a configuration is imported when there is one: its models take as long to build as all shipped
pipelines take to check.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connector.cli.invocation import Invocation
from pipelines.findings import nearest
from pipelines.library import find, shipped_names

if TYPE_CHECKING:
    from connector.config import Config


def chosen_files(invocation: Invocation, named: Sequence[str]) -> tuple[list[Path], Config | None]:
    """The files that were named; or those of the configuration, given beside; or the shipped ones."""
    if named:
        return list(dict.fromkeys(path for name in named for path in _paths(name))), None
    if invocation.is_config_named or invocation.config_path.exists():
        from connector.config import load_config
        from connector.portal.definitions import definition_path

        config = load_config(invocation.config_path)
        pipelines = [each for portal in config.portals.values() for each in portal.pipelines.values()]
        return list(dict.fromkeys(map(definition_path, pipelines))), config
    return [path for name in shipped_names() if (path := find(name)) is not None], None


def one_file(name: str) -> Path:
    """The one pipeline that is meant: a file, or a shipped one by its name."""
    if Path(name).is_dir():
        raise click.UsageError(f"{name} is a folder: name one file of it")
    return next(iter(_paths(name)))


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
