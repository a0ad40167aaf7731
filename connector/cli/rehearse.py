"""`rehearse`: what a changed pipeline would have done in the last days, beside the one in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from connector.app import App
from connector.cli.failures import Refusal
from connector.cli.files import one_file
from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import choose_binding, choose_portal, open_app
from connector.cli.text import count, print_table, say, say_json
from connector.flow.bindings import Binding
from connector.reports.rehearsal import Rehearsed, Report
from connector.reports.rehearsal import rehearse as compare_both
from pipelines.deeds import Deed, Difference, tally
from pipelines.definition import Definition
from pipelines.loader import load_definition

#: More rows than this nobody reads; --json has them all.
_MOST_ROWS = 60
_SIGNS = {"added": "+", "dropped": "-", "changed": "~"}


@click.command()
@click.argument("file", metavar="PIPELINE.toml")
@portal_option
@click.option(
    "--against",
    "days",
    type=click.IntRange(min=1),
    metavar="DAYS",
    required=True,
    help="The last so many days.",
)
@click.option("--pipeline", metavar="NAME", help="The pipeline in force, if its id is not that of the file.")
@json_option
@pass_invocation
def rehearse(
    invocation: Invocation,
    file: str,
    portal_name: str | None,
    days: int,
    pipeline: str | None,
    as_json: bool,
) -> None:
    """Show what the changed PIPELINE.toml would have done in the last days, beside the one in force.

    Both are told what really happened: the stage history, how tasks ended, changes, signals. Nothing is
    written. What rests on today's values, those of the time not being known, is marked with *; what comes
    after the card went another way than the changed pipeline wanted, with (outlook).
    """
    changed = load_definition(one_file(file))
    with open_app(invocation) as app:
        name = choose_portal(app.config, portal_name)
        binding = _binding(app, name, pipeline, changed)
        until = invocation.clock.now()
        with app.database.read() as conn:
            since = until - timedelta(days=days)
            report = compare_both(conn, app.portals[name], binding, changed, since, until)
    (_say_json if as_json else _print)(report, binding)


def _binding(app: App, portal: str, named: str | None, changed: Definition) -> Binding:
    """The pipeline in force that the file is a change of."""
    bindings = app.portals[portal].bindings
    same = [name for name, each in bindings.items() if each.definition.id == changed.id]
    if named is None and len(same) != 1:
        known = ", ".join(bindings) or "none"
        many = f"several pipelines of {portal} have" if same else f"no pipeline of {portal} has"
        raise click.UsageError(f"{many} the id {changed.id!r}: say --pipeline NAME, one of: {known}")
    binding = choose_binding(app, portal, named or same[0])
    if binding.definition.entity != changed.entity:
        raise Refusal(
            f"{changed.file} runs on a {changed.entity}, {binding.pipeline} on a {binding.definition.entity}"
        )
    return binding


# --- what is shown ------------------------------------------------------------------------------------------


def _print(report: Report, binding: Binding) -> None:
    differing = [each for each in report.items if each.differences]
    rows = [_row(item, each) for item in differing for each in item.differences]
    columns = ("", "item", "title", "when (UTC)", "what", "would be", "in force", "rule")
    print_table(columns, rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        say(f"… and {len(rows) - _MOST_ROWS:,} more (--json has them all)")
    _print_summary(report, binding, len(differing))


def _print_summary(report: Report, binding: Binding, differing: int) -> None:
    span = f"{report.since:%Y-%m-%d %H:%M} to {report.until:%Y-%m-%d %H:%M} UTC"
    say(f"{count(len(report.items), 'item')} of {binding.pipeline}, {span}: {differing:,} would differ")
    kinds = tally({str(item.ref): item.differences for item in report.items})
    for (kind, change), number in sorted(kinds.items()):
        say(f"    {_SIGNS[change]} {count(number, kind)} {change}")
    lost = [(item, each) for item in report.items for each in item.unheard]
    for item, each in lost[:_MOST_ROWS]:
        say(f"    {item.ref}: {each} would be heard by nobody")
    if report.with_process:
        say(
            f"The version in force, rehearsed in the same way, makes the tasks that were really made for "
            f"{report.faithful:,} of {count(report.with_process, 'item')}."
        )
    for note in report.notes:
        say(f"Taken for granted: {note}.")
    assumed = sorted({name for item in report.items for each in item.differences for name in each.assumed})
    if assumed:
        say(f"* rests on today's values, those of the time not being known: {', '.join(assumed)}")


def _row(item: Rehearsed, each: Difference) -> Sequence[object]:
    mark = "*" if each.assumed else ""
    outlook = " (outlook)" if each.is_outlook else ""
    deed = each.deed
    return (
        f"{_SIGNS[each.change]}{mark}",
        item.ref,
        item.title,
        f"{deed.at:%m-%d %H:%M}",
        f"{deed.kind}{outlook}",
        each.after.text if each.after else "",
        each.before.text if each.before else "",
        _short(deed.rule),
    )


def _short(rule: str) -> str:
    path, _, rest = rule.rpartition("/")
    return rest if path else rule


def _say_json(report: Report, binding: Binding) -> None:
    kinds = tally({str(item.ref): item.differences for item in report.items})
    say_json(
        {
            "pipeline": binding.pipeline,
            "since": report.since,
            "until": report.until,
            "before": report.before.hash,
            "after": report.after.hash,
            "summary": {
                "items": len(report.items),
                "differing": sum(bool(item.differences) for item in report.items),
                "with_process": report.with_process,
                "faithful": report.faithful,
                **{f"{kind}_{change}": number for (kind, change), number in sorted(kinds.items())},
            },
            "notes": report.notes,
            "items": [_item(each) for each in report.items if each.differences or each.unheard],
        }
    )


def _item(item: Rehearsed) -> dict[str, Any]:
    return {
        "item": str(item.ref),
        "title": item.title,
        "parted_at": item.parted_at,
        "unheard": item.unheard,
        "differences": [_difference(each) for each in item.differences],
    }


def _difference(each: Difference) -> dict[str, Any]:
    return {
        "kind": each.deed.kind,
        "change": each.change,
        "before": _deed(each.before),
        "after": _deed(each.after),
        "assumed": each.assumed,
        "is_outlook": each.is_outlook,
    }


def _deed(deed: Deed | None) -> dict[str, Any] | None:
    return None if deed is None else {"at": deed.at, "text": deed.text, "rule": deed.rule}
