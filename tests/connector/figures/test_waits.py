"""What an open item waits for: our own work, the customer, or an approval."""

from __future__ import annotations

import pytest

from connector.reports.figures.waits import kind_of
from pipelines.engine.process import Run
from pipelines.loader import load_text
from tests.connector.figures.histories import DAY, NOW

DEFINITION = load_text(
    """
id = "sale"
title = "Sale"
entity = "deal"

[[stages]]
id = "new"

[[stages.steps]]
id = "call"
task = { title = "Call" }

[[stages.steps]]
id = "paid"
limit = "5 days"
wait = { for = "signal:paid" }

[[stages.steps]]
id = "called"
limit = "5 days"
wait = { for = "step:call" }

[[stages]]
id = "won"
status = "won"
""",
    "sale.toml",
)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"kind": "task"}, "ours"),
        ({"kind": "task", "state": "later"}, "customer"),
        ({"kind": "task", "postponed_until": NOW + DAY}, "customer"),
        ({"kind": "task", "postponed_until": NOW - DAY}, "ours"),
        ({"kind": "missing", "state": "missing"}, "ours"),
        ({"kind": "approve"}, "approval"),
        ({"kind": "wait", "step": "paid"}, "customer"),
        ({"kind": "wait", "step": "called"}, "ours"),
    ],
)
def test_what_is_open_says_who_is_waited_for(changes: dict[str, object], kind: str) -> None:
    plain = {"key": "1/call/1", "step": "call", "kind": "task", "state": "open", "opened_at": NOW}
    assert kind_of(DEFINITION, Run(**{**plain, **changes}), NOW) == kind  # type: ignore[arg-type]
