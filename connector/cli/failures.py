"""How the program ends: an exit code and a message for each kind of error, and never a traceback for these.

Errors of the rooms below say what is wrong and where; what to do about it is added here, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import IO, Any

import click

from connector.cli.text import count, plain_lines
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
    """The end of the program: a message, above it the findings; the subclass says the exit code."""

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(plain_lines(message))
        self.findings = tuple(findings)

    def show(self, file: IO[Any] | None = None) -> None:
        for finding in self.findings:
            click.echo(plain_lines(finding), err=True, file=file)
        click.secho(f"Error: {self.message}", err=True, file=file, fg="red")


class Refusal(Failure):
    """What was asked for is not possible as things stand."""

    exit_code = ExitCode.FINDINGS


class ConfigFailure(Failure):
    exit_code = ExitCode.CONFIG


class PortalFailure(Failure):
    exit_code = ExitCode.PORTAL


class StoreFailure(Failure):
    exit_code = ExitCode.STORE


class Interrupted(Failure):
    """Somebody pressed Ctrl-C."""

    exit_code = ExitCode.INTERRUPTED


_AGAIN = "Try again in a while; what was done until now is kept."
_DOCTOR = "`funnelwright doctor` shows what the webhook may do."
_NEW_WEBHOOK = (
    "Make an inbound webhook with the rights crm, task and user_basic and put its address where `webhook` of "
    "the configuration says."
)
#: The first that fits.
_ENDINGS: tuple[tuple[type[ConnectorError], type[Failure], str], ...] = (
    (AuthError, PortalFailure, f"{_DOCTOR} {_NEW_WEBHOOK}"),
    (RetriableError, PortalFailure, _AGAIN),
    (CRMError, PortalFailure, _DOCTOR),
    (StoreError, StoreFailure, ""),
    (ConfigError, ConfigFailure, ""),
    (ConnectorError, Refusal, ""),
)


def as_failure(error: ConnectorError | DefinitionError) -> Failure:
    """The message and the exit code for an error that was foreseen."""
    findings: tuple[Finding, ...] = getattr(error, "findings", ())
    if findings or isinstance(error, DefinitionError):
        return ConfigFailure(f"{count(len(findings), 'mistake')}: nothing was started", findings)
    failure, advice = next((end, say) for kind, end, say in _ENDINGS if isinstance(error, kind))
    return failure(f"{error}\n{advice}".rstrip())
