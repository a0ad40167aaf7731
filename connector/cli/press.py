"""`press`: a person begins a follow-on that the pipeline of an item offers, as a button of its card would."""

from __future__ import annotations

import click

from connector.app import App
from connector.cli.engine import engine_note
from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation, pass_invocation, portal_option
from connector.cli.opening import ITEM, choose_portal, open_app
from connector.cli.text import say
from connector.flow.signals import pressed_signal
from connector.records import ItemRef
from connector.store import Connection, catalogue, processes, signals
from pipelines.findings import nearest


@click.command()
@click.argument("item", type=ITEM)
@click.argument("name")
@portal_option
@click.option("--by", type=int, metavar="USER", help="Who wants it: the id of an employee.")
@pass_invocation
def press(invocation: Invocation, item: ItemRef, name: str, portal_name: str | None, by: int | None) -> None:
    """Begin the follow-on NAME of ITEM (deal:7405, lead:12, 1046:17).

    Follow-ons that no stage and no outcome begins are offered in a task when the process is over. This begins
    one at any time.
    """
    now = invocation.clock.now()
    with open_app(invocation) as app:
        portal = choose_portal(app.config, portal_name)
        with app.database.write() as conn:
            pipeline = _offering(conn, app, portal, item, name)
            if by is not None and by not in catalogue.get_people(conn, portal):
                raise click.UsageError(f"nobody in the portal has the id {by}")
            news = pressed_signal(name, now, by=by, pipeline=pipeline)
            signals.add_many(conn, portal, item, [news], now)
            say(f"{item} is told: {name} is to begin.")
            say(engine_note(conn, portal, now))


def _offering(conn: Connection, app: App, portal: str, ref: ItemRef, name: str) -> str:
    """The pipeline of the item that has this follow-on; Refusal when none has."""
    running = [each.pipeline for each in processes.of_item(conn, portal, ref)]
    if not running:
        raise Refusal(f"no process runs on {ref}: nothing is offered there (`funnelwright status`)")
    bindings = [
        app.portals[portal].bindings[each] for each in running if each in app.portals[portal].bindings
    ]
    for binding in bindings:
        if binding.definition.follow_on(name) is not None:
            return binding.pipeline
    known = [each.id for binding in bindings for each in binding.definition.follow_ons]
    meant = nearest(name, known)
    hint = f" Did you mean {meant!r}?" if meant else ""
    there = ", ".join(known) or "none"
    raise Refusal(f"{', '.join(running)} has no follow-on {name!r}; there is: {there}.{hint}")
