"""What tests of the command line share: a call of the program, and a portal that it meets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from requests.adapters import BaseAdapter

from connector.cli import main
from connector.cli.invocation import Invocation
from connector.clock import Clock, SystemClock


class Program:
    """The program as somebody at a terminal has it, on one configuration."""

    def __init__(
        self,
        config_path: Path,
        *,
        clock: Clock | None = None,
        adapters: Mapping[str, BaseAdapter] | None = None,
    ) -> None:
        self.config_path = config_path
        self.clock = clock or SystemClock()
        self.adapters = adapters or {}

    def __call__(self, *args: str, typed: str = "", code: int = 0) -> str:
        """Everything that the call prints; it must end with this exit code."""
        result = self.call(*args, typed=typed)
        assert result.exit_code == code, f"exit code {result.exit_code}:\n{result.output}"
        return result.output

    def call(self, *args: str, typed: str = "") -> Result:
        """The call as it ended; an error that was not foreseen comes out of it."""
        invocation = Invocation(clock=self.clock, adapters=self.adapters)
        runner = CliRunner()
        result = runner.invoke(
            main,
            ["--config", str(self.config_path), *args],
            obj=invocation,
            input=typed,
            prog_name="funnelwright",
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def json(self, *args: str, code: int = 0) -> Any:
        """The answer of a call with --json."""
        result = self.call(*args, "--json")
        assert result.exit_code == code, f"exit code {result.exit_code}:\n{result.output}"
        return json.loads(result.stdout)
