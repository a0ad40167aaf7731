"""The authorisation server, as far as an application's background work needs it: tokens renewed.

In the cloud it is a host of its own; here it listens at the portal's address. Only
`grant_type=refresh_token`: the other grants begin in a browser (settings/oauth/auto-renewal.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.sandbox.encoding import write_json
from connector.sandbox.exchange import PortalRequest, PortalResponse, UnreadableBody
from connector.sandbox.kernel import RestError

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

PATH = "/oauth/token/"


def answer(portal: SandboxPortal, request: PortalRequest) -> PortalResponse:
    """A new pair of tokens for a refresh token, which works once; RestError invalid_grant and its like."""
    try:
        body = request.body_params()
    except UnreadableBody:
        body = {}
    given = {**request.query_params(), **(body if isinstance(body, dict) else {})}
    if given.get("grant_type") != "refresh_token":
        raise RestError("invalid_request", "Only grant_type=refresh_token is served here")
    token = portal.applications.refresh(
        str(given.get("client_id", "")),
        str(given.get("client_secret", "")),
        str(given.get("refresh_token", "")),
    )
    expires_in = int((token.expires_at - portal.now()).total_seconds())
    pair = {
        "access_token": token.access,
        "refresh_token": token.refresh,
        "expires_in": expires_in,
        "expires": int(token.expires_at.timestamp()),
        "user_id": token.user_id,
        "status": "L",
        "scope": portal.applications.scope_text(token.client_id),
    }
    identity = {**portal.identity(), "domain": "oauth.bitrix.info"}
    return PortalResponse(200, write_json({**pair, **identity}))
