"""`shadow report`: what a pipeline that only watches would have done, beside what was done."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import timedelta

import click

from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import choose_binding, choose_portal, open_app
from connector.cli.text import ago, count, print_table, say, say_json
from connector.reports.shadow import Compared, Verdict, compare


@click.group()
def shadow() -> None:
    """Look at a pipeline in shadow mode, which decides and writes nothing."""


@shadow.command()
@click.argument("pipeline")
@portal_option
@click.option("--days", type=click.IntRange(min=1), default=30, show_default=True, help="How far back.")
@click.option(
    "--differences",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="How many of the things that went otherwise are listed, the newest.",
)
@json_option
@pass_invocation
def report(
    invocation: Invocation,
    pipeline: str,
    portal_name: str | None,
    days: int,
    differences: int,
    as_json: bool,
) -> None:
    """Compare what PIPELINE would have done in shadow with what reps and robots did.

    *same*: they did it too; of a task: the card went on before it would have been due. *otherwise*: they did
    something else. *open*: nothing of the kind was done yet. Messages and new records are counted only.
    """
    now = invocation.clock.now()
    with open_app(invocation) as app:
        name = choose_portal(app.config, portal_name)
        portal, binding = app.portals[name], choose_binding(app, name, pipeline)
        with app.database.read() as conn:
            found = compare(conn, portal, binding, now - timedelta(days=days))
    if as_json:
        say_json([asdict(each) | {"ref": str(each.ref)} for each in found])
        return
    if not found:
        raise Refusal(
            f"{pipeline} would have done nothing in the last {count(days, 'day')}: "
            f'its mode in config.toml is {binding.mode!r}; it watches with mode = "shadow"'
        )
    _print_totals(found)
    others = [each for each in found if each.verdict is Verdict.OTHER]
    print_table(
        ("when", "item", "title", "would", "was", "rule"),
        [
            (ago(each.at, now), each.ref, each.title, each.would, each.was, each.rule.rpartition("/")[2])
            for each in others[len(others) - min(differences, len(others)) :]
        ],
        title=f"Otherwise ({len(others):,})",
    )


def _print_totals(found: list[Compared]) -> None:
    totals = Counter((each.what, each.verdict) for each in found)
    kinds = Counter(each.what for each in found)
    rows = []
    for what, total in kinds.most_common():
        same, other = totals[what, Verdict.SAME], totals[what, Verdict.OTHER]
        share = f"{same / (same + other):.0%}" if same + other else ""
        rows.append((what, f"{total:,}", same, other, totals[what, Verdict.OPEN], share))
    print_table(("would", "times", "same", "otherwise", "open", "agreement"), rows)
    items = len({each.ref for each in found})
    say(f"{count(items, 'item')}, {count(len(found), 'thing')} that it would have done.")
