"""A report on its way to people: what they read without opening anything, and how its files are called."""

from __future__ import annotations

import hashlib
from pathlib import Path

from connector.config import ReportConfig
from connector.flow.portal import Portal
from connector.flow.reporting import Attachment, Delivery
from connector.reports.documents.document import Document
from connector.reports.documents.summary import keys_of
from connector.reports.documents.wording import Wording


def delivery_of(
    portal: Portal,
    report: ReportConfig,
    edition: str,
    document: Document,
    files: tuple[Path, ...],
    to: tuple[int, ...],
) -> Delivery:
    """The files of a report for these people; `report.by` says how it goes."""
    assert report.by is not None
    wording = Wording(document.language, document.zone)
    title = wording.say("task", title=document.title, days=wording.days(*document.days))
    # On a drive a name is there once; nobody else's file is called so.
    code = hashlib.sha256(f"{portal.config.domain}:{report.name}:{edition}".encode()).hexdigest()[:8]
    attachments = tuple(Attachment(path, _named(path, code)) for path in files)
    return Delivery(report.name, edition, title, _words(document, wording, files), attachments, report.by, to)


def _named(path: Path, code: str) -> str:
    stem, _, endings = path.name.partition(".")
    return f"{stem}_{code}.{endings}"


def _words(document: Document, wording: Wording, files: tuple[Path, ...]) -> str:
    """What the reader sees without opening anything."""
    lines = [
        f"{part.title}: " * (len(document.parts) > 1)
        + ", ".join(f"{wording.say(key.name)} {wording.number(key.number)}" for key in keys_of(part))
        for part in document.parts
    ]
    lines.append(wording.say("attached", names=", ".join(path.name for path in files)))
    return "\n".join(line for line in lines if line)
