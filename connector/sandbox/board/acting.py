"""What a person does in the browser, as a REST request of that person through the portal's door."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from connector.sandbox.exchange import PortalRequest
from connector.sandbox.kernel import Api
from connector.sandbox.portal import SandboxPortal


class Refused(Exception):
    """What was asked for was not done, or nobody knows whether it was; `text` says why, in words."""

    def __init__(self, text: str, code: str = "", method: str = "") -> None:
        super().__init__(text)
        self.text, self.code, self.method = text, code, method


def act(
    portal: SandboxPortal, user_id: int, method: str, params: Mapping[str, Any], *, api: Api = "v2"
) -> Any:
    """Call a method as that user and give its result; Refused carries the portal's own words.

    Each person counts as an address of their own: people in a browser use up none of what the limits leave
    to the programs of this machine.
    """
    address = "/rest/api" if api == "v3" else "/rest"
    request = PortalRequest(
        "POST",
        f"{address}/{user_id}/{portal.webhook_secret(user_id)}/{method}",
        headers={"content-type": "application/json"},
        body=json.dumps(params).encode(),
        source_ip=f"the browser of user {user_id}",
    )
    response = portal.handle(request)
    if response.is_cut or response.is_silent:
        raise Refused("The portal did not answer: it may or may not have been done.", method=method)
    try:
        body = json.loads(response.body)
    except ValueError:
        body = {}
    if not isinstance(body, dict) or "result" not in body:
        raise _refusal(body if isinstance(body, dict) else {}, response.status, method)
    return body["result"]


def _refusal(body: Mapping[str, Any], status: int, method: str) -> Refused:
    error = body.get("error")
    if isinstance(error, Mapping):
        texts = [str(each.get("message", "")) for each in error.get("validation", ())]
        text = "; ".join(texts) or str(error.get("message", ""))
        return Refused(text or str(error.get("code", "")), str(error.get("code", "")), method)
    text = str(body.get("error_description") or error or f"HTTP {status}")
    return Refused(text.replace("<br>", " ").strip(), str(error or ""), method)
