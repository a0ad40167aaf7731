"""The portal in this process: a transport adapter to mount on a `requests` session.

    session.mount(portal.base_url, SandboxAdapter(portal))

With a virtual clock nothing waits: a slow answer moves the clock on, and a client whose read timeout it
exceeds gets the `ReadTimeout` that it would get from the network.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.response import HTTPResponse

from connector.sandbox.exchange import PortalRequest, PortalResponse
from connector.sandbox.portal import SandboxPortal

Timeout = float | tuple[float | None, float | None] | None


class SandboxAdapter(BaseAdapter):
    """Carries requests to a portal in this process; `source_ip` is what the portal's rate limit sees."""

    def __init__(self, portal: SandboxPortal, *, source_ip: str = "127.0.0.1") -> None:
        super().__init__()
        self._portal = portal
        self._source_ip = source_ip
        self._http = HTTPAdapter()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Timeout = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Hand a request to the portal; ConnectionError or ReadTimeout where a network would give one."""
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        started = self._portal.clock.monotonic()
        response = self._portal.handle(self._read(request, patience))
        if response.is_cut:
            raise requests.ConnectionError("the connection was closed without an answer", request=request)
        waited = self._portal.clock.monotonic() - started
        if response.is_silent or (patience is not None and waited > patience):
            raise requests.ReadTimeout(f"no answer within {patience} s", request=request)
        return self._http.build_response(request, _as_urllib3(response))

    def _read(self, request: requests.PreparedRequest, patience: float | None) -> PortalRequest:
        parts = urlsplit(str(request.url))
        body = request.body or b""
        return PortalRequest(
            verb=request.method or "GET",
            path=unquote(parts.path),
            query=parts.query,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body.encode() if isinstance(body, str) else bytes(body),
            source_ip=self._source_ip,
            is_secure=parts.scheme == "https",
            patience=patience,
        )

    def close(self) -> None:
        self._http.close()


def _as_urllib3(response: PortalResponse) -> HTTPResponse:
    return HTTPResponse(
        body=io.BytesIO(response.body),
        headers=dict(response.headers),
        status=response.status,
        preload_content=False,
    )
