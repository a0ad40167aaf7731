"""From a hint to the task in the CRM: how long, and how many requests.

    python -m tests.benchmarks.bench_flow [--latency 0.1] [--items 40] [--storm 2000] [--check]

The product with its real runtime, clock and SQLite store beside a sandbox portal in the same process, every
request of which takes `--latency` seconds; hints go through the receiver. Three parts: one new deal after the
other (idle), one a second (steady), and a storm in which many deals are changed, each several times.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from connector.app import App, build_app
from connector.clock import SystemClock
from connector.config import load_config
from connector.records import DEAL, ItemRef
from connector.runtime.embedded import EmbeddedRuntime
from connector.sandbox.adapter import SandboxAdapter
from connector.sandbox.portal import SandboxPortal
from connector.store import inbox
from tests.connector.flow.workshop import CONFIG, NEW, PIPELINE, SALE
from webhooks import create_app

#: What is aimed at: seconds from the hint to the task, and requests for each changed item.
AIM_P50, AIM_P99 = 2.0, 15.0
AIM_IDLE, AIM_STORM = 2.0, 0.1
EVENTS = "/bitrix24/main/events"


class Distant(SandboxAdapter):
    """The portal, so far away; counts what is asked of it."""

    latency = 0.0
    requests = 0

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.requests += 1
        time.sleep(self.latency)
        return super().send(request, *args, **kwargs)


class Bench:
    """The product at work, and what reps do."""

    def __init__(self, app: App, sandbox: SandboxPortal, adapter: Distant) -> None:
        self.app, self.sandbox, self.adapter = app, sandbox, adapter
        self._web = create_app(app).test_client()

    def deliver(self) -> None:
        """The portal's events, through the receiver; returns when each is on disk."""

        def send(url: str, body: bytes) -> None:
            answer = self._web.post(EVENTS, data=body, content_type="application/x-www-form-urlencoded")
            assert answer.status_code == 200

        self.sandbox.deliver(send)

    def new_deal(self) -> ItemRef:
        deal = self.sandbox.deal(stage=NEW, TITLE="Acme", ASSIGNED_BY_ID=5)
        self.deliver()
        return ItemRef(DEAL, deal.id)

    def await_task(self, deal: ItemRef) -> None:
        self.until(lambda: bool(list(self.sandbox.tasks_of(deal))))

    def until(self, is_so: Any) -> None:
        end = time.monotonic() + 120
        while not is_so():
            if time.monotonic() > end:
                raise TimeoutError("not within two minutes")
            time.sleep(0.005)

    def is_quiet(self) -> bool:
        with self.app.database.read() as conn:
            return not inbox.pending(conn, "main", self.app.clock.now(), 1)


@contextlib.contextmanager
def bench(latency: float) -> Iterator[Bench]:
    """The product beside a portal, copied, running."""
    with tempfile.TemporaryDirectory() as name:
        folder, clock = Path(name), SystemClock()
        sandbox = SandboxPortal(clock=clock)
        hook = sandbox.add_outgoing_webhook(f"http://bench{EVENTS}")
        adapter = Distant(sandbox)
        texts = {
            "sale.toml": PIPELINE,
            "database": f"sqlite:///{folder / 'store.db'}",
            "webhook": sandbox.webhook_url(),
            "token": hook.token,
            "config.toml": CONFIG.format(
                member_id=sandbox.member_id, domain=sandbox.domain, writes_per_run=100_000, language="en"
            )
            + SALE.replace("MODE", "live"),
        }
        for file, text in texts.items():
            (folder / file).write_text(text)
            os.chmod(folder / file, 0o600)
        app = build_app(load_config(folder / "config.toml"), clock=clock, adapters={"main": adapter})
        app.backfill("main")
        runtime = EmbeddedRuntime(app)
        runtime.start()
        adapter.latency = latency
        time.sleep(3)  # what is done at every start
        try:
            yield Bench(app, sandbox, adapter)
        finally:
            runtime.stop()


def idle(on: Bench, items: int) -> tuple[list[float], float]:
    """One deal after the other: seconds to the task of each, and requests for each."""
    spans = []
    before = on.adapter.requests
    for _ in range(items):
        deal = on.new_deal()
        start = time.monotonic()
        on.await_task(deal)
        spans.append(time.monotonic() - start)
        on.until(on.is_quiet)
    return spans, (on.adapter.requests - before) / items


def steady(on: Bench, items: int) -> list[float]:
    """A deal each second, whether or not the last one has its task."""
    begun: dict[ItemRef, float] = {}
    spans: dict[ItemRef, float] = {}
    next_at = time.monotonic()
    while len(spans) < items:
        if len(begun) < items and time.monotonic() >= next_at:
            begun[on.new_deal()] = time.monotonic()
            next_at += 1.0
        for deal, start in begun.items():
            if deal not in spans and list(on.sandbox.tasks_of(deal)):
                spans[deal] = time.monotonic() - start
        time.sleep(0.005)
    return list(spans.values())


def storm(on: Bench, items: int) -> tuple[float, float]:
    """Many deals changed five times each, all at once: seconds until all is read, requests for each deal."""
    deals = [on.sandbox.deal(stage="C2:NEW", TITLE=f"Deal {number}") for number in range(items)]
    on.deliver()
    on.until(on.is_quiet)
    before, start = on.adapter.requests, time.monotonic()
    for number in range(5):
        for deal in deals:
            on.sandbox.edit(ItemRef(DEAL, deal.id), TITLE=f"Deal {deal.id}, {number}")
    on.deliver()
    on.until(on.is_quiet)
    return time.monotonic() - start, (on.adapter.requests - before) / items


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--latency", type=float, default=0.1, help="seconds that each request takes")
    parser.add_argument("--items", type=int, default=40, help="deals of the first two parts")
    parser.add_argument("--storm", type=int, default=2_000, help="deals of the storm")
    parser.add_argument("--check", action="store_true", help="fail if an aim is missed")
    options = parser.parse_args()
    with bench(options.latency) as on:
        alone, each_idle = idle(on, options.items)
        apace = steady(on, options.items)
        seconds, each_stormed = storm(on, options.storm)
    aims = {
        "idle: hint to task, p50": (statistics.median(alone), AIM_P50, "s"),
        "idle: requests for each deal": (each_idle, AIM_IDLE, ""),
        "one a second: hint to task, p99": (max(statistics.quantiles(apace, n=100)), AIM_P99, "s"),
        f"storm: requests for each of {options.storm:,} deals": (each_stormed, AIM_STORM, ""),
    }
    for what, (value, aim, unit) in aims.items():
        print(f"{what:<46}{value:>8.3f} {unit:<2} (aim {aim:g})")
    print(f"storm: {options.storm * 5:,} changes received and read back in {seconds:.1f} s")
    missed = [what for what, (value, aim, _) in aims.items() if value > aim]
    if missed and options.check:
        print(f"missed: {'; '.join(missed)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
