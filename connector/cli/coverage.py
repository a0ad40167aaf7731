"""What `test --coverage` prints: the ways through each pipeline, and those that no scenario takes."""

from __future__ import annotations

from collections.abc import Sequence

import click

from connector.cli.failures import ExitCode
from connector.cli.text import count, plain, print_table, say, say_json
from pipelines.coverage import Coverage


def report(covered: Sequence[Coverage], *, require: float, as_json: bool) -> None:
    """Print it; the program ends with FINDINGS when some pipeline is covered by less than `require` %."""
    (_print_json if as_json else _print)(covered)
    below = [each for each in covered if each.percent < require]
    for each in below:
        message = f"{each.pipeline}: {each.percent:.1f} % is less than the {require:g} % that are required"
        click.echo(plain(message), err=True)
    if below:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _print(covered: Sequence[Coverage]) -> None:
    for each in covered:
        rows = [(kind, taken, of, f"{100 * taken / of:.0f} %") for kind, (taken, of) in each.counts().items()]
        print_table(["", "taken", "of", ""], rows, title=each.pipeline)
        for way in each.missed:
            say(f"{each.file}:{way.line}: no scenario takes {way}")
    ways, missed = sum(len(each.ways) for each in covered), sum(len(each.missed) for each in covered)
    say()
    say(f"{count(len(covered), 'pipeline')}: {ways - missed:,} of {count(ways, 'way')} taken, {missed:,} not")


def _print_json(covered: Sequence[Coverage]) -> None:
    say_json(
        [
            {
                "pipeline": each.pipeline,
                "file": each.file,
                "percent": round(each.percent, 2),
                "kinds": {kind: {"taken": taken, "of": of} for kind, (taken, of) in each.counts().items()},
                "missed": [{"kind": way.kind, "name": way.name, "line": way.line} for way in each.missed],
            }
            for each in covered
        ]
    )
