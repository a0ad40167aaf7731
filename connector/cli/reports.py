"""`reports`: those that config.toml has made on a schedule: how they stand, and one of them now."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click

from connector.app import App
from connector.cli.failures import Refusal
from connector.cli.invocation import Invocation, json_option, pass_invocation, portal_option
from connector.cli.opening import choose_portal, open_app
from connector.cli.text import count, print_table, say, say_json
from connector.config import ReportConfig
from connector.flow.portal import Portal
from connector.flow.reporting import outbox_name
from connector.reports.issuing import issue_by_hand
from connector.reports.outlook import Outlook, outlook_of
from pipelines.findings import nearest


@click.group("reports")
def reports_group() -> None:
    """Reports that are made by themselves ([[portals.NAME.reports]] of config.toml)."""


@reports_group.command("list")
@portal_option
@json_option
@pass_invocation
def list_reports(invocation: Invocation, portal_name: str | None, as_json: bool) -> None:
    """Show each report: what it is about, when it was made last and is made next, who gets it."""
    with _opened(invocation, portal_name) as (_, portal), portal.database.read() as conn:
        rows = [_row(outlook_of(conn, portal, report)) for report in portal.config.reports]
    if as_json:
        say_json(rows)
    elif not rows:
        say("None: config.toml has no [[portals.NAME.reports]] (docs/reports.md).")
    else:
        zone = portal.calendar.zone
        titles = ("report", "about", "every", "last made", "next", "to")
        print_table(titles, [[_written(row[title], zone) for title in titles] for row in rows])
        for row in rows:
            for trouble in row["troubles"]:
                say(f"{row['report']}: {trouble}")


@reports_group.command("run")
@click.argument("name")
@click.option("--deliver", is_flag=True, help="Send it to those who get it, beside the schedule.")
@portal_option
@pass_invocation
def run_report(invocation: Invocation, name: str, deliver: bool, portal_name: str | None) -> None:
    """Make the report NAME now, of the whole days that its schedule would take today.

    The schedule is not touched by it. What is to be delivered leaves when the engine runs.
    """
    with _opened(invocation, portal_name) as (app, portal):
        report = _chosen(portal, name)
        if deliver and report.by is None:
            raise click.UsageError(f"{name} is delivered to nobody: it has neither `to` nor `by`")
        issued = issue_by_hand(portal, app.studio, report, delivers=deliver, by=f"admin:{getpass.getuser()}")
    for path in issued.files:
        say(str(path))
    if deliver and not issued.to:
        raise Refusal("nobody who gets it works here any more")
    if deliver:
        people = "1 person" if len(issued.to) == 1 else f"{len(issued.to)} people"
        say(f"On its way to {people}, by {report.by}; it leaves while `funnelwright run` runs.")


@contextmanager
def _opened(invocation: Invocation, portal_name: str | None) -> Iterator[tuple[App, Portal]]:
    with open_app(invocation) as app:
        yield app, app.portals[choose_portal(app.config, portal_name)]


def _chosen(portal: Portal, name: str) -> ReportConfig:
    known = {report.name: report for report in portal.config.reports}
    if name not in known:
        meant = nearest(name, known)
        hint = f" Did you mean {meant!r}?" if meant else ""
        raise click.UsageError(
            f"no report of {portal.name} is called {name!r}; there is: {', '.join(known) or 'none'}.{hint}"
        )
    return known[name]


def _row(outlook: Outlook) -> dict[str, Any]:
    report = outlook.report
    when = {"day": "day", "week": f"week, {report.weekday}", "month": f"month, {report.day}"}[report.every]
    return {
        "report": report.name,
        "about": ", ".join(report.pipelines) + (f" ({report.department})" if report.department else ""),
        "every": f"{when}, {report.at}",
        "last made": outlook.made_at,
        "next": outlook.next_at,
        "to": f"{', '.join(outlook.to)} by {report.by}" if report.by else "",
        "troubles": [*outlook.troubles, *_parked(outlook)],
    }


def _parked(outlook: Outlook) -> Iterator[str]:
    if outlook.parked:
        what = f"funnelwright outbox list --pipeline {outbox_name(outlook.report.name)}"
        yield f"{count(outlook.parked, 'command')} waiting for a person: `{what}`"


def _written(value: Any, zone: Any) -> Any:
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value
