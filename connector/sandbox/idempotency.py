"""The Idempotency-Key header of v3: a successful write is remembered for a day and replayed.

Unique per credential, user and method; a failed call is not remembered; another body under the same key
is refused (api-reference/rest-v3.md#idempotency). v2 ignores the header.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connector.sandbox.commands import Command, run_command
from connector.sandbox.envelope import respond
from connector.sandbox.exchange import PortalResponse
from connector.sandbox.kernel import METHODS, v3_error

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Remembered:
    body: bytes
    response: PortalResponse
    until: datetime


@dataclass(slots=True)
class IdempotencyKeys:
    """The answers that this portal would replay."""

    remembered: dict[tuple[str, int, str, str], Remembered] = field(default_factory=dict)


def run(portal: SandboxPortal, command: Command) -> PortalResponse:
    """Run a v3 command, or replay the answer that its key has already got."""
    key = command.request.headers.get("idempotency-key")
    method = METHODS.get(("v3", command.method.lower()))
    if key is None or method is None or method.cost != "write":
        return respond(run_command(portal, command), "v3")
    if not 1 <= len(key) <= 255 or not (key.isascii() and key.isprintable()):
        raise v3_error("INVALIDIDEMPOTENCYKEYEXCEPTION", "Invalid idempotency key")
    kept = portal.part(IdempotencyKeys).remembered
    place = (command.credential.key, command.credential.user_id, method.name, key)
    found = kept.get(place)
    if found is not None and found.until > portal.now():
        if found.body != command.request.body:
            raise v3_error("IDEMPOTENCYKEYREUSEDEXCEPTION", "Idempotency key reused", 422)
        return _with_headers(found.response, {"Idempotency-Key": key, "Idempotent-Replayed": "true"})
    response = respond(run_command(portal, command), "v3")
    if response.status == 200:
        kept[place] = Remembered(command.request.body, response, portal.now() + KEPT)
    return _with_headers(response, {"Idempotency-Key": key})


def _with_headers(response: PortalResponse, headers: dict[str, str]) -> PortalResponse:
    return PortalResponse(response.status, response.body, {**response.headers, **headers})
