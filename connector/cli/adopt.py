"""`adopt`: items that were there before a pipeline was bound join it; what that would do is shown first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from connector.cli.engine import engine_note
from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import choose_binding, choose_portal, open_app
from connector.cli.text import count, print_table, say, say_json
from connector.flow.adopt import Candidate, candidates
from connector.flow.adopt import adopt as let_join
from connector.flow.bindings import Binding
from connector.flow.portal import Portal
from pipelines.definition import Definition
from pipelines.expressions import Expression, ExpressionError
from pipelines.kinds import UnknownName, Vocabulary

#: More rows than this nobody reads; --json has them all.
_MOST_ROWS = 40


@click.command()
@click.argument("pipeline")
@portal_option
@click.option("--where", metavar="CEL", help="Only items for which this holds: item.amount > 100000.0")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_invocation
def adopt(
    invocation: Invocation,
    pipeline: str,
    portal_name: str | None,
    where: str | None,
    limit: int | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Let items in open stages of PIPELINE that have no process yet join it, at their present stage.

    Shows what it would do, then asks.
    """
    with open_app(invocation) as app:
        name = choose_portal(app.config, portal_name)
        portal = app.portals[name]
        binding = choose_binding(app, name, pipeline)
        condition = _condition(where, binding.definition)
        with app.database.read() as conn:
            found = list(candidates(conn, portal, binding, where=condition, limit=limit))
        _show(found, portal, binding, as_json=as_json)
        if dry_run or not found:
            return
        if not yes:
            click.confirm(f"Let {count(len(found), 'item')} join {pipeline}?", abort=True, err=as_json)
        now = invocation.clock.now()
        with app.database.write() as conn:
            joined = let_join(conn, portal, binding, [each.item for each in found], now)
            note = engine_note(conn, name, now)
    if not as_json:
        say(f"{count(joined, 'item')} on the way into {pipeline}. {note}")


def _condition(where: str | None, definition: Definition) -> Expression | None:
    """The compiled condition; a mistake in it is a wrong use of the option."""
    if where is None:
        return None
    try:
        expression = Expression.parse(where)
        vocabulary = Vocabulary(definition)
        for path in expression.paths:
            vocabulary.kind_of(path)
    except ExpressionError as error:
        raise click.BadParameter(str(error), param_hint="--where") from None
    except UnknownName as error:
        hint = f" Did you mean {error.suggestion!r}?" if error.suggestion else ""
        raise click.BadParameter(f"{error}.{hint}", param_hint="--where") from None
    return expression


def _show(found: Sequence[Candidate], portal: Portal, binding: Binding, *, as_json: bool) -> None:
    if as_json:
        say_json(
            [
                {
                    "item": str(each.item.ref),
                    "title": each.item.title,
                    "stage": each.stage,
                    "commands": each.commands,
                }
                for each in found
            ]
        )
        return
    rows = [(each.item.ref, each.item.title, each.stage, "; ".join(each.commands)) for each in found]
    print_table(("item", "title", "stage", "would"), rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        say(f"… and {len(rows) - _MOST_ROWS:,} more (--json has them all)")
    kinds = Counter(command.partition(" ")[0] for each in found for command in each.commands)
    writes = kinds.total()
    what = ", ".join(f"{number:,} {kind}" for kind, number in kinds.most_common())
    say(f"{count(len(found), 'item')}, {count(writes, 'command')}" + (f": {what}" if what else ""))
    if binding.mode == "shadow":
        say("The pipeline is in shadow mode: this is recorded, and nothing is written to the CRM.")
    elif writes > portal.config.limits.writes_per_run:
        limit = portal.config.limits.writes_per_run
        say(f"That is more than {limit:,} writes: they wait until somebody says `funnelwright pause --off`.")
