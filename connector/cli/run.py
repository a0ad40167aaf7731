"""`run`: the engine. Receives events, works the portals, keeps time; in one process, until it is stopped."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from connector import log
from connector.app import App
from connector.cli.dashboard import served
from connector.cli.invocation import Invocation, pass_invocation
from connector.cli.opening import open_app
from connector.cli.stopping import stopped_by_signals
from connector.config import WebConfig
from connector.errors import ConfigError, CRMError, StoreError
from connector.flow.backfill import Progress, is_complete, places
from connector.portal import pulse
from connector.portal.pulse import PULSE_SPAN, Pulse
from connector.runtime.embedded import EmbeddedRuntime
from webhooks import WebServer, create_app

logger = logging.getLogger(__name__)


class Stopped(Exception):
    """Somebody wants the engine to end in the middle of the first copy."""


class ConfigFile:
    """config.toml counts as it was when the engine started; whoever edits it is told so, once per edit."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = self._read()

    def look(self) -> None:
        digest = self._read()
        if digest is not None and digest != self._digest:
            self._digest = digest
            advice = "start `funnelwright run` again: bindings, portals and people count from the next start"
            log.note(logger, "config", "changed", level=logging.WARNING, file=self._path, advice=advice)

    def _read(self) -> str | None:
        """A digest of the content; None while it cannot be read, which is no edit yet."""
        try:
            return hashlib.sha256(self._path.read_bytes()).hexdigest()
        except OSError:
            return None


@click.command()
@click.option("--no-web", is_flag=True, help="Do not listen for events: find changes by asking alone.")
@click.option("--no-dashboard", is_flag=True, help="Serve no pages for people.")
@click.option("--log-json", is_flag=True, help="Log lines as JSON.")
@click.option("--verbose", is_flag=True, help="Log more.")
@pass_invocation
def run(invocation: Invocation, no_web: bool, no_dashboard: bool, log_json: bool, verbose: bool) -> None:
    """Receive events, work the portals and serve the dashboard, until stopped by Ctrl-C or SIGTERM.

    A portal that was never copied is copied first. Stopping loses nothing, at any moment. Definitions that
    are edited meanwhile are in force within a minute, at once on SIGHUP; config.toml wants a new start.
    """
    log.configure(as_json=log_json, level=logging.DEBUG if verbose else logging.INFO)
    # At its own level it has two lines for every look at the store.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    config_file = ConfigFile(invocation.config_path)
    with stopped_by_signals(invocation.stopping), open_app(invocation) as app, ExitStack() as stack:
        if app.config.dashboard.enabled and not no_dashboard:
            stack.enter_context(served(app))
        try:
            _copy_first(app, invocation.stopping)
        except Stopped:
            end_pulse(app)
            return
        _work(app, None if no_web else app.config.web, config_file, invocation.stopping)


def _copy_first(app: App, stopping: threading.Event) -> None:
    """What changes meanwhile is found by polling: its watermarks are set before the copy begins.

    A copy that is cut off is gone on with by the engine, so that a portal that cannot be reached now stops no
    other. Only when nothing at all could be copied, what the portal said ends the program.
    """
    pulse_at = app.clock.monotonic()

    def report(progress: Progress) -> None:
        nonlocal pulse_at
        if app.clock.monotonic() >= pulse_at:
            pulse_at = app.clock.monotonic() + PULSE_SPAN.total_seconds()
            give_pulse(app)
        if not progress.rests_seconds:
            log.note(logger, "backfill", "progress", kind=progress.kind, records=progress.records)
        if stopping.is_set():
            raise Stopped

    failures = []
    for name, portal in app.portals.items():
        with app.database.read() as conn:
            is_copied = is_complete(conn, portal)
        if not is_copied:
            with log.bound(portal=name), app.database.engine_lock():
                log.note(logger, "backfill", "started")
                try:
                    app.backfill(name, report)
                    log.note(logger, "backfill", "done")
                except CRMError as error:
                    log.note(logger, "backfill", "retry", level=logging.WARNING, error=error)
                    failures.append(error)
    if failures and not _has_copied(app):
        raise failures[0]


def _has_copied(app: App) -> bool:
    """Whether any portal has shown at least one kind of record to its end."""
    with app.database.read() as conn:
        return any(is_done for each in app.portals.values() for _, is_done in places(conn, each).values())


def _work(app: App, web: WebConfig | None, config_file: ConfigFile, stopping: threading.Event) -> None:
    """Everything that runs, begun in this order and ended in the other one."""
    with ExitStack() as stack:
        runtime = EmbeddedRuntime(app)
        runtime.start()
        stack.callback(runtime.stop)
        stack.enter_context(_told_by_hang_up(runtime.take_definitions))
        if web is not None:
            server = _listen(app, web)
            server.start()
            stack.callback(server.stop)
        stack.callback(end_pulse, app)
        log.note(logger, "run", "started", portals=len(app.portals))
        give_pulse(app)
        while not stopping.wait(PULSE_SPAN.total_seconds()):
            give_pulse(app)
            config_file.look()
        log.note(logger, "run", "stopping")


def _listen(app: App, web: WebConfig) -> WebServer:
    """The receiver of events; ConfigError if somebody has the port."""
    try:
        return WebServer(
            create_app(app), host=web.host, port=web.port, threads=web.threads, connections=web.connections
        )
    except OSError as error:
        raise ConfigError(
            f"{web.host}:{web.port} cannot be listened on ({error.strerror or error}): stop what has it, or "
            "give [web] another port"
        ) from None


def give_pulse(app: App) -> None:
    """Tell other processes how it goes; a store that is busy just now is no reason to stop."""
    try:
        _write_pulse(app)
    except StoreError as error:
        log.note(logger, "pulse", "failed", level=logging.WARNING, error=error)


def _write_pulse(app: App) -> None:
    engine = f"process {os.getpid()} on {socket.gethostname()}"
    now = app.clock.now()
    with app.database.write() as conn:
        for name, portal in app.portals.items():
            block = portal.client.block
            pulse.give(
                conn,
                name,
                Pulse(
                    at=now,
                    engine=engine,
                    since=app.started_at,
                    deliveries={outcome: n for (of, outcome), n in app.deliveries.items() if of == name},
                    share_used=portal.client.budget(),
                    requests_sent=portal.client.requests_sent,
                    blocked=f"{block.trouble.value}, {block.reason}" if block else "",
                    parked_methods=portal.client.throttle.parked_methods(),
                    run_time_used=portal.client.throttle.run_time_used(),
                ),
            )


def end_pulse(app: App) -> None:
    with app.database.write() as conn:
        for name in app.portals:
            pulse.end(conn, name)


@contextmanager
def _told_by_hang_up(take: Callable[[], None]) -> Iterator[None]:
    """SIGHUP says that edited definitions are finished; without such a signal they are only watched."""
    if not hasattr(signal, "SIGHUP"):
        yield
        return
    before = signal.signal(signal.SIGHUP, lambda number, frame: take())
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)
