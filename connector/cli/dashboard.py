"""`dashboard`: the pages alone, from what the store holds; the engine may run elsewhere, or not at all."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from connector import log
from connector.app import App
from connector.cli.invocation import Invocation, pass_invocation
from connector.cli.opening import open_app
from connector.cli.stopping import stopped_by_signals
from webhooks.dashboard.serving import open_dashboard


@click.command()
@click.option("--log-json", is_flag=True, help="Log lines as JSON.")
@click.option("--verbose", is_flag=True, help="Log more.")
@pass_invocation
def dashboard(invocation: Invocation, log_json: bool, verbose: bool) -> None:
    """Serve the dashboard without an engine, until stopped by Ctrl-C or SIGTERM.

    `run` serves it by itself. This is for looking at a store while no engine runs, or beside one that runs
    with --no-dashboard. Definitions are read when it starts.
    """
    log.configure(as_json=log_json, level=logging.DEBUG if verbose else logging.INFO)
    with stopped_by_signals(invocation.stopping), open_app(invocation) as app, served(app):
        wait_for_end(invocation.stopping)


@contextmanager
def served(app: App) -> Iterator[int]:
    """People can look while the block runs; gives the port."""
    server = open_dashboard(app)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def wait_for_end(stopping: threading.Event) -> None:
    """In short waits: a signal is only taken between them."""
    while not stopping.wait(1.0):
        continue
