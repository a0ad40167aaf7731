"""One REST command: found, admitted, run under the portal's lock, charged and timed.

What `--latency` adds is slept outside of the lock, so that requests on other connections go on meanwhile,
as they do in the cloud.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connector.sandbox.envelope import Answer, Timing
from connector.sandbox.exchange import PortalRequest
from connector.sandbox.kernel import METHODS, Api, Call, Credential, Method, RestError, v3_error

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

log = logging.getLogger(__name__)

#: The cloud cuts a request after a minute; what has run by then has run (limits.md).
WALL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Command:
    """A request that has been understood: whose it is, and what it asks for."""

    method: str
    params: Any
    api: Api
    credential: Credential
    request: PortalRequest

    @property
    def is_batch(self) -> bool:
        return self.method.lower() == "batch"


def run_command(portal: SandboxPortal, command: Command, *, in_batch: bool = False) -> Answer:
    """Run one command, charge its method and time it; what it refuses is in `Answer.error`."""
    started_at = portal.now()
    try:
        with portal.lock:
            method = _admit(portal, command, in_batch=in_batch)
            portal.writes += method.cost == "write"
            result = _run(portal, command, method, in_batch=in_batch)
            seconds = portal.prices.of(method.cost, result)
            budget = portal.limits.budget(command.credential.key, method.name.lower())
            budget.charge(started_at, max(seconds, portal.prices.least_operating_seconds))
            operating, reset_at = budget.used(started_at), budget.reset_at(started_at)
    except RestError as error:
        return Answer(error=error)
    except Exception:
        log.exception("a method of the sandbox broke", extra={"action": "sandbox-broke"})
        return Answer(error=RestError("INTERNAL_SERVER_ERROR", "Internal server error", 500))
    portal.clock.sleep(seconds)
    timing = Timing(started_at, portal.now(), seconds, operating, reset_at)
    return Answer.of(result, timing.written(portal.zone))


def _run(portal: SandboxPortal, command: Command, method: Method, *, in_batch: bool) -> Any:
    params = command.params if isinstance(command.params, Mapping) else {}
    headers = command.request.headers
    call = Call(portal, method.name.lower(), params, command.api, command.credential, headers, in_batch)
    portal.events.source = str(params.get("auth_connector") or "")
    try:
        return method.run(call)
    finally:
        portal.events.source = ""


def _admit(portal: SandboxPortal, command: Command, *, in_batch: bool) -> Method:
    """The method that a command names, if the credential may call it now."""
    method = METHODS.get((command.api, command.method.lower()))
    if method is None:
        if command.api == "v3":
            raise v3_error("METHODNOTFOUNDEXCEPTION", f"Method `{command.method}` not found", 404)
        raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
    if in_batch and not method.is_batchable:
        raise RestError("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage", 405)
    _check_rights(portal, command, method, in_batch=in_batch)
    fault = portal.faults.strike_command(method.name)
    if fault is not None:
        raise RestError(fault.code, fault.description, fault.status)
    budget = portal.limits.budget(command.credential.key, method.name.lower())
    if portal.limits.is_spent(budget, portal.now()):
        raise RestError("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.", 429)
    return method


def _check_rights(portal: SandboxPortal, command: Command, method: Method, *, in_batch: bool) -> None:
    credential = command.credential
    if not credential.has_scope(method.scope):
        if command.api == "v3":
            raise v3_error("INSUFFICIENTSCOPEEXCEPTION", "Insufficient scope", 403)
        text = "" if in_batch else "The request requires higher privileges than provided by the access token"
        raise RestError("insufficient_scope", text, 403)
    if method.is_app_only and credential.kind != "app":
        raise RestError(
            "WRONG_AUTH_TYPE",
            "Current authorization type is denied for this method Application context required",
            403,
        )
    user = portal.people.get(credential.user_id)
    if method.is_admin_only and not (user and user.is_admin):
        raise RestError("ACCESS_DENIED", "Access denied!", 403)


def wall_is_hit(portal: SandboxPortal, started_at: datetime) -> bool:
    """Whether a request that began then has used up the minute that the cloud gives it."""
    return (portal.now() - started_at).total_seconds() >= WALL_SECONDS
