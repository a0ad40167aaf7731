"""Delivery of reports: their files and words on their way to the outbox, each as a command of its own.

A report is no write of a pipeline: it goes out whatever the mode of its pipelines, and only a pause of the
whole portal holds it. Its commands stand in lines of their own, its files in one, each reader in another, so
that who cannot be reached holds up nobody else. The keys are made of the report and of what it is about: the
same report asked for twice is delivered once.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from connector.flow.commands import marker
from connector.flow.portal import Portal
from connector.records import ItemRef
from connector.store import Connection, outbox
from connector.store.outbox import NewCommand

#: In place of an entity type: the line of a report.
REPORT = -1
UPLOAD_REPORT, REPORT_TASK, REPORT_MESSAGE = "upload_report", "report_task", "report_message"
#: Reports go when there is room.
_PRIORITY = 5
_PREFIX = "report:"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a report: where it lies, and what people see it called."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A report on its way. `edition` tells it from the others of its name."""

    report: str
    edition: str
    title: str
    text: str
    files: tuple[Attachment, ...]
    by: Literal["task", "message"]
    to: tuple[int, ...]


def queue_delivery(conn: Connection, portal: Portal, delivery: Delivery, now: datetime) -> list[str]:
    """Queue what is to be sent; returns the keys that were new."""
    rows = _tasks(portal, delivery) if delivery.by == "task" else _messages(portal, delivery)
    return outbox.add_many(conn, portal.name, rows, now)


def outbox_name(report: str) -> str:
    """What its commands have in place of a pipeline."""
    return f"{_PREFIX}{report}"


def report_of(pipeline: str) -> str | None:
    """The report that a command is of, by what it has in place of a pipeline; None: of none."""
    name = pipeline.removeprefix(_PREFIX)
    return name if name != pipeline else None


def _tasks(portal: Portal, delivery: Delivery) -> Iterator[NewCommand]:
    """Files first: a task takes them by their ids."""
    keys = []
    for number, file in enumerate(delivery.files):
        upload = _command(portal, delivery, UPLOAD_REPORT, "files", str(number), file)
        keys.append(upload.key)
        yield upload
    for user in delivery.to:
        words = {"title": delivery.title, "text": delivery.text, "files": keys}
        yield _command(portal, delivery, REPORT_TASK, f"user {user}", "", None, user=user, **words)


def _messages(portal: Portal, delivery: Delivery) -> Iterator[NewCommand]:
    """A message carries one file: the words stand with the first."""
    for user in delivery.to:
        for number, file in enumerate(delivery.files):
            text = f"{delivery.title}\n{delivery.text}" if number == 0 else delivery.title
            line = f"user {user}"
            yield _command(portal, delivery, REPORT_MESSAGE, line, str(number), file, user=user, text=text)


def _command(
    portal: Portal,
    delivery: Delivery,
    kind: str,
    line: str,
    number: str,
    file: Attachment | None,
    **payload: object,
) -> NewCommand:
    what = outbox_name(delivery.report)
    if file is not None:
        payload |= {"path": str(file.path), "name": file.name}
    return NewCommand(
        key=marker(portal, what, f"{delivery.edition}:{line}:{number}"),
        kind=kind,
        ref=ItemRef(REPORT, zlib.crc32(f"{what}:{delivery.edition}:{line}".encode())),
        pipeline=what,
        visit=delivery.edition,
        payload=payload,
        priority=_PRIORITY,
    )
