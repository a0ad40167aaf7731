"""`start` and `signal`: a person tells the processes of one item something. The running engine takes it."""

from __future__ import annotations

import re

import click

from connector.cli.engine import engine_note
from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation, pass_invocation, portal_option
from connector.cli.opening import ITEM, choose_binding, choose_pipeline, choose_portal, open_app, open_store
from connector.cli.text import say
from connector.flow.adopt import join
from connector.flow.bindings import Binding
from connector.flow.signals import external_signal
from connector.records import Item, ItemRef
from connector.store import Connection, mirror, processes, signals


@click.command()
@click.argument("pipeline")
@click.argument("item", type=ITEM)
@portal_option
@pass_invocation
def start(invocation: Invocation, pipeline: str, item: ItemRef, portal_name: str | None) -> None:
    """Put ITEM (deal:7405, lead:12, 1046:17) into PIPELINE at its present stage."""
    with open_app(invocation) as app:
        name = choose_portal(app.config, portal_name)
        portal = app.portals[name]
        binding = choose_binding(app, name, pipeline)
        now = invocation.clock.now()
        with app.database.write() as conn:
            found = _startable(conn, name, binding, item)
            if not join(conn, portal, binding, found, "manual", now):
                raise Refusal(f"{item} was told to join {pipeline} before, on the same visit")
            stage = binding.stage_of(found.category_id, found.stage_id)
            say(f'{item} "{found.title}" joins {pipeline} at {stage}.')
            say(engine_note(conn, name, now))


def _startable(conn: Connection, portal: str, binding: Binding, ref: ItemRef) -> Item:
    """The item, if it can join; Refusal says why it cannot."""
    definition, pipeline = binding.definition, binding.pipeline
    if not definition.start.manual:
        raise Refusal(f"{pipeline} is not started by hand: its file has no `manual = true` under [start]")
    if ref.entity_type_id != binding.entity_type_id:
        wanted = ItemRef(binding.entity_type_id, ref.id)
        raise Refusal(f"{pipeline} runs on items such as {wanted}, not on {ref}")
    item = mirror.get_item(conn, portal, ref)
    if item is None:
        raise Refusal(
            f"{ref} is not in the mirror. If it is in the CRM, `funnelwright run` finds it within a minute, "
            "or `funnelwright sync` copies it"
        )
    stage = binding.stage_of(item.category_id, item.stage_id)
    if stage is None:
        raise Refusal(
            f"{ref} is in the stage {item.stage_id} of category {item.category_id}; "
            f"{pipeline} has none that is bound to it (its category is {binding.category_id})"
        )
    running = [each for each in processes.of_item(conn, portal, ref) if each.pipeline == pipeline]
    if running:
        raise Refusal(f"{ref} is in {pipeline} already, at {running[0].stage}: see `funnelwright why {ref}`")
    return item


def _signal_name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", value):
        raise click.BadParameter(f"{value!r}: a signal is small letters, digits and _, a letter first")
    return value


@click.command()
@click.argument("item", type=ITEM)
@click.argument("name", callback=_signal_name)
@portal_option
@click.option("--pipeline", metavar="NAME", help="Tell the process in this pipeline alone.")
@click.option(
    "--key",
    help="Names this happening: a script that repeats itself gives the same key, and is heard once.",
)
@pass_invocation
def signal(
    invocation: Invocation,
    item: ItemRef,
    name: str,
    portal_name: str | None,
    pipeline: str | None,
    key: str | None,
) -> None:
    """Tell the processes of ITEM (deal:7405, lead:12, 1046:17) that NAME happened.

    A step with `wait = { for = "signal:NAME" }` goes on.
    """
    now = invocation.clock.now()
    with open_store(invocation) as (config, database):
        portal = choose_portal(config, portal_name)
        if pipeline is not None:
            choose_pipeline(config, portal, pipeline)
        with database.write() as conn:
            _need_listener(conn, portal, item, pipeline)
            new = external_signal(name, key or now.isoformat(), now, pipeline=pipeline)
            if not signals.add_many(conn, portal, item, [new], now):
                say(f"{item} was told of this before (key {key}): nothing is done twice.")
                return
            say(f"{item} is told: {name}.")
            say(engine_note(conn, portal, now))


def _need_listener(conn: Connection, portal: str, ref: ItemRef, pipeline: str | None) -> None:
    """Refusal when nobody would hear it: a signal counts from the start of a process."""
    found = [each for each in processes.of_item(conn, portal, ref) if pipeline in (None, each.pipeline)]
    if not found:
        where = f" in {pipeline}" if pipeline else ""
        raise Refusal(f"no process runs on {ref}{where}: nobody would hear it (`funnelwright status`)")
