"""The open data as files: one for each view, all of one instant, in constant memory.

Only the views are exported. What the program keeps for itself (settings, queues, the journal, the inbox) is
in none of them, so neither is a credential.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connector.errors import ConnectorError
from connector.reports.tables import Format, write_table
from connector.store import Database, open_data


@dataclass(frozen=True, slots=True)
class Exported:
    """One file that was written."""

    view: str
    file: Path
    rows: int


def tables_of(database: Database) -> list[str]:
    """The names of what can be exported."""
    with database.read() as conn:
        return [view.name for view in open_data.views(conn)]


def write_views(
    database: Database,
    folder: Path,
    portals: Collection[str],
    *,
    only: Collection[str] = (),
    since: datetime | None = None,
    form: Format = "csv",
) -> Iterator[Exported]:
    """Write the views (`only`: these; none: all) of these portals, and tell of each file.

    ConnectorError if the folder cannot be written, or a view is not what it should be.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConnectorError(f"{folder} cannot be written: {error.strerror}") from error
    _bring_up_to_date(database, only)
    with database.read() as conn:
        for view in open_data.views(conn):
            if not only or view.name in only:
                path = folder / f"{view.name}.{form}"
                pages = open_data.read(conn, view, portals, since)
                yield Exported(view.name, path, write_table(path, view.columns, pages, form))


def _bring_up_to_date(database: Database, only: Collection[str]) -> None:
    """Views of an older version of the program are made anew first."""
    with database.read() as conn:
        if not open_data.stale(conn):
            return
    with database.write() as conn:
        open_data.refresh(conn)
        stale = [name for name in open_data.stale(conn) if not only or name in only]
    if stale:
        raise ConnectorError(
            f"not as they should be: the views {', '.join(stale)}. Something of yours is built on them "
            "or called alike; --only the others can be exported"
        )
