"""`check`: what is wrong with pipelines, told without a portal, a store or the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connector.cli.failures import ExitCode
from connector.cli.files import chosen_files
from connector.cli.invocation import Invocation, json_option, pass_invocation
from connector.cli.text import count, say, say_json
from pipelines.findings import Finding
from pipelines.library import Shelf, examine

if TYPE_CHECKING:
    from connector.config import Config


@click.command()
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@json_option
@pass_invocation
def check(invocation: Invocation, files: tuple[str, ...], strict: bool, as_json: bool) -> None:
    """Find mistakes in pipelines, offline.

    FILES are pipelines, folders of them, or names of shipped ones. Without any: the pipelines of the
    configuration and how they are bound there; without a configuration, the shipped ones.
    """
    paths, config = chosen_files(invocation, files)
    findings = _findings(invocation.config_path, paths, config)
    errors = sum(finding.is_error for finding in findings)
    (_print_json if as_json else _print)(findings, len(paths), errors)
    if errors or (strict and findings):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _findings(config_path: Path, paths: Sequence[Path], config: Config | None) -> list[Finding]:
    if config is None:
        shelf = Shelf()
        return [finding for path in paths for finding in examine(path, shelf=shelf)]
    from connector.portal.definitions import examine_portal

    portals = config.portals.values()
    found = [finding for portal in portals for finding in examine_portal(config_path, config, portal)]
    return list(dict.fromkeys(found))


def _print(findings: Sequence[Finding], files: int, errors: int) -> None:
    for finding in findings:
        say(str(finding))
    if findings:
        say()
    warnings = len(findings) - errors
    say(f"{count(files, 'pipeline')}: {count(errors, 'error')}, {count(warnings, 'warning')}")


def _print_json(findings: Sequence[Finding], files: int, errors: int) -> None:
    say_json(
        {
            "pipelines": files,
            "errors": errors,
            "warnings": len(findings) - errors,
            "findings": [asdict(finding) for finding in findings],
        }
    )
