"""From an HTTP request to its answer: the faults on the way, the address, the credential, the rate limit."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connector.sandbox import authorisation, batch, idempotency
from connector.sandbox.commands import Command, run_command
from connector.sandbox.encoding import write_json
from connector.sandbox.envelope import error_body, refuse, respond
from connector.sandbox.exchange import PortalRequest, PortalResponse, UnreadableBody
from connector.sandbox.faults import Fault
from connector.sandbox.kernel import Api, RestError, v3_error

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

_WEBHOOK = re.compile(r"/rest/(?:api/)?(?P<user>\d+)/(?P<secret>[^/]+)/(?P<method>[^/]+?)(\.json)?/?")
_TOKEN = re.compile(r"/rest/(?:api/)?(?P<method>[^/]+?)(\.json)?/?")


def handle(portal: SandboxPortal, request: PortalRequest) -> PortalResponse:
    """Answer one HTTP request to `/rest/…`, with everything that the portal's switches do to it."""
    with portal.lock:
        portal.run_late_requests()
        faults = portal.faults
        fault = None if faults.are_off else faults.strike_request(names := _method_names(request))
        if fault is not None and fault.kind == "half_run":
            request = replace(request, stops_before=faults.random.randrange(len(names)))
    if fault is not None and (response := _before_running(portal, request, fault)) is not None:
        return response
    response = answer(portal, request)
    if fault is None or fault.kind == "late_commit":
        return response
    if fault.kind == "slow":
        portal.clock.sleep(fault.seconds)
        return response
    is_cut = fault.kind in ("lost_answer", "half_run")
    return PortalResponse(is_cut=True) if is_cut else _faulty(fault, _api_of(request))


def _before_running(portal: SandboxPortal, request: PortalRequest, fault: Fault) -> PortalResponse | None:
    """What a fault makes of a request that has not run yet; None: let it run."""
    if fault.kind == "lost_request":
        return PortalResponse(is_cut=True)
    if fault.kind == "answer" and not fault.is_committed:
        return _faulty(fault, _api_of(request))
    if fault.kind == "late_commit":
        if request.patience is not None and request.patience < fault.seconds:
            portal.run_later(request, fault.seconds)
            portal.clock.sleep(request.patience)
            return PortalResponse(is_silent=True)
        portal.clock.sleep(fault.seconds)
    return None


def _faulty(fault: Fault, api: Api) -> PortalResponse:
    if fault.body or not fault.code:
        headers = {"Content-Type": "text/html; charset=utf-8", **fault.headers}
        return PortalResponse(fault.status, fault.body.encode(), headers)
    body = write_json(error_body(RestError(fault.code, fault.description, fault.status), api))
    return PortalResponse(
        fault.status, body, {"Content-Type": "application/json; charset=utf-8", **fault.headers}
    )


def _method_names(request: PortalRequest) -> list[str]:
    """Every method that a request would run, for the faults: its own, and those inside a batch."""
    address = _WEBHOOK.fullmatch(request.path) or _TOKEN.fullmatch(request.path)
    if address is None:
        return []
    name = address["method"].lower()
    if name != "batch":
        return [name]
    try:
        return [name, *batch.method_names(request)]
    except UnreadableBody:
        return [name]


def _api_of(request: PortalRequest) -> Api:
    return "v3" if request.path.startswith("/rest/api/") else "v2"


def answer(portal: SandboxPortal, request: PortalRequest) -> PortalResponse:
    """Answer a request without the faults between client and portal."""
    api = _api_of(request)
    try:
        with portal.lock:
            if not portal.limits.admits(request.source_ip, portal.now()):
                raise RestError("QUERY_LIMIT_EXCEEDED", "Too many requests", 503)
            if request.path == authorisation.PATH:
                return authorisation.answer(portal, request)
            command = _understand(portal, request, api)
        if command.is_batch:
            return batch.run(portal, command)
        if command.api == "v3":
            return idempotency.run(portal, command)
        return respond(run_command(portal, command), api)
    except RestError as error:
        return refuse(error, api)


def _understand(portal: SandboxPortal, request: PortalRequest, api: Api) -> Command:
    """Read the address and the parameters; RestError when either cannot be used."""
    if portal.is_https_required and not request.is_secure:
        raise RestError("INVALID_REQUEST", "Https required.")
    address = _WEBHOOK.fullmatch(request.path)
    params = _params(request, api)
    if address is not None:
        credential = portal.credential(int(address["user"]), address["secret"])
    else:
        address = _TOKEN.fullmatch(request.path)
        if address is None:
            raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        token = params.pop("auth", None) if isinstance(params, dict) else None
        credential = portal.app_credential(str(token or ""))
    return Command(address["method"], params, api, credential, request)


def _params(request: PortalRequest, api: Api) -> Any:
    """v2 merges query and body; v3 reads a JSON body and nothing else (api-reference/rest-v3.md)."""
    if api == "v3":
        if request.body and request.content_type != "application/json":
            raise v3_error("INVALIDJSONEXCEPTION", "Invalid JSON")
        try:
            return request.body_params()
        except UnreadableBody:
            raise v3_error("INVALIDJSONEXCEPTION", "Invalid JSON") from None
    try:
        body = request.body_params()
    except UnreadableBody:
        body = {}
    if isinstance(body, list):
        body = {str(place): each for place, each in enumerate(body)}
    return {**request.query_params(), **(body if isinstance(body, dict) else {})}
