"""Definitions by content hash: a running process keeps the version that its visit began with."""

from __future__ import annotations

from datetime import datetime

from connector.errors import StoreError
from connector.store import Connection, definitions
from connector.store.definitions import StoredDefinition
from pipelines.definition import Definition
from pipelines.loader import load_text


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
            self._known[version] = load_text(stored.source, stored.file)
        return self._known[version]
