"""`test`: the scenarios that an admin wrote into pipelines, played offline or through a sandbox portal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click

from connector.cli.coverage import report
from connector.cli.failures import ExitCode
from connector.cli.files import chosen_files
from connector.cli.invocation import Invocation, json_option, pass_invocation
from connector.cli.text import count, say, say_json
from connector.portal.definitions import folders_of
from pipelines.coverage import Coverage, measure
from pipelines.library import others_of
from pipelines.loader import load_definition
from pipelines.scenarios import MakeWorld, ScenarioResult, run_scenarios


@click.command()
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option("--only", metavar="NAME", help="Play the scenario of this name alone.")
@click.option(
    "--portal",
    type=click.Choice(["sandbox"]),
    help="Play them through the whole product beside a portal on this machine, which takes longer.",
)
@click.option("--coverage", "is_coverage", is_flag=True, help="Show what no scenario takes, instead.")
@click.option(
    "--require",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="With --coverage: exit code 1 if a pipeline is covered by less.",
)
@json_option
@pass_invocation
def test(
    invocation: Invocation,
    files: tuple[str, ...],
    only: str | None,
    portal: str | None,
    is_coverage: bool,
    require: float | None,
    as_json: bool,
) -> None:
    """Play the scenarios of pipelines: offline through the engine, or through a sandbox portal.

    FILES are pipelines, folders of them, or names of shipped ones. Without any: the pipelines of the
    configuration; without a configuration, the shipped ones.
    """
    if is_coverage and (only is not None or portal is not None):
        raise click.UsageError("--coverage plays all scenarios, offline: leave --only and --portal out")
    if require is not None and not is_coverage:
        raise click.UsageError("--require goes with --coverage")
    paths, config = chosen_files(invocation, files)
    folders = folders_of(config) if config is not None else []
    if is_coverage:
        report([_measure(path, folders) for path in paths], require=require or 0.0, as_json=as_json)
        return
    with _worlds(portal, folders) as make_world:
        results = [result for path in paths for result in _play(path, folders, only, make_world)]
    if only is not None and not results:
        raise click.UsageError(f"no scenario is called {only!r}")
    (_print_json if as_json else _print)(results)
    if any(result.failures for result in results):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _worlds(portal: str | None, folders: Sequence[Path]) -> AbstractContextManager[MakeWorld | None]:
    if portal is None:
        return nullcontext()
    from connector.rehearsal import sandbox_worlds

    return sandbox_worlds(lambda definition: others_of(definition, folders))


def _play(
    path: Path, folders: Sequence[Path], only: str | None, make_world: MakeWorld | None
) -> list[ScenarioResult]:
    definition = load_definition(path)
    return run_scenarios(definition, others_of(definition, folders), make_world=make_world, only=only)


def _measure(path: Path, folders: Sequence[Path]) -> Coverage:
    definition = load_definition(path)
    return measure(definition, others_of(definition, folders))


def _print(results: Sequence[ScenarioResult]) -> None:
    for result in results:
        say(f"{_verdict(result)}  {result.file}:{result.line} {result.name}")
        for failure in result.failures:
            say(f"      {failure}")
        if result.not_run:
            say(f"      not run here: {result.not_run}")
    say()
    verdicts = Counter(map(_verdict, results))
    total = f"{count(len(results), 'scenario')}: {verdicts['pass']:,} passed, {verdicts['FAIL']:,} failed"
    say(total + (f", {verdicts['skip']:,} not run here" if verdicts["skip"] else ""))


def _verdict(result: ScenarioResult) -> str:
    if result.failures:
        return "FAIL"
    return "skip" if result.not_run else "pass"


def _print_json(results: Sequence[ScenarioResult]) -> None:
    say_json(
        [
            {
                "name": result.name,
                "file": result.file,
                "line": result.line,
                "has_passed": result.has_passed,
                "not_run": result.not_run,
                "failures": [
                    {
                        "file": failure.file,
                        "line": failure.line,
                        "key": failure.key,
                        "expected": failure.expected,
                        "got": failure.got,
                    }
                    for failure in result.failures
                ],
            }
            for result in results
        ]
    )
