"""`route`: which route would take an item and why, and who would have got the items of the last days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import click

from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import ITEM, choose_binding, choose_portal, open_app
from connector.cli.text import count, print_table, say, say_json
from connector.flow.bindings import Binding
from connector.flow.portal import Portal
from connector.records import Item, ItemRef
from connector.reports.routing import Backtest, backtest_routes, route_now
from connector.store import Connection, catalogue, mirror
from pipelines.backtest import Given
from pipelines.engine.preview import Routed


@click.command()
@click.argument("pipeline")
@portal_option
@click.option("--item", type=ITEM, help="Which route would take this item now: deal:15.")
@click.option(
    "--backtest", "days", type=click.IntRange(min=1), metavar="DAYS", help="The items of the last days."
)
@json_option
@pass_invocation
def route(
    invocation: Invocation,
    pipeline: str,
    portal_name: str | None,
    item: ItemRef | None,
    days: int | None,
    as_json: bool,
) -> None:
    """Show which route of PIPELINE would take an item, or who would have got the items of the last days.

    Reads only, nobody is assigned. In a backtest whose turn it was, who was away and how much everybody had
    are worked out anew from the first day on; a value that may not be that of the time is marked with *.
    """
    if (item is None) == (days is None):
        raise click.UsageError("say either --item deal:15 or --backtest DAYS")
    with open_app(invocation) as app:
        name = choose_portal(app.config, portal_name)
        portal, binding = app.portals[name], choose_binding(app, name, pipeline)
        if not binding.definition.routes:
            raise Refusal(f"{pipeline} has no [[routes]]: a new item keeps the owner that it comes with")
        with app.database.read() as conn:
            if item is not None:
                found = _known(conn, portal, binding, item)
                routed = route_now(conn, portal, binding, found)
                _show_item(conn, portal, binding, found, routed, as_json=as_json)
            elif days is not None:
                since = invocation.clock.now() - timedelta(days=days)
                report = backtest_routes(conn, portal, binding, since)
                (_say_json if as_json else _print)(report, binding)


def _known(conn: Connection, portal: Portal, binding: Binding, ref: ItemRef) -> Item:
    if ref.entity_type_id != binding.entity_type_id:
        wanted = ItemRef(binding.entity_type_id, ref.id)
        raise Refusal(f"{binding.pipeline} runs on items such as {wanted}, not on {ref}")
    item = mirror.get_item(conn, portal.name, ref)
    if item is None:
        raise Refusal(f"{ref} is not in the mirror: `funnelwright sync` copies what the portal has")
    return item


# --- one item -----------------------------------------------------------------------------------------------


def _show_item(
    conn: Connection, portal: Portal, binding: Binding, item: Item, routed: Routed, *, as_json: bool
) -> None:
    names = {user: person.name for user, person in catalogue.get_people(conn, portal.name).items()}
    where = f"{binding.definition.file}:{routed.line}" if routed.line else binding.definition.file
    if as_json:
        answer = {
            "item": str(item.ref),
            "title": item.title,
            "user": routed.user,
            "name": names.get(routed.user or 0),
            "route": routed.number,
            "route_name": routed.name,
            "rule": where,
            "team": routed.team,
            "reasons": routed.reasons,
            "owner_now": item.owner_id,
        }
        say_json(answer)
        return
    owner = "nobody" if item.owner_id is None else _person(item.owner_id, names)
    say(f'{item.ref} "{item.title}", owner now: {owner}')
    whom = "nobody" if routed.user is None else _person(routed.user, names)
    say(f"{_route(routed)} gives it to {whom}   [{where}]")
    for reason in routed.reasons:
        say(f"    {reason}")


# --- the last days ------------------------------------------------------------------------------------------


def _print(report: Backtest, binding: Binding) -> None:
    given = report.given
    if not given:
        say(f"No item came into {binding.pipeline} since {report.since:%Y-%m-%d %H:%M} UTC.")
        return
    rules = [rule for rule in _rules(binding) if any(_key(each.routed) == rule for each in given)]
    cells = Counter((each.routed.user, _key(each.routed)) for each in given)
    would = Counter(each.routed.user for each in given)
    owns = Counter(each.newcomer.owner for each in given)
    same = Counter(each.newcomer.owner for each in given if each.is_same)
    users = sorted(would.keys() | owns.keys(), key=lambda user: (-would[user], user or 0))
    rows = [
        (
            _person(user, report.people),
            *(cells[user, rule] or "" for rule in rules),
            would[user],
            owns[user],
            same[user],
        )
        for user in users
    ]
    columns = ("person", *(_title(binding, rule) for rule in rules), "would own", "owns", "same items")
    print_table(columns, rows)
    agreed = sum(each.is_same for each in given)
    since = f"{report.since:%Y-%m-%d %H:%M} UTC"
    say(f"{count(len(given), 'item')} since {since}; {agreed:,} with the owner that they have")
    _print_reasons(given)


def _print_reasons(given: Sequence[Given]) -> None:
    assumed = [each for each in given if each.assumed]
    if assumed:
        names = ", ".join(sorted({name for each in assumed for name in each.assumed}))
        say(f"* {count(len(assumed), 'item')} rest on today's values, not those of the time: {names}")
    say("Whose turn it was before the first item is not known: each team begins with its first member.")


def _rules(binding: Binding) -> list[int | None]:
    return [*range(1, len(binding.definition.routes) + 1), None]


def _key(routed: Routed) -> int | None:
    return routed.number


def _title(binding: Binding, rule: int | None) -> str:
    if rule is None:
        return "no route"
    name = binding.definition.routes[rule - 1].known_as
    return f"{rule} {name}" if name else f"route {rule}"


def _route(routed: Routed) -> str:
    if routed.number is None:
        return "No route"
    plain = f"route {routed.number}"
    return plain.capitalize() if routed.name == plain else f'{plain.capitalize()} "{routed.name}"'


def _person(user: int | None, names: Mapping[int, str]) -> str:
    if user is None:
        return "nobody"
    return f"{names[user]} ({user})" if names.get(user) else f"user {user}"


def _say_json(report: Backtest, binding: Binding) -> None:
    say_json(
        {
            "pipeline": binding.pipeline,
            "version": binding.definition.hash,
            "since": report.since,
            "items": [_as_json(each) for each in report.given],
            "same": sum(each.is_same for each in report.given),
        }
    )


def _as_json(each: Given) -> dict[str, Any]:
    return {
        "item": each.newcomer.item,
        "title": each.newcomer.title,
        "created": each.newcomer.created_at,
        "route": each.routed.number,
        "route_name": each.routed.name,
        "would_own": each.routed.user,
        "owns": each.newcomer.owner,
        "is_same": each.is_same,
        "reasons": each.routed.reasons,
        "assumed": each.assumed,
    }
