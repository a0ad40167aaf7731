"""What the demo prints: the story, what the product does meanwhile (from its own journal), the summary."""

from __future__ import annotations

import threading

from connector.cli.demo.configuration import PORTAL
from connector.cli.text import console, plain
from connector.store import Database, journal

#: Kinds of journal lines that are worth a line on the console.
SHOWN = frozenset({"command", "refused", "returned", "held", "conflict", "adopted", "parked"})
LOOK_SECONDS = 0.3


class Screen:
    """The console; lines of the story and of the product do not run into each other."""

    def __init__(self) -> None:
        self._console = console()
        self._lock = threading.Lock()

    def say(self, text: str = "", style: str | None = None, *, is_whole: bool = False) -> None:
        """A line; `is_whole`: not broken where the screen ends, because somebody will copy it."""
        with self._lock:
            self._console.print(plain(text) if text else "", style=style, soft_wrap=is_whole)


class JournalTail:
    """Prints what the product writes into its journal, as it comes."""

    def __init__(self, database: Database, screen: Screen) -> None:
        self._database, self._screen = database, screen
        self._seen = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal-tail", daemon=True)

    def start(self) -> None:
        self._look(is_silent=True)
        self._thread.start()

    def stop(self) -> None:
        """Print what is left, then end."""
        self._stopped.set()
        self._thread.join()
        self._look()

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            self._look()

    def _look(self, *, is_silent: bool = False) -> None:
        with self._database.read() as conn:
            newest = journal.of_portal(conn, PORTAL, limit=200)
        for line in reversed(newest):
            if line.seq > self._seen:
                self._seen = line.seq
                if line.kind in SHOWN and not is_silent:
                    self._screen.say(f"      ⤷ {line.ref or ''} {line.text}", style="dim")
