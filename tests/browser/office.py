"""An office to look at: a portal with a year behind it, the product beside it, and three weeks of work done.

Everything is real and in this process: the portal and its board on a socket, events through the receiver,
the embedded runtime, the dashboard on its own listener. Only time is ours: weeks pass in seconds, then the
clock runs on from one fixed afternoon, so that pictures of two days are alike.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connector import users as accounts
from connector.app import App, build_app
from connector.cli.demo.configuration import PORTAL, configure
from connector.cli.demo.sandbox_process import free_port
from connector.cli.run import end_pulse, give_pulse
from connector.cli.sandbox import describe
from connector.clock import SystemClock
from connector.config import load_config
from connector.flow import adopt
from connector.records import ItemRef
from connector.runtime.embedded import EmbeddedRuntime
from connector.sandbox.adapter import SandboxAdapter
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.server import serve
from connector.store import users, views
from connector.store.users import Role
from tests.browser.story import Story
from webhooks import WebServer, create_app
from webhooks.dashboard.serving import open_dashboard

#: Thursday, three in the afternoon in Moscow: what people see as now.
PRESENT = datetime(2026, 3, 12, 12, tzinfo=UTC)
BEGINNING = PRESENT - timedelta(days=23, hours=6)
PIPELINES = ("simple_sale", "incoming_leads", "corporate_sale", "meetings", "contract_approval")
SEEDED_DEALS = 260
ADOPTED = 14
PASSWORD = "correct horse battery staple"
PATIENCE_SECONDS = 30.0


class OfficeClock:
    """Stands still while the story is told, and runs from then on."""

    def __init__(self, start: datetime) -> None:
        self._at = start
        self._since: float | None = None
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            passed = 0.0 if self._since is None else time.monotonic() - self._since
            return self._at + timedelta(seconds=passed)

    def monotonic(self) -> float:
        return (self.now() - BEGINNING).total_seconds()

    def sleep(self, seconds: float) -> None:
        if self._since is None:
            self.advance(max(seconds, 0.0))
        else:
            time.sleep(max(seconds, 0.0))

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._at += timedelta(seconds=seconds)

    def run(self) -> None:
        """From now on it goes like every clock."""
        with self._lock:
            self._since = time.monotonic()


class Office:
    """The portal, the product and the addresses where people see both."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.folder, self.clock = folder, OfficeClock(BEGINNING)
        self.sandbox = SandboxPortal(clock=self.clock, seed=seed)
        self.sandbox.seed(SEEDED_DEALS)
        self._receiver_port, self._portal_port = free_port(), free_port()
        self._events_url = f"http://127.0.0.1:{self._receiver_port}/bitrix24/{PORTAL}/events"
        self.sandbox.add_outgoing_webhook(self._events_url)
        self.app = self._open()
        self._add_users()
        self.dashboard_url = self.board_url = ""
        #: Records of the story, by what became of them.
        self.cards: dict[str, ItemRef] = {}

    def _open(self) -> App:
        """Write the configuration that the demo writes, and open the product on it."""
        with serve(self.sandbox, port=self._portal_port):
            configure(self.folder, describe(self.sandbox), self._receiver_port, PIPELINES, SystemClock())
        config = self.folder / "config.toml"
        text = config.read_text().replace(
            f"[portals.{PORTAL}]", f'[portals.{PORTAL}]\ncall_cap = "5 seconds"', 1
        )
        if "[dashboard]" not in text:
            text = "[dashboard]\n\n" + text
        text = _with_port(text, free_port())
        config.write_text(text)
        app = build_app(
            load_config(config), clock=self.clock, adapters={PORTAL: SandboxAdapter(self.sandbox)}
        )
        app.start_writer()
        app.backfill(PORTAL)
        app.prepare()
        return app

    def _add_users(self) -> None:
        secret = accounts.hash_password(PASSWORD)
        with self.app.database.write() as conn:
            for role in Role:
                users.add(conn, role.value, role, self.clock.now(), "office")
                users.set_password(conn, role.value, secret)

    # --- while the story is told ----------------------------------------------------------------------------

    def tell(self) -> None:
        """Three weeks of work, until the present."""
        self._adopt()
        Story(self).tell()
        self.pass_time((PRESENT - self.clock.now()).total_seconds())
        self.app.reconcile_items(PORTAL)
        self.settle()

    def _adopt(self) -> None:
        portal = self.app.portals[PORTAL]
        binding = portal.bindings["simple_sale"]
        with self.app.database.write() as conn:
            found = list(adopt.candidates(conn, portal, binding, limit=ADOPTED))
            adopt.adopt(conn, portal, binding, [each.item for each in found], self.clock.now())
        self.settle()

    def settle(self) -> None:
        """Events arrive and are worked on until the portal and the product have nothing more to say."""
        web = create_app(self.app).test_client()

        def send(url: str, body: bytes) -> None:
            form = "application/x-www-form-urlencoded"
            answer = web.post(f"/bitrix24/{PORTAL}/events", data=body, content_type=form)
            assert answer.status_code == 200, answer.get_data(as_text=True)

        for _ in range(60):
            self.clock.advance(1)
            if not self.sandbox.deliver(send) + self.app.work(PORTAL):
                return
        raise AssertionError("it does not settle")

    def pass_time(self, seconds: float) -> None:
        """Time passes, a day at a time, with the polls that fall due."""
        end = self.clock.now() + timedelta(seconds=seconds)
        while (left := (end - self.clock.now()).total_seconds()) > 60:
            self.clock.advance(min(left - 30, 24 * 3600.0))
            self.app.reconcile_moves(PORTAL)
            while self.app.make_reports(PORTAL):
                pass
            self.settle()

    # --- afterwards -----------------------------------------------------------------------------------------

    @contextmanager
    def opened(self) -> Iterator[Office]:
        """Everything listens and runs, as `sandbox` and `run` have it."""
        self.app.close()
        config = load_config(self.folder / "config.toml")
        self.app = build_app(config, clock=self.clock, adapters={PORTAL: SandboxAdapter(self.sandbox)})
        self.clock.run()
        with ExitStack() as stack:
            portal = stack.enter_context(serve(self.sandbox, port=self._portal_port))
            runtime = EmbeddedRuntime(self.app)
            runtime.start()
            stack.callback(runtime.stop)
            receiver = WebServer(
                create_app(self.app), host="127.0.0.1", port=self._receiver_port, threads=4, connections=50
            )
            receiver.start()
            stack.callback(receiver.stop)
            dashboard = open_dashboard(self.app)
            dashboard.start()
            stack.callback(dashboard.stop)
            give_pulse(self.app)
            stack.callback(end_pulse, self.app)
            self.dashboard_url = f"http://127.0.0.1:{dashboard.port}"
            self.board_url = portal.board_url
            yield self

    # --- what tests ask -------------------------------------------------------------------------------------

    def page(self, path: str) -> str:
        """The address of a page of the portal."""
        return f"{self.dashboard_url}/portals/{PORTAL}/{path}"

    def parked(self) -> list[str]:
        """Keys of the commands that wait for a person."""
        with self.app.database.read() as conn:
            return [each.key for each in views.parked(conn, PORTAL)]

    def until(self, what: str, look: Any) -> None:
        """Wait for something to become true; how long it takes does not matter, that it comes does."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not look():
            assert time.monotonic() < end, f"{what}: not within {PATIENCE_SECONDS:.0f} s"
            time.sleep(0.05)


def _with_port(text: str, port: int) -> str:
    """The dashboard on a free port, whatever the demo writes."""
    head, _, rest = text.partition("[dashboard]\n")
    first, _, tail = rest.partition("\n")
    kept = "" if first.startswith("port") else first + "\n"
    return f"{head}[dashboard]\nport = {port}\n{kept}{tail}"
