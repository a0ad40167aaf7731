"""How the tests of the sandbox ask a portal: one REST call through its door, as some user, over v2 or v3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.sandbox.exchange import PortalRequest
from connector.sandbox.portal import SandboxPortal

#: Of the company that every portal has: the director, the head of a region, a rep of hers, a marketer.
ADMIN, BOSS, REP, OTHER = 1, 3, 5, 15


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def result(self) -> Any:
        assert "error" not in self.body, self.body
        return self.body["result"]

    @property
    def refusal(self) -> tuple[int, str]:
        """(HTTP status, error code); of a v3 error the code without its prefix."""
        error = self.body["error"]
        code = error["code"].removeprefix("BITRIX_REST_V3_EXCEPTION_") if isinstance(error, dict) else error
        return self.status, code


def ask(
    portal: SandboxPortal,
    method: str,
    params: Any = None,
    *,
    by: int = ADMIN,
    api: str = "v2",
    headers: Mapping[str, str] | None = None,
    token: str = "",
    is_secure: bool = True,
) -> Reply:
    """Call `method` with the inbound webhook of user `by`, or with an application's access token."""
    path = f"/rest/{'api/' if api == 'v3' else ''}"
    path += f"{method}?auth={token}" if token else f"{by}/{portal.webhook_secret(by)}/{method}"
    path, _, query = path.partition("?")
    body = json.dumps({} if params is None else params).encode()
    sent = {"content-type": "application/json", **(headers or {})}
    request = PortalRequest("POST", path, query, headers=sent, body=body, is_secure=is_secure)
    response = portal.handle(request)
    return Reply(response.status, json.loads(response.body), response.headers)


def events_of(portal: SandboxPortal) -> list[tuple[str, dict[str, Any]]]:
    """Everything that the portal tells from now on, as (name, data), filled while it happens."""
    told: list[tuple[str, dict[str, Any]]] = []
    portal.events.listeners.append(lambda happening: told.append((happening.name, dict(happening.data))))
    return told
