"""The embedded runtime: one process, one thread per portal, APScheduler to say when to look.

A portal is worked by its own thread and by nobody else, so its steps never run twice at once. Everything that
wants something of a portal (a hint, the clock) only leaves a chore; one that is there already is not doubled,
and one that comes while the thread works is done right after.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from enum import Enum

from apscheduler.schedulers.background import BackgroundScheduler

from connector import log
from connector.app import App
from connector.errors import ConnectorError, CRMError

logger = logging.getLogger(__name__)

#: Without any hint, the store is looked at this often: a few reads, which also mend a lost wake-up.
TICK = timedelta(seconds=1)
#: People come and go, stages are renamed: no event tells of it.
CATALOGUE = timedelta(hours=1)
#: Two looks that find a changed definition the same put it into force.
DEFINITIONS = timedelta(seconds=20)
TIDY = timedelta(days=1)
#: Whether a sweep is due is looked up, because the program may be started more often than it sweeps.
SWEEP = timedelta(minutes=1)
#: Whether a report is due: the same, beside the portal's thread.
REPORTS = timedelta(minutes=1)


class Chore(Enum):
    """What a portal's thread can be asked to do."""

    WORK = "work"
    LOOK_AT_DEFINITIONS = "look_at_definitions"
    TAKE_DEFINITIONS = "take_definitions"
    MOVES = "moves"
    ITEMS = "items"
    CATALOGUE = "catalogue"
    EVERYTHING = "everything"
    TIDY = "tidy"


#: What may have been missed while the program did not run.
AT_START = (Chore.WORK, Chore.MOVES, Chore.ITEMS, Chore.CATALOGUE, Chore.TIDY)


class PortalWorker:
    """The one thread that works a portal."""

    def __init__(self, app: App, portal: str) -> None:
        self._app, self._portal = app, portal
        # In the order in which they were asked for, each once: a busy portal is still polled.
        self._wanted: dict[Chore, None] = {}
        self._changed = threading.Condition()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name=f"portal-{portal}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def want(self, chore: Chore) -> None:
        """Leave a chore and return at once."""
        with self._changed:
            self._wanted.setdefault(chore)
            self._changed.notify()

    def stop(self) -> None:
        """Let the chore in hand end, then end the thread."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        chores: dict[Chore, Callable[[str], object]] = {
            Chore.WORK: self._app.work,
            Chore.LOOK_AT_DEFINITIONS: self._app.look_at_definitions,
            Chore.TAKE_DEFINITIONS: self._app.take_definitions,
            Chore.MOVES: self._app.reconcile_moves,
            Chore.ITEMS: self._app.reconcile_items,
            Chore.CATALOGUE: self._app.refresh_catalogue,
            Chore.EVERYTHING: self._sweep,
            Chore.TIDY: self._app.tidy,
        }
        while (chore := self._next()) is not None:
            try:
                chores[chore](self._portal)
            except CRMError as error:
                self._note(chore, "retry", logging.WARNING, error)
            except ConnectorError as error:
                self._note(chore, "failed", logging.ERROR, error)
            except Exception:  # the thread must outlive a defect: the next chore may be a good one
                logger.exception("action=%s status=failed portal=%s", chore.value, self._portal)

    def _sweep(self, portal: str) -> None:
        """A slice, then whatever else is wanted, then the next."""
        if self._app.sweep_when_due(portal):
            self.want(Chore.EVERYTHING)

    def _note(self, chore: Chore, status: str, level: int, error: ConnectorError) -> None:
        log.note(logger, chore.value, status, level=level, portal=self._portal, error=error)

    def _next(self) -> Chore | None:
        with self._changed:
            while not self._wanted and not self._is_stopping:
                self._changed.wait()
            if self._is_stopping:
                return None
            chore = next(iter(self._wanted))
            del self._wanted[chore]
            return chore


class EmbeddedRuntime:
    """Runs an app until it is stopped. Holds the lock of the database: one engine process per SQLite file."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._workers = {name: PortalWorker(app, name) for name in app.portals}
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._held = ExitStack()

    def start(self) -> None:
        """Begin to work; StoreError if another process works this database, which then stays theirs."""
        with ExitStack() as held:
            held.enter_context(self._app.database.engine_lock())
            self._app.prepare()
            self._app.start_writer()
            self._held = held.pop_all()
        self._app.on_hint = lambda portal: self._workers[portal].want(Chore.WORK)
        for name, worker in self._workers.items():
            worker.start()
            self._schedule(name, worker)
        self._scheduler.start()

    def _schedule(self, name: str, worker: PortalWorker) -> None:
        polling = self._app.portals[name].config.polling
        rhythms = {
            Chore.WORK: TICK,
            Chore.LOOK_AT_DEFINITIONS: DEFINITIONS,
            Chore.MOVES: polling.moves,
            Chore.ITEMS: polling.changes,
            Chore.CATALOGUE: CATALOGUE,
            Chore.EVERYTHING: SWEEP,
            Chore.TIDY: TIDY,
        }
        for chore, span in rhythms.items():
            self._scheduler.add_job(
                worker.want,
                "interval",
                args=[chore],
                seconds=span.total_seconds(),
                id=f"{name}:{chore.value}",
                coalesce=True,
                misfire_grace_time=None,
            )
            if chore in AT_START:
                worker.want(chore)

        self._scheduler.add_job(
            self._make_reports,
            "interval",
            args=[name],
            seconds=REPORTS.total_seconds(),
            id=f"{name}:reports",
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )

    def _make_reports(self, name: str) -> None:
        """In a thread of the scheduler: charts take seconds, and no rep waits for them."""
        try:
            while self._app.make_reports(name):
                self._workers[name].want(Chore.WORK)
        except ConnectorError as error:
            log.note(logger, "report", "failed", level=logging.ERROR, portal=name, error=error)
        except Exception:  # as with chores: the next minute may be a good one
            logger.exception("action=report status=failed portal=%s", name)

    def take_definitions(self) -> None:
        """Put what has changed in the files into force as soon as the chores in hand have ended."""
        for worker in self._workers.values():
            worker.want(Chore.TAKE_DEFINITIONS)

    def stop(self) -> None:
        """Stop looking, let each portal's chore in hand end, give the lock back."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        for worker in self._workers.values():
            worker.stop()
        self._app.close()
        self._held.close()
