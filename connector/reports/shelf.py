"""The shelf: the files that reports have left in their folders, by the days that they are about.

The name of a file says all that is known of it, so what is shown is what is there: files that somebody has
deleted or moved away are gone from here too. Only names that a report gives are looked at.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from connector.config import ReportConfig
from connector.errors import ConnectorError
from connector.flow.portal import Portal

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_STAMP = "%Y-%m-%dT%H%M%S"
#: What follows the report's name: the days, when somebody had it made, what the file is.
_REST = re.compile(
    rf"_(?P<first>{_DAY})(?:_(?P<last>{_DAY}))?(?:_made_(?P<made>{_DAY}T[0-9]{{6}}))?(?P<ending>[._].+)"
)


@dataclass(frozen=True, slots=True)
class Edition:
    """One making of a report: the days it is about."""

    first: date
    last: date
    #: In the portal's time zone, if a person had it made beside the schedule; None: it was due.
    made_at: datetime | None = None

    @property
    def stem(self) -> str:
        """What its files are called behind the name of the report."""
        days = f"{self.first}" if self.first == self.last else f"{self.first}_{self.last}"
        return days if self.made_at is None else f"{days}_made_{self.made_at:{_STAMP}}"


@dataclass(frozen=True, slots=True)
class Shelved:
    """An edition and its files: each ending (`.html`, `_funnel_stages.png`) with its path."""

    edition: Edition
    files: dict[str, Path]


def folder_of(portal: Portal, report: ReportConfig) -> Path:
    """Where its files are put."""
    return report.folder / portal.name


def path_of(portal: Portal, report: ReportConfig, edition: Edition, ending: str) -> Path:
    """Where a file of it belongs."""
    return folder_of(portal, report) / f"{report.name}_{edition.stem}{ending}"


def shelved(portal: Portal, report: ReportConfig) -> list[Shelved]:
    """What is there, the newest days first; ConnectorError if the folder cannot be read."""
    found: dict[Edition, dict[str, Path]] = defaultdict(dict)
    for edition, ending, path in _files(portal, report):
        found[edition][ending] = path
    return [
        Shelved(each, dict(sorted(found[each].items()))) for each in sorted(found, key=_age, reverse=True)
    ]


def find_file(portal: Portal, report: ReportConfig, name: str) -> Path | None:
    """The file of that name, if it is one of the report's; a name is never taken for a path."""
    return next((path for _, _, path in _files(portal, report) if path.name == name), None)


def _files(portal: Portal, report: ReportConfig) -> Iterator[tuple[Edition, str, Path]]:
    folder = folder_of(portal, report)
    try:
        there = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise ConnectorError(f"{folder} cannot be read: {error.strerror}") from error
    for path in there:
        if path.name.startswith(report.name):
            read = _read(path.name.removeprefix(report.name), portal.calendar.zone)
            if read is not None:
                yield *read, path


def _read(rest: str, zone: ZoneInfo) -> tuple[Edition, str] | None:
    found = _REST.fullmatch(rest)
    if found is None:
        return None
    try:
        first = date.fromisoformat(found["first"])
        last = date.fromisoformat(found["last"]) if found["last"] else first
        made_at = datetime.strptime(found["made"], _STAMP).replace(tzinfo=zone) if found["made"] else None
    except ValueError:  # 2026-13-45 is no day
        return None
    return Edition(first, last, made_at), found["ending"]


def _age(edition: Edition) -> tuple[date, date, float]:
    """Later ones are greater; what was due comes before what was made of the same days by hand."""
    return edition.last, edition.first, edition.made_at.timestamp() if edition.made_at else 0
