"""How far each report has come, as the store keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.config import ReportConfig
from connector.flow.portal import Portal
from connector.store import Connection, watermarks


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a report has come, as the store keeps it."""

    #: What it was made for last, or when it was first seen.
    due_at: datetime
    made_at: datetime | None = None
    files: tuple[str, ...] = ()
    to: tuple[int, ...] = ()
    tried_at: datetime | None = None
    error: str = ""


def progress_of(conn: Connection, portal: Portal, report: ReportConfig) -> Progress | None:
    """How far it has come; None: no engine has seen it."""
    kept: dict[str, Any] | None = watermarks.get(conn, portal.name, _mark(report))
    if kept is None:
        return None
    return Progress(
        due_at=datetime.fromisoformat(kept["due_at"]),
        made_at=_instant(kept["made_at"]),
        files=tuple(kept["files"]),
        to=tuple(kept["to"]),
        tried_at=_instant(kept["tried_at"]),
        error=kept["error"],
    )


def keep_progress(
    conn: Connection, portal: Portal, report: ReportConfig, progress: Progress, now: datetime
) -> None:
    """Write it down; in the commit of what it says."""
    kept = {
        "due_at": progress.due_at.isoformat(),
        "made_at": progress.made_at.isoformat() if progress.made_at else None,
        "files": list(progress.files),
        "to": list(progress.to),
        "tried_at": progress.tried_at.isoformat() if progress.tried_at else None,
        "error": progress.error,
    }
    watermarks.put(conn, portal.name, _mark(report), kept, now)


def _mark(report: ReportConfig) -> str:
    return f"report:{report.name}"


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
