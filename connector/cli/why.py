"""`why`: the chain of one item, readable from top to bottom, newest last."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from connector.cli.chain import Consequence, Happening, Sources, chain_of
from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import ITEM, choose_portal, open_store
from connector.cli.text import say, say_json
from connector.config import Config
from connector.records import Item, ItemRef, Person
from connector.store import Connection, catalogue, journal, mirror, outbox, processes, views
from connector.store.processes import StoredProcess
from connector.store.views import RecentSignal

_RULE = re.compile(r"(?P<path>.+?):(?P<line>\d+) (?P<rule>.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is known of an item."""

    ref: ItemRef
    item: Item | None
    processes: Sequence[StoredProcess]
    chain: Sequence[Happening]
    people: Mapping[int, Person]
    stages: Mapping[str, str]
    zone: ZoneInfo

    def person(self, user: int | None) -> str:
        """Somebody by name and id."""
        if user is None:
            return "nobody"
        name = self.people[user].name if user in self.people else "user"
        return f"{name} ({user})"

    def stage(self, stage_id: str | None) -> str:
        """A stage of the CRM by name and id."""
        name = self.stages.get(stage_id or "")
        return str(stage_id) if name is None else f'"{name}" ({stage_id})'

    def time(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"


@click.command()
@click.argument("item", type=ITEM)
@portal_option
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the newest N happenings.")
@json_option
@pass_invocation
def why(
    invocation: Invocation, item: ItemRef, portal_name: str | None, last: int | None, as_json: bool
) -> None:
    """Tell what happened to ITEM (deal:7405, lead:12, 1046:17), by which rule, and what became of it."""
    with open_store(invocation) as (config, database):
        name = choose_portal(config, portal_name)
        with database.read() as conn:
            story = _read(conn, config, name, item, last)
    if story.item is None and not story.processes and not story.chain:
        raise Refusal(
            f"nothing is known of {item} in the portal {name}: is the id right? `funnelwright sync` copies "
            "what is not mirrored yet"
        )
    (_print_json if as_json else _print)(story)


def _read(conn: Connection, config: Config, portal: str, ref: ItemRef, last: int | None) -> Story:
    settings = config.portals[portal]
    sources = Sources(
        portal=portal,
        domain=settings.domain,
        ref=ref,
        lines=journal.of_item(conn, portal, ref),
        signals=views.signals_of(conn, portal, ref),
        commands=outbox.of_item(conn, portal, ref),
    )
    return Story(
        ref=ref,
        item=mirror.get_item(conn, portal, ref),
        processes=processes.of_item(conn, portal, ref),
        chain=chain_of(sources)[-last if last else 0 :],
        people=catalogue.get_people(conn, portal),
        stages={each.id: each.name for each in catalogue.get_stages(conn, portal, ref.entity_type_id)},
        zone=ZoneInfo(settings.time_zone),
    )


# --- for people ---------------------------------------------------------------------------------------------


def _print(story: Story) -> None:
    item = story.item
    if item is None:
        say(f"{story.ref} is not in the mirror (deleted in the CRM, or never read)")
    else:
        amount = f", {item.amount:,} {item.currency or ''}".rstrip() if item.amount else ""
        say(
            f'{item.ref} "{item.title}"{amount}, in {story.stage(item.stage_id)}, '
            f"owner {story.person(item.owner_id)}"
        )
    for process in story.processes:
        say(
            f"{process.pipeline}: {process.phase} at {process.stage}, {process.mode}, visit {process.visit}, "
            f"version {process.version[:8]}"
        )
        if process.parked_reason:
            say(f"  PARKED: {process.parked_reason}")
    say(f"Times are of {story.zone.key}.")
    for happening in story.chain:
        say()
        say(f"{story.time(happening.at)}  {_what(story, happening)}")
        for consequence in happening.consequences:
            say(f"    {_line(consequence)}")


def _line(consequence: Consequence) -> str:
    line = consequence.line
    rule = f"   [{_short_rule(line.rule)}]" if line.rule else ""
    if consequence.is_command:
        return f"-> {line.text}: {consequence.fate}{rule}"
    return f"{line.text}{rule}"


def _short_rule(rule: str) -> str:
    """`file:line rule`, with a path as short as it can be from here, and without a line that is none."""
    found = _RULE.fullmatch(rule)
    if found is None:
        return rule
    path = Path(found["path"])
    shown = os.path.relpath(path) if path.is_relative_to(Path.cwd()) else path.name
    line = "" if found["line"] == "0" else f":{found['line']}"
    return f"{shown}{line} {found['rule']}"


def _what(story: Story, happening: Happening) -> str:
    """A signal in words; who did it, where that is known."""
    signal = happening.signal
    if signal is None:
        return happening.key or "Of itself"
    describe = _WORDS.get(signal.kind)
    words = describe(story, signal.payload) if describe else signal.kind
    by = signal.payload.get("by")
    who = f", by {story.person(by)}" if by is not None else ""
    return f"{words}{who}{_waiting(signal)}"


def _waiting(signal: RecentSignal) -> str:
    return "" if signal.handled_at else "   (not decided on yet: `funnelwright status` says if it is parked)"


def _visit(story: Story, payload: Mapping[str, Any]) -> str:
    own = ", by our own move" if payload.get("command") else ""
    return f"The card came into {story.stage(payload.get('stage_id'))}, visit {payload.get('visit')}{own}"


_WORDS: Mapping[str, Callable[[Story, Mapping[str, Any]], str]] = {
    "visit": _visit,
    "changed": lambda story, payload: "The record was changed",
    "gone": lambda story, payload: "The record was deleted",
    "restored": lambda story, payload: "The record is back",
    "start": lambda story, payload: f"Told to join {payload['pipeline']} ({payload['how']})",
    "task_completed": lambda story, payload: (
        f"Task {payload['task_id']} was completed: {payload.get('outcome') or 'no result named'}"
    ),
    "task_postponed": lambda story, payload: (
        f"Task {payload['task_id']} was postponed until {payload.get('until') or 'no date'}"
    ),
    "task_cancelled": lambda story, payload: f"Task {payload['task_id']} was cancelled",
    "timer": lambda story, payload: f"The timer {payload['name']} fell due",
    "external": lambda story, payload: f"The signal {payload['name']} came from outside",
    "pressed": lambda story, payload: f"{payload['button']} was pressed",
    "answered": lambda story, payload: f"{payload['run']} was answered: {payload['value']}",
    "child": lambda story, payload: f"The linked {payload['link']} is {payload['status']} now",
}


# --- for scripts --------------------------------------------------------------------------------------------


def _print_json(story: Story) -> None:
    item = story.item
    say_json(
        {
            "item": str(story.ref),
            "title": item.title if item else None,
            "stage_id": item.stage_id if item else None,
            "owner_id": item.owner_id if item else None,
            "processes": [_process_json(each) for each in story.processes],
            "chain": [_happening_json(story, each) for each in story.chain],
        }
    )


def _process_json(process: StoredProcess) -> dict[str, Any]:
    names = ("id", "pipeline", "stage", "status", "phase", "mode", "visit", "version", "parked_reason")
    return {name: getattr(process, name) for name in names}


def _happening_json(story: Story, happening: Happening) -> dict[str, Any]:
    signal = happening.signal
    return {
        "at": happening.at,
        "signal": happening.key or None,
        "kind": signal.kind if signal else None,
        "text": _what(story, happening),
        "by": signal.payload.get("by") if signal else None,
        "lines": [_line_json(each) for each in happening.consequences],
    }


def _line_json(consequence: Consequence) -> dict[str, Any]:
    line, command = consequence.line, consequence.command
    shown: dict[str, Any] = {
        "at": line.at,
        "kind": line.kind,
        "text": line.text,
        "pipeline": line.pipeline,
        "rule": line.rule,
    }
    if consequence.is_command:
        shown["fate"] = consequence.fate
        shown["state"] = command.state if command else None
        shown["remote_id"] = command.remote_id if command else None
    return shown
