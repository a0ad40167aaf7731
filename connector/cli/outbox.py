"""`outbox`: what is to be written to the CRM, and what became of it; a person sends it again or drops it."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import click

from connector.cli.engine import engine_note
from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import ITEM, choose_pipeline, choose_portal, open_store
from connector.cli.text import ago, count, print_table, say, say_json
from connector.flow import deciding
from connector.flow.reporting import REPORT, report_of
from connector.flow.telling import PERSON
from connector.records import ItemRef
from connector.store import Connection, outbox_queries
from connector.store.outbox import QueuedCommand, State
from connector.store.outbox_queries import Wanted

#: What every key begins with, and how much of the rest is shown: enough to name one.
_PREFIX, _SHOWN = "fw:", 10
_OPEN = (State.PENDING, State.SENDING, State.UNKNOWN, State.PARKED)
#: Commands that one call lists or changes at most.
_MOST = 10_000
#: Done to these commands by somebody; returns those that it was done to.
_Decision = Callable[[Connection, str, list[QueuedCommand], datetime, str], list[QueuedCommand]]


@click.group("outbox")
def outbox_group() -> None:
    """What is to be written to the CRM: list it, let parked commands go again, drop them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which commands a person means."""

    keys: tuple[str, ...]
    item: ItemRef | None
    pipeline: str | None
    is_all: bool

    def check(self) -> None:
        """UsageError unless something is named: nothing is changed by accident."""
        if not (self.keys or self.item or self.is_all):
            raise click.UsageError("which? name a KEY of `outbox list`, --item ITEM, or --all")

    def wanted(self, *states: State) -> Wanted:
        keys = tuple(key if key.startswith(_PREFIX) else f"{_PREFIX}{key}" for key in self.keys)
        return Wanted(states=states, pipeline=self.pipeline, ref=self.item, keys=keys)


def _choice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--all", "is_all", is_flag=True, help="Every one that is parked."),
        click.option("--pipeline", metavar="NAME", help="Only commands of this pipeline."),
        click.option("--item", type=ITEM, help="Those of one item: deal:7405, lead:12, 1046:17."),
        portal_option,
        click.argument("keys", nargs=-1, metavar="[KEY]..."),
    ):
        command = option(command)
    return command


@outbox_group.command("list")
@portal_option
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in State]),
    help="Only these; without it, all that are not finished.",
)
@click.option("--pipeline", metavar="NAME", help="Only this pipeline.")
@click.option("--item", type=ITEM, help="Only this item, finished commands too.")
@click.option("--overrides", is_flag=True, help="Moves that overrode a rep's, finished as they are.")
@click.option("--limit", type=click.IntRange(1, _MOST), default=50, show_default=True)
@json_option
@pass_invocation
def list_commands(
    invocation: Invocation,
    portal_name: str | None,
    states: tuple[str, ...],
    pipeline: str | None,
    item: ItemRef | None,
    overrides: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Show what waits, what is under way, and what waits for a person; oldest first."""
    named = tuple(State(state) for state in states)
    wanted = Wanted(
        states=named or (() if item or overrides else _OPEN),
        pipeline=pipeline,
        ref=item,
        flag="override" if overrides else None,
    )
    now = invocation.clock.now()
    with open_store(invocation) as (config, database):
        portal = choose_portal(config, portal_name)
        if pipeline is not None and report_of(pipeline) is None:
            choose_pipeline(config, portal, pipeline)
        with database.read() as conn:
            found = outbox_queries.find(conn, portal, wanted, limit)
            total = outbox_queries.number(conn, portal, wanted)
    if as_json:
        say_json([_as_json(command) for command in found])
        return
    if not found:
        say("Nothing.")
        return
    print_table(
        ("key", "made", "item", "pipeline", "what", "state", "reason"),
        [_row(command, now) for command in found],
    )
    if total > len(found):
        say(f"{len(found):,} of {total:,}: --limit shows more.")


def _row(command: QueuedCommand, now: datetime) -> tuple[object, ...]:
    state = f"{command.state}, {command.flag}" if command.flag else command.state.value
    tries = f" ({count(command.tries, 'time')} sent)" if command.tries > 1 else ""
    return (
        _short(command),
        ago(command.created_at, now),
        _whose(command.ref),
        command.pipeline,
        command.kind,
        f"{state}{tries}",
        command.reason,
    )


def _short(command: QueuedCommand) -> str:
    return command.key.removeprefix(_PREFIX)[:_SHOWN]


def _whose(ref: ItemRef) -> str:
    """An item; a notice stands in the line of the person that it is for, a report in lines of its own."""
    if ref.entity_type_id == REPORT:
        return "report"
    return f"user {ref.id}" if ref.entity_type_id == PERSON else str(ref)


def _as_json(command: QueuedCommand) -> dict[str, Any]:
    names = (
        "key",
        "pipeline",
        "kind",
        "state",
        "flag",
        "reason",
        "tries",
        "visit",
        "remote_id",
        "created_at",
        "due_at",
        "sent_at",
        "finished_at",
    )
    return {"item": _whose(command.ref)} | {name: getattr(command, name) for name in names}


@outbox_group.command()
@_choice_options
@pass_invocation
def retry(
    invocation: Invocation,
    keys: tuple[str, ...],
    portal_name: str | None,
    item: ItemRef | None,
    pipeline: str | None,
    is_all: bool,
) -> None:
    """Send parked commands again, their tries counted anew.

    KEY is a key of `outbox list`, or its beginning. What the CRM may have done already is looked for first,
    and sent only if there is no trace of it.
    """
    choice = Choice(keys, item, pipeline, is_all)
    choice.check()

    _decide(invocation, portal_name, choice, (State.PARKED,), deciding.retry, "retried")


@outbox_group.command()
@_choice_options
@click.option("--reason", default="dropped by hand", show_default=True, help="What `why` is to say.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_invocation
def drop(
    invocation: Invocation,
    keys: tuple[str, ...],
    portal_name: str | None,
    item: ItemRef | None,
    pipeline: str | None,
    is_all: bool,
    reason: str,
    yes: bool,
) -> None:
    """Never send these commands; the later ones of their items go on.

    Takes what is parked, and what waits if a KEY names it. A task that is dropped counts as not needed, and
    its process goes on; where a move is dropped, it is you who moves the card.
    """
    choice = Choice(keys, item, pipeline, is_all)
    choice.check()
    states = (State.PARKED, State.PENDING) if keys else (State.PARKED,)
    if not yes:
        _ask(invocation, portal_name, choice, states)

    _decide(invocation, portal_name, choice, states, partial(deciding.drop, reason=reason), "dropped")


def _ask(invocation: Invocation, portal_name: str | None, choice: Choice, states: tuple[State, ...]) -> None:
    now = invocation.clock.now()
    with open_store(invocation) as (config, database):
        portal = choose_portal(config, portal_name)
        with database.read() as conn:
            found = outbox_queries.find(conn, portal, choice.wanted(*states), _MOST)
    print_table(
        ("key", "made", "item", "pipeline", "what", "state", "reason"),
        [_row(command, now) for command in found[:50]],
    )
    if found and not click.confirm(f"Drop {count(len(found), 'command')} for ever?"):
        raise Refusal("nothing was dropped")


def _decide(
    invocation: Invocation,
    portal_name: str | None,
    choice: Choice,
    states: tuple[State, ...],
    decide: _Decision,
    done_with: str,
) -> None:
    """Do it to each of them; Refusal when there is none."""
    now, by = invocation.clock.now(), f"admin:{getpass.getuser()}"
    with open_store(invocation) as (config, database):
        portal = choose_portal(config, portal_name)
        if choice.pipeline is not None:
            choose_pipeline(config, portal, choice.pipeline)
        with database.write() as conn:
            found = outbox_queries.find(conn, portal, choice.wanted(*states), _MOST)
            _check_keys(conn, portal, choice, found)
            done = decide(conn, portal, found, now, by)
            if not done:
                raise Refusal("there is none that is parked (`funnelwright outbox list`)")
            say(f"{count(len(done), 'command')} {done_with}.")
            say(engine_note(conn, portal, now))


def _check_keys(conn: Connection, portal: str, choice: Choice, found: list[QueuedCommand]) -> None:
    """Refusal for a key that names nothing that can be decided on, or more than one."""
    for key in choice.wanted().keys:
        meant = [command for command in found if command.key.startswith(key)]
        if len(meant) > 1:
            raise Refusal(f"{key.removeprefix(_PREFIX)} begins {len(meant)} keys: give more of it")
        if not meant:
            others = outbox_queries.find(conn, portal, Wanted(keys=(key,)), 1)
            state = f"it is {others[0].state}" if others else "there is no such key"
            raise Refusal(f"{key.removeprefix(_PREFIX)}: {state} (`funnelwright outbox list`)")
