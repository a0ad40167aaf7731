"""How the program ends: one exit code and one message for each kind of error, and never a traceback for these.

Errors of the rooms below say what is wrong and where; what to do about it is added here, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import IO, Any

import click

from connector.cli.text import plain_lines
from connector.errors import AuthError, ConfigError, ConnectorError, CRMError, RetriableError, StoreError
from pipelines.findings import DefinitionError, Finding


class ExitCode(IntEnum):
    """What a script can tell from the way the program ended (docs/cli.md)."""

    OK = 0
    #: There are findings, a check or a scenario failed, or what was asked for is not possible.
    FINDINGS = 1
    #: click's own: a command or an option that does not exist, a value of the wrong form.
    USAGE = 2
    #: The configuration or a definition cannot be used.
    CONFIG = 3
    #: The portal refuses, or cannot be reached.
    PORTAL = 4
    #: The store cannot be used.
    STORE = 5
    #: Somebody pressed Ctrl-C; what was done until then is kept.
    INTERRUPTED = 130


class Failure(click.ClickException):
    """The end of the program: `message`, and under it the findings, if any."""

    def __init__(self, message: str, code: ExitCode, findings: Sequence[Finding] = ()) -> None:
        super().__init__(plain_lines(message))
        self.exit_code = code
        self.findings = tuple(findings)

    def show(self, file: IO[Any] | None = None) -> None:
        for finding in self.findings:
            click.echo(plain_lines(str(finding)), err=True, file=file)
        click.secho(f"Error: {self.message}", err=True, file=file, fg="red")


class Refusal(Failure):
    """What was asked for is not possible as things stand: exit code 1."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ExitCode.FINDINGS)


_ADVICE: tuple[tuple[type[ConnectorError], ExitCode, str], ...] = (
    (
        AuthError,
        ExitCode.PORTAL,
        "Make an inbound webhook with the rights crm, task and user_basic and put its address where "
        "`webhook` of the configuration says; `funnelwright doctor` shows what it may do.",
    ),
    (RetriableError, ExitCode.PORTAL, "Try again in a while; what was done until now is kept."),
    (CRMError, ExitCode.PORTAL, "`funnelwright doctor` shows what the webhook may do."),
    (StoreError, ExitCode.STORE, ""),
    (ConfigError, ExitCode.CONFIG, ""),
)


def as_failure(error: ConnectorError | DefinitionError) -> Failure:
    """The message and the exit code for an error that was foreseen."""
    findings: tuple[Finding, ...] = getattr(error, "findings", ())
    if findings:
        noun = "mistake" if len(findings) == 1 else "mistakes"
        return Failure(f"{len(findings)} {noun}, nothing was started", ExitCode.CONFIG, findings)
    for kind, code, advice in _ADVICE:
        if isinstance(error, kind):
            return Failure(f"{error}\n{advice}".rstrip(), code)
    return Failure(str(error), ExitCode.FINDINGS)
