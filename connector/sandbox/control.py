"""The switches from outside: `/sandbox/faults`, for tests that run the portal as a process of its own.

Whoever knows the administrator's webhook secret may use it, as `Authorization: Bearer <secret>`. GET
tells what is armed and what has struck; POST takes one switch in JSON, such as `{"kind": "lost_answer",
"method": "tasks.task.add", "times": 2}`, `{"events": {"lost": 0.1}}`, `{"chances": {"page": 0.05}}` or
`{"clear": true}` (see `faults.Fault`).
"""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict
from typing import Any

from connector.sandbox.exchange import PortalRequest, PortalResponse
from connector.sandbox.portal import SandboxPortal

PATH = "/sandbox/faults"


def answer(portal: SandboxPortal, request: PortalRequest) -> PortalResponse:
    """Show or throw the switches of a portal."""
    secret = portal.webhook_secret(portal.people.admin_id)
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        return _say(403, {"error": "the administrator's webhook secret is needed"})
    if request.verb == "POST":
        try:
            switch = json.loads(request.body)
            with portal.lock:
                portal.faults.arm_from(switch)
        except (ValueError, TypeError) as error:
            return _say(400, {"error": str(error)})
    return _say(200, _state(portal))


def _state(portal: SandboxPortal) -> dict[str, Any]:
    with portal.lock:
        return {
            "armed": [asdict(fault) for fault in portal.faults.armed],
            "chances": asdict(portal.faults.chances),
            "events": asdict(portal.faults.events),
            "struck": dict(portal.faults.struck),
            "events_raised": portal.events.raised,
            "events_waiting": len(portal.events.waiting),
            "events_lost": portal.events.lost,
            "events_failed": portal.events.failed,
        }


def _say(status: int, body: Any) -> PortalResponse:
    return PortalResponse(status, json.dumps(body).encode())
