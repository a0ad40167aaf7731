"""Reports that are made by themselves: when one is due it is written into its folder, and queued for people.

First the files, each whole; then one commit that queues the delivery and says that the report is made. A
program that stops in between makes the files again and has delivered nothing. What was missed while it did
not run is made once, the last of it. One that cannot be made is tried again, and the admin is told.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from connector import log
from connector.config import ReportConfig
from connector.errors import ConnectorError, StoreError
from connector.flow.bindings import Binding
from connector.flow.commands import NOTIFY, marker
from connector.flow.portal import Portal
from connector.flow.reporting import outbox_name, queue_delivery
from connector.flow.telling import PERSON
from connector.records import ItemRef
from connector.reports.charts import Studio
from connector.reports.documents.document import Document, Request, compile_document
from connector.reports.documents.files import files_of
from connector.reports.handing import delivery_of
from connector.reports.progress import Progress, keep_progress, progress_of
from connector.reports.recipients import recipients_of
from connector.reports.schedule import days_of, last_due, period_of
from connector.reports.shelf import Edition, folder_of, path_of
from connector.reports.tables import write_file
from connector.store import Connection, journal, outbox
from connector.store.journal import NewLine
from connector.store.outbox import NewCommand
from pipelines.engine.phrases import phrase

logger = logging.getLogger(__name__)

#: One that could not be made is tried again.
TRY_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """A report that was made; `queued`: how many commands deliver it."""

    report: str
    files: tuple[Path, ...]
    to: tuple[int, ...]
    queued: int


def issue_when_due(portal: Portal, studio: Studio) -> bool:
    """Make the next report that is due; False: none is."""
    for report in portal.config.reports:
        now = portal.clock.now()
        due_at = last_due(report, portal.calendar.zone, now)
        with portal.database.read() as conn:
            progress = progress_of(conn, portal, report)
        if progress is None:
            # It was not missed: nobody had asked for it then.
            with portal.database.write() as conn:
                keep_progress(conn, portal, report, Progress(due_at), now)
        elif progress.due_at < due_at and (not progress.tried_at or progress.tried_at + TRY_AGAIN <= now):
            _issue_due(portal, studio, report, due_at, progress)
            return True
    return False


def _issue_due(
    portal: Portal, studio: Studio, report: ReportConfig, due_at: datetime, before: Progress
) -> None:
    names = {"portal": portal.name, "report": report.name}
    try:
        issue(portal, studio, report, due_at)
    except StoreError:
        raise  # it is no matter of the report, and the next minute may be better
    except ConnectorError as error:
        log.note(logger, "report", "failed", level=logging.ERROR, **names, error=error)
        _tell_of_failure(portal, report, due_at, before, str(error))
    except Exception as error:  # a defect of ours, which holds up no other report
        logger.exception("action=report status=defect portal=%s report=%s", *names.values())
        _tell_of_failure(portal, report, due_at, before, f"{type(error).__name__}: {error}")


def _tell_of_failure(
    portal: Portal, report: ReportConfig, due_at: datetime, before: Progress, reason: str
) -> None:
    now = portal.clock.now()
    with portal.database.write() as conn:
        keep_progress(conn, portal, report, replace(before, tried_at=now, error=reason), now)
        outbox.add_many(conn, portal.name, [_notice(portal, report, due_at, reason)], now)


def issue(portal: Portal, studio: Studio, report: ReportConfig, due_at: datetime) -> Issued:
    """Make the report that is due at an instant, and queue its delivery: once, however often it is called.

    ConnectorError if it names what there is not (any more), cannot be drawn, or its folder cannot be written.
    """
    first, last = days_of(report, portal.calendar.zone, due_at)
    document, to = _read(portal, report, first, last)
    files = _write(portal, report, Edition(first, last), document, studio)
    now = portal.clock.now()
    with portal.database.write() as conn:
        key = f"{due_at.astimezone(portal.calendar.zone).date()}:{first}:{last}"
        queued = _deliver(conn, portal, report, key, document, files, to, now)
        keep_progress(conn, portal, report, Progress(due_at, now, tuple(map(str, files)), to), now)
        _note(conn, portal, report, document, files, to, now, by="connector")
    return Issued(report.name, files, to, queued)


def issue_by_hand(portal: Portal, studio: Studio, report: ReportConfig, *, delivers: bool, by: str) -> Issued:
    """Make one now, beside the schedule; delivered as often as it is asked for. `by`: who asks.

    ConnectorError as for one that is due.
    """
    made_at = portal.clock.now().astimezone(portal.calendar.zone)
    first, last = days_of(report, portal.calendar.zone, made_at)
    document, to = _read(portal, report, first, last)
    files = _write(portal, report, Edition(first, last, made_at), document, studio)
    now, queued = portal.clock.now(), 0
    with portal.database.write() as conn:
        if delivers:
            key = f"{made_at:%Y-%m-%dT%H%M%S}:{first}:{last}"
            queued = _deliver(conn, portal, report, key, document, files, to, now)
        _note(conn, portal, report, document, files, to if delivers else (), now, by=by)
    return Issued(report.name, files, to, queued)


def _deliver(
    conn: Connection,
    portal: Portal,
    report: ReportConfig,
    key: str,
    document: Document,
    files: tuple[Path, ...],
    to: tuple[int, ...],
    now: datetime,
) -> int:
    """Queue it for these people, once for a key; returns how many commands are new."""
    if report.by is None or not to or not files:
        return 0
    return len(queue_delivery(conn, portal, delivery_of(portal, report, key, document, files, to), now))


def _read(portal: Portal, report: ReportConfig, first: date, last: date) -> tuple[Document, tuple[int, ...]]:
    """All that is asked of the store, at one instant."""
    period = period_of(first, last, portal.calendar.zone, portal.clock.now())
    language = report.language or portal.config.language
    request = Request(
        bindings=[_binding(portal, name) for name in report.pipelines],
        period=period,
        sections=report.sections,
        owner=report.owner,
        department=report.department,
        source=report.source,
        language=language,
        title=report.title.in_language(language) if report.title else None,
    )
    with portal.database.read() as conn:
        return compile_document(conn, portal, request), recipients_of(conn, portal, report)


def _binding(portal: Portal, name: str) -> Binding:
    if name not in portal.bindings:
        raise ConnectorError(f"the pipeline {name} cannot be used: `funnelwright check` tells its mistakes")
    return portal.bindings[name]


def _write(
    portal: Portal, report: ReportConfig, edition: Edition, document: Document, studio: Studio
) -> tuple[Path, ...]:
    folder = folder_of(portal, report)
    try:
        report.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ConnectorError(f"{folder} cannot be made: {error.strerror}") from error
    paths = []
    for file in files_of(document, report.formats, studio):
        path = path_of(portal, report, edition, file.ending)
        write_file(path, file.content)
        paths.append(path)
    return tuple(paths)


def _note(
    conn: Connection,
    portal: Portal,
    report: ReportConfig,
    document: Document,
    files: tuple[Path, ...],
    to: tuple[int, ...],
    now: datetime,
    *,
    by: str,
) -> None:
    first, last = document.days
    text = f"{report.name}, {first} to {last}: {len(files)} files, to {len(to)} people by {report.by or '-'}"
    journal.add_many(conn, portal.name, [NewLine(kind="report", text=text, actor=by)], now)
    log.note(logger, "report", "made", portal=portal.name, report=report.name, files=len(files), to=len(to))


def _notice(portal: Portal, report: ReportConfig, due_at: datetime, error: str) -> NewCommand:
    """To the admin, once for each report that is due."""
    what, admin = outbox_name(report.name), portal.config.admin
    text = phrase("report_not_made", portal.config.language, report=report.name, reason=error.strip(" ."))
    return NewCommand(
        key=marker(portal, what, f"failed:{due_at.isoformat()}"),
        kind=NOTIFY,
        ref=ItemRef(PERSON, admin),
        pipeline=what,
        visit=due_at.isoformat(),
        payload={"user": admin, "text": text},
        priority=5,
    )
