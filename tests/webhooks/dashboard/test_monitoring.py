"""What machines ask: alive, ready, and figures that Prometheus can read."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from connector.cli.run import give_pulse
from connector.secrets import SecretRef
from tests.connector.flow.workshop import Workshop
from tests.webhooks.dashboard.test_guards import Elsewhere
from tests.webhooks.dashboard.visitor import Visitor
from webhooks.dashboard import create_dashboard


def figures(page: str) -> dict[tuple[str, ...], float]:
    """Every figure by its name and the values of its labels, in the order of the labels' names."""
    return {
        (sample.name.removeprefix("funnelwright_"), *(value for _, value in sorted(sample.labels.items()))): (
            sample.value
        )
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_it_is_alive_before_it_is_ready(stranger: Visitor, workshop: Workshop) -> None:
    assert stranger.open("/healthz") == "ok"
    assert stranger.open("/readyz") == "no engine is running"
    assert stranger.status == 503
    give_pulse(workshop.app)
    assert stranger.open("/readyz") == "ready"
    assert stranger.status == 200


def test_metrics_tell_what_the_store_knows(stranger: Visitor, workshop: Workshop) -> None:
    workshop.sandbox.faults.refuse("ERROR_CORE", "no", method="tasks.task.add")
    workshop.deal()
    workshop.app.reconcile_items("main")
    give_pulse(workshop.app)
    workshop.clock.advance(5)
    stranger.open("/metrics")
    found = figures(stranger.page)
    assert found["engine_up", "main"] == 1
    assert found["parked", "main", "command"] == 1
    assert found["outbox_rows", "main", "parked"] == 1
    assert found["poll_lag_seconds", "2", "items", "main"] == 5
    assert found["deliveries_total", "received", "main"] == found["deliveries_total", "accepted", "main"] > 0
    before = found["journal_lines_total", "main"]
    workshop.deal()
    stranger.open("/metrics")
    assert figures(stranger.page)["journal_lines_total", "main"] > before


def test_metrics_are_for_this_machine_or_for_who_shows_the_token(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(sender: str, token: str = "", **config: object) -> int:
        client = create_dashboard(Elsewhere(workshop, **config)).test_client()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": sender}).status_code

    assert ask("127.0.0.1") == 200
    assert ask("127.0.0.1", address="https://funnel.example") == 401
    assert ask("203.0.113.9", host="0.0.0.0") == 401
    monkeypatch.setitem(os.environ, "METRICS_TOKEN", "a-long-token")
    secret = SecretRef("env:METRICS_TOKEN", workshop.folder)
    assert ask("203.0.113.9", "a-long-token", host="0.0.0.0", metrics_token=secret) == 200
    assert ask("203.0.113.9", "another-token", host="0.0.0.0", metrics_token=secret) == 401
    assert ask("127.0.0.1", metrics_token=secret) == 401


def test_the_documentation_has_every_metric(stranger: Visitor, workshop: Workshop) -> None:
    give_pulse(workshop.app)
    stranger.open("/metrics")
    page = (Path(__file__).parents[3] / "docs" / "dashboard.md").read_text()
    documented = {
        name
        for row in re.findall(r"^\| (`[^|]*) \| (?:gauge|counter) \|", page, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    named = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(stranger.page)
    }
    assert {name.removeprefix("funnelwright_") for name in named} == documented
