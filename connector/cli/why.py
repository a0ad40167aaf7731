"""`why`: the chain of one item, readable from top to bottom, newest last."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import ITEM, choose_portal, open_store
from connector.cli.text import say, say_json
from connector.records import ItemRef
from connector.reports.story import (
    Consequence,
    Happening,
    Rule,
    Story,
    read_story,
    rule_of,
    what_waits,
)
from connector.store.processes import StoredProcess
from connector.store.views import RecentSignal
from pipelines.engine.model import Language


@click.command()
@click.argument("item", type=ITEM)
@portal_option
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the newest N happenings.")
@click.option("--language", type=click.Choice(["en", "ru"]), help="Which texts.  [default: the portal's]")
@json_option
@pass_invocation
def why(
    invocation: Invocation,
    item: ItemRef,
    portal_name: str | None,
    last: int | None,
    language: Language | None,
    as_json: bool,
) -> None:
    """Tell what happened to ITEM (deal:7405, lead:12, 1046:17), by which rule, and what became of it."""
    with open_store(invocation) as (config, database):
        name = choose_portal(config, portal_name)
        with database.read() as conn:
            settings, now = config.portals[name], invocation.clock.now()
            story = read_story(conn, name, settings, item, now, language=language, has_ids=True)
    if not story.is_known:
        raise Refusal(
            f"nothing is known of {item} in the portal {name}: is the id right? `funnelwright sync` copies "
            "what is not mirrored yet"
        )
    (_print_json if as_json else _print)(story, list(story.chain)[-last if last else 0 :])


# --- for people ---------------------------------------------------------------------------------------------


def _print(story: Story, chain: list[Happening]) -> None:
    item, speaker = story.item, story.speaker
    if item is None or story.is_gone:
        say(f"{story.ref} is not in the mirror (deleted in the CRM, or never read)")
    else:
        amount = f", {item.amount:,} {item.currency or ''}".rstrip() if item.amount else ""
        say(
            f'{item.ref} "{item.title}"{amount}, in {speaker.stage(item.stage_id)}, '
            f"owner {speaker.person(item.owner_id)}"
        )
    for process in story.processes:
        say(
            f"{process.pipeline}: {process.phase} at {process.stage}, {process.mode}, visit {process.visit}, "
            f"version {process.version[:8]}"
        )
    for notice in what_waits(story):
        say(f"  {notice.text}")
    say(f"Times are of {story.zone.key}.")
    for happening in chain:
        say()
        say(f"{_time(story, happening.at)}  {_what(story, happening)}{_waiting(happening.signal)}")
        for consequence in happening.consequences:
            say(f"    {_line(story, consequence)}")


def _time(story: Story, at: datetime) -> str:
    return f"{at.astimezone(story.zone):%Y-%m-%d %H:%M:%S}"


def _what(story: Story, happening: Happening) -> str:
    return story.speaker.happening(happening)


def _line(story: Story, consequence: Consequence) -> str:
    rule = rule_of(consequence.line)
    shown = f"   [{_short_rule(rule)}]" if rule else ""
    said = story.speaker.line(consequence)
    if consequence.is_command:
        return f"-> {said}: {story.speaker.fate(consequence)}{shown}"
    return f"{said}{shown}"


def _short_rule(rule: Rule) -> str:
    """`file:line rule`, with a path as short as it can be from here, and without a line that is none."""
    if not rule.file:
        return rule.name
    path = Path(rule.file)
    shown = os.path.relpath(path) if path.is_relative_to(Path.cwd()) else path.name
    return f"{shown}:{rule.line} {rule.name}" if rule.line else f"{shown} {rule.name}"


def _waiting(signal: RecentSignal | None) -> str:
    if signal is None or signal.handled_at:
        return ""
    return "   (not decided on yet: `funnelwright status` says if it is parked)"


# --- for scripts --------------------------------------------------------------------------------------------


def _print_json(story: Story, chain: list[Happening]) -> None:
    item = None if story.is_gone else story.item
    say_json(
        {
            "item": str(story.ref),
            "title": item.title if item else None,
            "stage_id": item.stage_id if item else None,
            "owner_id": item.owner_id if item else None,
            "waits": [{"kind": each.kind, "text": each.text} for each in what_waits(story)],
            "processes": [_process_json(each) for each in story.processes],
            "chain": [_happening_json(story, each) for each in chain],
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
        "lines": [_line_json(story, each) for each in happening.consequences],
    }


def _line_json(story: Story, consequence: Consequence) -> dict[str, Any]:
    line, command = consequence.line, consequence.command
    shown: dict[str, Any] = {
        "at": line.at,
        "kind": line.kind,
        "text": story.speaker.line(consequence),
        "pipeline": line.pipeline,
        "rule": line.rule,
    }
    if consequence.is_command:
        shown["fate"] = story.speaker.fate(consequence)
        shown["state"] = command.state if command else None
        shown["remote_id"] = command.remote_id if command else None
    return shown
