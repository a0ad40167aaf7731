"""`status`: what runs, what waits, since when, and what a person must look at."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import choose_portal, open_store
from connector.cli.text import ago, count, print_table, say, say_json, span
from connector.config import PortalConfig
from connector.portal.changes import TOLD, Told
from connector.portal.pulse import Pulse
from connector.reports.health import Health, read_health
from connector.store import settings, views
from connector.store.views import Backlog, BoardCell, HintTotals

_MOST_PARKED = 20
_MOST_METHODS = 3


@click.command()
@portal_option
@json_option
@pass_invocation
def status(invocation: Invocation, portal_name: str | None, as_json: bool) -> None:
    """Show queues, processes by stage, pauses, and everything that waits for a person."""
    now = invocation.clock.now()
    with open_store(invocation) as (config, database):
        names = list(config.portals) if portal_name is None else [choose_portal(config, portal_name)]
        with database.read() as conn:
            found = {name: read_health(conn, name, config.portals[name], now) for name in names}
            boards = {name: views.board(conn, name) for name in names}
        if as_json:
            say_json({name: _as_json(each, boards[name]) for name, each in found.items()})
            return
        for name in names:
            _print(found[name], boards[name], config.portals[name], now)


def _as_json(found: Health, board: list[BoardCell]) -> dict[str, Any]:
    answer = asdict(found) | {"board": [asdict(cell) for cell in board]}
    for parked, one in zip(answer["parked"], found.parked, strict=True):
        parked["ref"] = None if one.ref is None else str(one.ref)
    return answer


def _print(found: Health, board: list[BoardCell], config: PortalConfig, now: datetime) -> None:
    say(f"portal {found.name} ({config.domain})")
    say(f"  engine   {_engine(found, now)}")
    say(f"  events   {_events(found, config, now)}")
    if found.silent_since is not None:
        lately = found.hearing.lately
        say(
            f"  SILENT   {ago(found.silent_since, now)}: events told of {lately.announced:,} of "
            f"{count(lately.changed, 'change')}; the others were found by asking"
        )
    modes = ", ".join(f"{name} {pipeline.mode}" for name, pipeline in config.pipelines.items())
    say(f"  mode     {modes or 'no pipeline is bound'}")
    for each in found.pauses:
        whole = "all portals" if each.portal == settings.ALL_PORTALS else "this portal"
        what = each.pipeline or whole
        say(f"  PAUSED   {what}, {ago(each.at, now)}, by {each.by}: {each.reason}")
    for trouble in found.broken:
        say(f"  BROKEN   {ago(trouble.since_at, now)}: {trouble}")
    _print_set_up(found.set_up, now)
    for title, backlog in (("inbox", found.inbox), ("signals", found.signals), ("outbox", found.outbox)):
        kept = _hints(found.hints) if backlog is found.inbox else ""
        say(f"  {title:8} {_queue(backlog, now)}{kept}")
    print_table(
        ("pipeline", "stage", "status", "phase", "mode", "items"),
        [(c.pipeline, c.stage, c.status, c.phase, c.mode, f"{c.count:,}") for c in board],
        title="Processes",
    )
    print_table(
        ("since", "item", "pipeline", "what", "reason"),
        [
            (ago(each.since_at, now), each.ref, each.pipeline, f"{each.what} {each.kind}", each.reason)
            for each in found.parked[:_MOST_PARKED]
        ],
        title=f"Waiting for a person ({len(found.parked):,})",
    )


def _print_set_up(changes: list[Told], now: datetime) -> None:
    for change in changes:
        if change.used_by:
            say(f"  {'GONE' if change.is_gone else 'CHANGED':8} {ago(change.noticed_at, now)}: {change}")
    others = sum(not change.used_by for change in changes)
    if others:
        say(f"  set-up   {count(others, 'change')} in {TOLD.days} days of what config.toml does not name")


def _engine(found: Health, now: datetime) -> str:
    pulse = found.pulse
    if pulse is None:
        return "not running"
    if not found.is_engine_running:
        return f"{pulse.engine} gave its last sign {ago(pulse.at, now)}: it is gone or stuck"
    state = f"SENDS NOTHING: {pulse.blocked}" if pulse.blocked else _limit_in_use(pulse)
    parked = "".join(
        f"; {method} rests {left:.0f} s" for method, left in (pulse.parked_methods or {}).items()
    )
    return f"{pulse.engine} is running; {state}{parked}"


def _limit_in_use(pulse: Pulse) -> str:
    """Requests, and of the run time the methods that have used most of theirs."""
    used = sorted((pulse.run_time_used or {}).items(), key=lambda each: -each[1])
    methods = ", ".join(f"{method} {share:.0%}" for method, share in used[:_MOST_METHODS] if share >= 0.01)
    return f"{pulse.share_used:.0%} of the limit in use" + (
        f", of the run time: {methods}" if methods else ""
    )


def _events(found: Health, config: PortalConfig, now: datetime) -> str:
    if not config.application_tokens:
        return (
            f"none are taken (no application_tokens): the portal is asked every {span(config.polling.moves)}"
        )
    last = "none so far" if found.last_hint_at is None else f"last one {ago(found.last_hint_at, now)}"
    day = found.hearing.listening
    told = f"; they told of {day.share:.0%} of {count(day.changed, 'change')} of a day" if day.changed else ""
    return f"{last}{told}{_deliveries(found.pulse)}"


def _deliveries(pulse: Pulse | None) -> str:
    """What came in since the engine started, and what became of it: the numbers add up."""
    if pulse is None or not pulse.deliveries:
        return ""
    outcomes = {name: number for name, number in pulse.deliveries.items() if name != "received"}
    received = pulse.deliveries.get("received", sum(outcomes.values()))
    became = " + ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in sorted(outcomes.items()))
    return f"; {received:,} since the engine started = {became}"


def _hints(totals: HintTotals) -> str:
    """The hints behind the records of the inbox."""
    hints = sum(totals.hints.values())
    return (
        f"; from {count(hints, 'hint')}, {totals.coalesced:,} of records that waited already" if hints else ""
    )


def _queue(backlog: Backlog, now: datetime) -> str:
    states = ", ".join(f"{number:,} {state}" for state, number in backlog.by_state.items() if number)
    waiting = f"; oldest {ago(backlog.oldest_at, now)}" if backlog.oldest_at else ""
    return f"{states or 'empty'}{waiting}"
