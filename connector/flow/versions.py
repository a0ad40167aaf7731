"""Definitions by content hash: a running process keeps the version that its visit began with.

Which version of each pipeline is in force is written down when an engine takes it up, so that a file that is
broken later leaves the last good one running, and `status` can say so without reading any file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.errors import StoreError
from connector.store import Connection, definitions, settings
from connector.store.definitions import StoredDefinition
from pipelines.definition import Definition
from pipelines.loader import read_text

_IN_FORCE, _BROKEN, _BY = "in_force:", "broken:", "engine"


@dataclass(frozen=True, slots=True)
class Broken:
    """A pipeline whose file, or whose binding, cannot be used as it is written."""

    pipeline: str
    #: Every mistake, as `check` tells it.
    mistakes: tuple[str, ...]
    #: The version that stays in force; None: it never had one, so nothing runs on it.
    version: str | None
    #: Since when an engine has known of it; None: it was found just now.
    since_at: datetime | None = None

    def __str__(self) -> str:
        more = f" (and {len(self.mistakes) - 1} more)" if len(self.mistakes) > 1 else ""
        runs = f"version {self.version[:8]} stays in force" if self.version else "it is left out"
        return f"{self.pipeline}: {runs}; {self.mistakes[0]}{more}"


class Versions:
    """Every version that was ever put to use; parsed once, kept for as long as the program runs."""

    def __init__(self) -> None:
        self._known: dict[str, Definition] = {}

    def keep(self, conn: Connection, definition: Definition, now: datetime) -> None:
        """Store a version before the first process runs on it."""
        stored = StoredDefinition(definition.hash, definition.id, definition.file, definition.text)
        definitions.put(conn, stored, now)
        self._known[definition.hash] = definition

    def get(self, conn: Connection, version: str) -> Definition:
        """The definition with this hash; StoreError if it is not in the store."""
        if version not in self._known:
            stored = definitions.get(conn, version)
            if stored is None:
                raise StoreError(
                    f"version {version[:12]} of a pipeline is not in the store; restore a backup of it"
                )
            # It was checked when it was put to use: checks that came later must not stop what runs on it.
            self._known[version] = read_text(stored.source, stored.file)
        return self._known[version]


def put_in_force(
    conn: Connection, portal: str, versions: Mapping[str, str], broken: Iterable[Broken], now: datetime
) -> None:
    """An engine takes up definitions: pipeline -> hash of the version, and what it could not take.

    What was broken in the same way before is so since then.
    """
    known = settings.with_prefix(conn, portal, _BROKEN)
    for pipeline, version in versions.items():
        if in_force(conn, portal, pipeline) != version:
            settings.put(conn, portal, _IN_FORCE + pipeline, version, now, _BY)
        settings.remove(conn, portal, _BROKEN + pipeline)
    for each in broken:
        value = {"mistakes": list(each.mistakes), "version": each.version}
        if value != known.get(each.pipeline, (None, now))[0]:
            settings.put(conn, portal, _BROKEN + each.pipeline, value, now, _BY)


def in_force(conn: Connection, portal: str, pipeline: str) -> str | None:
    """The hash of the version that the last engine took for a new visit; None: no engine has run it yet."""
    version: str | None = settings.get(conn, portal, _IN_FORCE + pipeline)
    return version


def broken(conn: Connection, portal: str) -> list[Broken]:
    """The pipelines that the last engine could not take as they are written."""
    found = settings.with_prefix(conn, portal, _BROKEN)
    return [
        Broken(name, tuple(value["mistakes"]), value["version"], at)
        for name, (value, at) in sorted(found.items())
    ]
