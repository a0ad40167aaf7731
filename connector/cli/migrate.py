"""`migrate`: items that are in the middle of a visit go on under the newest version; told first, undone if
need be."""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import click

from connector.app import App
from connector.cli.failures import ExitCode, Refusal
from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import choose_binding, choose_portal, open_app
from connector.cli.text import count, print_table, say, say_json
from connector.flow import migrate as flow
from connector.flow.bindings import Binding
from connector.flow.facts import read_surroundings
from connector.flow.migrate import Candidate
from connector.flow.portal import Portal
from connector.flow.versions import in_force
from connector.portal.pulse import take
from connector.store import Connection
from pipelines.migration import Verdict
from pipelines.renaming import MappingMistake, Names, read_names

#: More rows than this nobody reads; --json has them all.
_MOST_ROWS = 40


@click.command()
@click.argument("pipeline")
@portal_option
@click.option("--plan", "is_plan", is_flag=True, help="Only list what would become of each item.")
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="OLD=NEW",
    help="A stage or a step is called NEW now; STEP.OUTCOME=OUTCOME: a result of a step. Repeatable.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Change at most so many items.")
@click.option("--revert", "is_revert", is_flag=True, help="Undo: back to the version they came from.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_invocation
def migrate(
    invocation: Invocation,
    pipeline: str,
    portal_name: str | None,
    is_plan: bool,
    pairs: tuple[str, ...],
    limit: int | None,
    is_revert: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Let items of PIPELINE that run on an older version go on under the newest one.

    Without this, an item keeps its version until it comes into its next stage. Each item is listed first, as
    safe, needs mapping or blocked, with the reason; only safe ones are changed, after a question. Ends with 1
    while some are not safe.
    """
    if is_revert and pairs:
        raise click.UsageError("--revert knows the names from the journal: it takes no --map")
    with open_app(invocation) as app:
        name = choose_portal(app.config, portal_name)
        portal, binding = app.portals[name], choose_binding(app, name, pipeline)
        with app.database.read() as conn:
            names = Names() if is_revert else _names(conn, portal, binding, pairs)
            found = list(
                flow.revertible(conn, portal, binding)
                if is_revert
                else flow.candidates(conn, portal, binding, names)
            )
            obstacle = _obstacle(conn, app, portal, binding)
        safe = [each for each in found if each.is_safe][:limit]
        if as_json:
            _say_json(binding, found)
        else:
            _print(binding, found, is_revert)
        if safe and not is_plan:
            if obstacle:
                raise Refusal(obstacle)
            if not yes:
                click.confirm(_question(safe, binding, is_revert), abort=True, err=as_json)
            changed = _change(portal, binding, safe, names, is_revert)
            if not as_json:
                say(f"{count(changed, 'item')} changed; each has a line in `funnelwright why`.")
    if any(not each.is_safe for each in found):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _names(conn: Connection, portal: Portal, binding: Binding, pairs: Sequence[str]) -> Names:
    """What --map says; a pair that leads nowhere is a wrong use of the option."""
    if not pairs:
        return Names()
    olds = flow.versions_in_use(conn, portal, binding)
    if not olds:
        raise Refusal(f"every item of {binding.pipeline} runs on the newest version: there is nothing to map")
    try:
        return read_names(pairs, olds, binding.definition)
    except MappingMistake as mistake:
        raise click.BadParameter(str(mistake), param_hint="--map") from None


def _obstacle(conn: Connection, app: App, portal: Portal, binding: Binding) -> str:
    """Why nothing may be changed now; "" when it may."""
    if trouble := portal.broken.get(binding.pipeline):
        return f"the newest version cannot be used: {trouble}"
    pulse, taken = take(conn, portal.name), in_force(conn, portal.name, binding.pipeline)
    if pulse is not None and pulse.is_fresh(app.clock.now()) and taken not in (None, binding.definition.hash):
        return (
            f"the running engine ({pulse.engine}) has version {str(taken)[:8]} in force, the file has "
            f"{binding.definition.hash[:8]} now: it takes an edited file within a minute, at once on SIGHUP"
        )
    return ""


def _change(
    portal: Portal, binding: Binding, safe: Sequence[Candidate], names: Names, is_revert: bool
) -> int:
    """One commit for each item: what is done when this is stopped stays done."""
    by = f"admin:{getpass.getuser()}"
    with portal.database.read() as conn:
        around = read_surroundings(conn, portal, portal.clock.now())

    def back(each: Candidate) -> bool:
        return each.undoes is not None and flow.revert(around, binding, each.process.id, each.undoes, by)

    def on(each: Candidate) -> bool:
        return flow.migrate(around, binding, each.process.id, names, by)

    step: Callable[[Candidate], bool] = back if is_revert else on
    return sum(step(each) for each in safe)


def _question(safe: Sequence[Candidate], binding: Binding, is_revert: bool) -> str:
    where = "back to their versions" if is_revert else f"on to version {binding.definition.hash[:8]}"
    return f"Let {count(len(safe), 'item')} of {binding.pipeline} go {where}?"


# --- what is shown ------------------------------------------------------------------------------------------


def _print(binding: Binding, found: Sequence[Candidate], is_revert: bool) -> None:
    if not found:
        nothing = "was migrated, or is still on that visit" if is_revert else "runs on an older version"
        say(f"No item of {binding.pipeline} {nothing}.")
        return
    order = list(Verdict)
    rows = [
        (
            each.judgement.verdict.value,
            each.process.ref,
            each.title,
            each.process.stage,
            f"{each.process.version[:8]} → {each.to[:8]}",
            "; ".join((*each.judgement.reasons, *each.judgement.notes)),
            "; ".join(each.commands),
        )
        for each in sorted(found, key=lambda one: -order.index(one.judgement.verdict))
    ]
    print_table(("verdict", "item", "title", "stage", "version", "why", "would at once"), rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        say(f"… and {len(rows) - _MOST_ROWS:,} more (--json has them all)")
    verdicts = Counter(each.judgement.verdict for each in found)
    counts = ", ".join(f"{verdicts[each]:,} {each.value}" for each in Verdict)
    say(f"{count(len(found), 'item')}: {counts}")


def _say_json(binding: Binding, found: Sequence[Candidate]) -> None:
    say_json(
        {
            "pipeline": binding.pipeline,
            "newest": binding.definition.hash,
            "counts": {each.value: sum(one.judgement.verdict is each for one in found) for each in Verdict},
            "items": [_as_json(each) for each in found],
        }
    )


def _as_json(each: Candidate) -> dict[str, Any]:
    return {
        "item": str(each.process.ref),
        "title": each.title,
        "stage": each.process.stage,
        "verdict": each.judgement.verdict.value,
        "reasons": each.judgement.reasons,
        "notes": each.judgement.notes,
        "from": each.process.version,
        "to": each.to,
        "commands": each.commands,
    }
