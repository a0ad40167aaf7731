"""How a report on a schedule stands: made when, due when, for whom, and what keeps it from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from connector.config import ReportConfig
from connector.flow.portal import Portal
from connector.flow.reporting import outbox_name
from connector.reports.figures import UnknownName, ask
from connector.reports.progress import progress_of
from connector.reports.recipients import recipients_of
from connector.reports.schedule import days_of, next_due
from connector.store import Connection, catalogue
from connector.store.figures import Period
from connector.store.outbox import State
from connector.store.outbox_queries import Wanted, number

_UNDER_WAY = (State.PENDING, State.SENDING, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Outlook:
    """A report of config.toml as it stands now."""

    report: ReportConfig
    made_at: datetime | None
    next_at: datetime
    #: The first and the last day that the next one will be about.
    next_days: tuple[date, date]
    #: Names of who will get it.
    to: tuple[str, ...]
    #: What was wrong when it was last tried, and what will be.
    troubles: tuple[str, ...]
    #: What delivers it: commands that are on their way, and those that wait for a person.
    under_way: int
    parked: int


def outlook_of(conn: Connection, portal: Portal, report: ReportConfig) -> Outlook:
    """How it stands, as far as the store tells."""
    progress, people = progress_of(conn, portal, report), catalogue.get_people(conn, portal.name)
    troubles = [progress.error] if progress and progress.error else []
    troubles += [each for each in _troubles(conn, portal, report) if each not in troubles]
    try:
        readers = recipients_of(conn, portal, report)
    except UnknownName:
        readers = ()
    zone = portal.calendar.zone
    next_at = next_due(report, zone, portal.clock.now())
    return Outlook(
        report,
        progress.made_at if progress else None,
        next_at,
        days_of(report, zone, next_at),
        tuple(people[user].name if user in people else str(user) for user in readers),
        tuple(troubles),
        *(_commands(conn, portal, report, states) for states in (_UNDER_WAY, (State.PARKED,))),
    )


def _commands(conn: Connection, portal: Portal, report: ReportConfig, states: Sequence[State]) -> int:
    return number(conn, portal.name, Wanted(states=states, pipeline=outbox_name(report.name)))


def _troubles(conn: Connection, portal: Portal, report: ReportConfig) -> Iterator[str]:
    now = portal.clock.now()
    for name in report.pipelines:
        if name not in portal.bindings:
            yield f"the pipeline {name} cannot be used: `funnelwright check` tells its mistakes"
    try:
        for binding in (portal.bindings[name] for name in report.pipelines if name in portal.bindings):
            ask(
                *(conn, portal, binding, Period(now, now)),
                owner=report.owner,
                department=report.department,
                source=report.source,
            )
        if report.to and not recipients_of(conn, portal, report):
            yield "nobody who gets it works here any more"
    except UnknownName as error:
        yield str(error)
