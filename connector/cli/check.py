"""`check`: what is wrong with pipelines, told without a portal, a store or the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from connector.cli.failures import ExitCode
from connector.cli.files import PipelineFile, chosen_files
from connector.cli.invocation import Invocation, json_option, pass_invocation
from connector.cli.text import count, say, say_json
from connector.portal.bound import check_binding
from pipelines.findings import DefinitionError, Finding
from pipelines.library import examine
from pipelines.loader import read_file, read_text


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
    chosen = chosen_files(invocation, files)
    findings = list(
        dict.fromkeys(finding for each in chosen for finding in _findings(invocation.config_path, each))
    )
    errors = sum(finding.is_error for finding in findings)
    (_print_json if as_json else _print)(findings, len({each.path for each in chosen}), errors)
    if errors or (strict and findings):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _findings(config_path: Path, chosen: PipelineFile) -> list[Finding]:
    findings = examine(chosen.path, chosen.folders, chosen.surroundings)
    if chosen.pipeline is not None:
        try:
            definition = read_text(read_file(chosen.path), str(chosen.path))
        except DefinitionError:
            return findings  # `examine` has told why
        findings += check_binding(config_path, chosen.pipeline, definition)
    return findings


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
