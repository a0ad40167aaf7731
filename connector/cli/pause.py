"""`pause`: the switch that stops all sending at once, and lets it go on."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import datetime

import click

from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation, pass_invocation, portal_option
from connector.cli.opening import choose_pipeline, choose_portal, open_store
from connector.cli.text import count, say
from connector.config import Config
from connector.flow import deciding
from connector.flow.brake import approve
from connector.store import Connection, settings


@dataclass(frozen=True, slots=True)
class Target:
    """What is paused: everything, a portal, or one pipeline of it."""

    portal: str
    pipeline: str | None = None

    def __str__(self) -> str:
        if self.portal == settings.ALL_PORTALS:
            return "all portals"
        return f"{self.pipeline} of {self.portal}" if self.pipeline else f"portal {self.portal}"


@click.command()
@portal_option
@click.option("--pipeline", metavar="NAME", help="Only this pipeline.")
@click.option("--all", "is_all", is_flag=True, help="Every portal: the kill switch.")
@click.option("--off", is_flag=True, help="Go on; for a portal, what waits may be sent, however much it is.")
@click.option("--reason", default="paused by hand", show_default=True, help="What `status` is to say.")
@pass_invocation
def pause(
    invocation: Invocation,
    portal_name: str | None,
    pipeline: str | None,
    is_all: bool,
    off: bool,
    reason: str,
) -> None:
    """Stop sending to the CRM, or go on with --off.

    Takes effect with the next command that would be sent, whether or not an engine is running. Events are
    still taken in and decided on; what is to be written waits.
    """
    if is_all and (portal_name or pipeline):
        raise click.UsageError("--all is for every portal: it goes with neither --portal nor --pipeline")
    now, by = invocation.clock.now(), f"admin:{getpass.getuser()}"
    with open_store(invocation) as (config, database):
        target = _target(config, portal_name, pipeline, is_all)
        with database.write() as conn:
            if off:
                _resume(conn, config, target, now, by)
            else:
                deciding.pause(conn, target.portal, now, by, reason, pipeline=target.pipeline)
                say(f"Paused: {target}. Nothing more is sent; `funnelwright pause --off` goes on.")


def _target(config: Config, portal_name: str | None, pipeline: str | None, is_all: bool) -> Target:
    if is_all:
        return Target(settings.ALL_PORTALS)
    portal = choose_portal(config, portal_name)
    return Target(portal, pipeline and choose_pipeline(config, portal, pipeline))


def _resume(conn: Connection, config: Config, target: Target, now: datetime, by: str) -> None:
    """Lift the pause; where there is one portal only, "all" and that portal are the same thing."""
    lifted = [
        each
        for each in _same(config, target)
        if deciding.resume(conn, each.portal, now, by, pipeline=each.pipeline)
    ]
    if not lifted:
        raise Refusal(f"{target} is not paused{_others(conn, config, target)}")
    say(f"Resumed: {', '.join(map(str, lifted))}.")
    if target.pipeline is None and target.portal != settings.ALL_PORTALS:
        waiting = approve(conn, target.portal, now, by)
        say(f"{count(waiting, 'write')} may be sent now.")
    if others := _others(conn, config, target):
        say(f"But{others}")


def _same(config: Config, target: Target) -> list[Target]:
    if target.pipeline is not None or len(config.portals) > 1:
        return [target]
    return [Target(settings.ALL_PORTALS), Target(next(iter(config.portals)))]


def _others(conn: Connection, config: Config, target: Target) -> str:
    """What still keeps things from being sent."""
    portals = list(config.portals) if target.portal == settings.ALL_PORTALS else [target.portal]
    pauses = {each for portal in portals for each in settings.pauses(conn, portal)}
    still = sorted(f"{Target(each.portal, each.pipeline)} ({each.reason})" for each in pauses)
    return f"; still paused: {', '.join(still)}" if still else ""
