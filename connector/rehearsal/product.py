"""The product beside a sandbox portal: its own folder, configuration, database and receiver, in one thread.

Nothing is stood in for: events go through the real receiver, calls through the real client, rows into a real
SQLite file. Only time and the network are the rehearsal's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from connector.app import App, build_app
from connector.clock import VirtualClock
from connector.config import load_config
from connector.flow.portal import Portal
from connector.rehearsal.receivers import Receivers
from connector.sandbox.adapter import SandboxAdapter
from connector.sandbox.portal import SandboxPortal
from connector.store import Connection, Database, outbox, timers, views
from connector.store.views import Parked
from pipelines.world import PlayError
from webhooks import create_app

T = TypeVar("T")

#: The name of the portal in the configuration.
PORTAL = "sandbox"
RECEIVER = f"/bitrix24/{PORTAL}/events"
#: Rounds of events and work in answer to one line; more is no answer.
MOST_ROUNDS = 200
#: Time that passes between a change and the work on it: enough to keep the keys of signals apart, and so
#: little that all of a line happens within the second in which the portal writes it down.
MOMENT_SECONDS = 0.001
#: When nothing is left but commands that are put off, time passes in such steps.
PATIENCE_SECONDS = 1.0
#: The copy of the portal is made so long before the scenario begins.
COPY_SECONDS = 60.0


class Product:
    """The connector, started on a portal and a configuration."""

    def __init__(self, portal: SandboxPortal, clock: VirtualClock, template: Path) -> None:
        self.clock, self._portal = clock, portal
        self._folder = TemporaryDirectory(prefix="funnelwright-rehearsal-")
        self.folder = Path(self._folder.name)
        shutil.copy(template, self.folder / "store.db")
        self.receivers = Receivers()
        self._hook = portal.add_outgoing_webhook(f"https://funnelwright.test{RECEIVER}")
        self._app: App | None = None

    def start(self, files: dict[str, str], technical_user: int) -> None:
        """Write the configuration and what it names, copy the portal, and bind the pipelines as of now."""
        secrets = {"webhook": self._portal.webhook_url(technical_user), "token": self._hook.token}
        for name, text in (files | secrets).items():
            path = self.folder / name
            path.write_text(text, "utf-8")
            os.chmod(path, 0o600)
        config = load_config(self.folder / "config.toml")
        self._app = build_app(
            config,
            clock=self.clock,
            adapters={PORTAL: SandboxAdapter(self._portal)},
            outgoing=self.receivers,
        )
        self._app.start_writer()
        self._web = create_app(self._app).test_client()
        self._app.backfill(PORTAL)
        self._app.prepare()

    def close(self) -> None:
        """Give everything back; safe to call twice."""
        if self._app is not None:
            self._app.close()
            self._app = None
        self._folder.cleanup()

    @property
    def app(self) -> App:
        assert self._app is not None, "start comes first"
        return self._app

    @property
    def portal(self) -> Portal:
        """The portal as the steps of the flow know it."""
        return self.app.portals[PORTAL]

    def read(self) -> AbstractContextManager[Connection]:
        return self.app.database.read()

    def write(self) -> AbstractContextManager[Connection]:
        return self.app.database.write()

    def ask(self, question: Callable[[Connection], T]) -> T:
        """The answer of the store to one question."""
        with self.read() as conn:
            return question(conn)

    # --- time passes

    def settle(self) -> None:
        """Events arrive and are worked on until neither the portal nor the product has anything to say."""
        for _ in range(MOST_ROUNDS):
            self.clock.advance(MOMENT_SECONDS)
            if self._deliver() + self.app.work(PORTAL):
                continue
            if not self._waits() or self.parked():
                return
            self.clock.advance(PATIENCE_SECONDS)
        raise PlayError("an end", f"none after {MOST_ROUNDS} rounds of events and work")

    def pass_until(self, until: datetime) -> None:
        """Time passes; what falls due on the way is done at its time, and each time the portal is asked."""
        while (due := self.ask(lambda conn: timers.next_due_at(conn, PORTAL))) is not None and due < until:
            self._go_to(due)
        self._go_to(until)

    def _go_to(self, at: datetime) -> None:
        self.clock.advance(max((at - self.clock.now()).total_seconds(), 0.0))
        self.app.reconcile_moves(PORTAL)
        self.app.reconcile_items(PORTAL)
        self.settle()

    def _deliver(self) -> int:
        """The portal hands over its events; they go through the receiver."""

        def send(url: str, body: bytes) -> None:
            answer = self._web.post(RECEIVER, data=body, content_type="application/x-www-form-urlencoded")
            if answer.status_code != 200:
                raise PlayError("the receiver to take an event", f"{answer.status_code}")

        return self._portal.deliver(send)

    def _waits(self) -> bool:
        """Whether a command is still to be sent, or its outcome to be found out."""
        counts = self.ask(lambda conn: outbox.counts(conn, PORTAL))
        return any(counts.get(state) for state in (outbox.State.PENDING, outbox.State.UNKNOWN))

    def parked(self) -> Sequence[Parked]:
        """What waits for a person to decide."""
        return self.ask(lambda conn: views.parked(conn, PORTAL))


def make_template(folder: Path) -> Path:
    """An empty database of this version, to be copied: migrating takes longer than most scenarios."""
    path = folder / "template.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path
