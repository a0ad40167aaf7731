"""A group of commands that are imported when they are called; their one-line helps are known without that."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click
from click.exceptions import NoSuchCommand

from connector.cli.failures import Interrupted, as_failure
from connector.errors import ConnectorError
from pipelines.findings import DefinitionError


class Lazy(NamedTuple):
    """Where a command is (`module:name`), and what the list of commands says of it."""

    place: str
    summary: str


class LazyGroup(click.Group):
    """Ends the program with a message and an exit code wherever an error of ours comes out of a command."""

    def __init__(self, *args: Any, commands_at: Mapping[str, Lazy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._commands_at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._commands_at:
            return None
        module, _, name = self._commands_at[cmd_name].place.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(error.command_name, possibilities=self._commands_at, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.summary) for name, lazy in self._commands_at.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (ConnectorError, DefinitionError) as error:
            raise as_failure(error) from error
        except KeyboardInterrupt:
            raise Interrupted("stopped; what was done until then is kept") from None
