"""Between the portal's own HTTP exchange and WSGI, which Flask speaks."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from connector.sandbox.exchange import PortalRequest, PortalResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: What the server says itself, of every answer.
_OF_THE_SERVER = frozenset({"content-length", "connection"})


def is_for_board(path: str) -> bool:
    """Whether a page is asked for, and not the REST API."""
    return path in ("/", "/board") or path.startswith("/board/")


def answer(app: WSGIApplication, request: PortalRequest) -> PortalResponse:
    """Let a WSGI application answer; of headers that come twice, the last one stays."""
    begun: dict[str, Any] = {"status": 500, "headers": {}}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        begun["status"] = int(status.partition(" ")[0])
        begun["headers"] = {name: value for name, value in headers if name.lower() not in _OF_THE_SERVER}
        return begun.setdefault("written", io.BytesIO()).write

    chunks = app(_environment(request), start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return PortalResponse(begun["status"], body, begun["headers"])


def _environment(request: PortalRequest) -> dict[str, Any]:
    host = request.headers.get("host", "localhost")
    name, _, port = host.rpartition(":")
    environment: dict[str, Any] = {
        "REQUEST_METHOD": request.verb,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query,
        "REQUEST_URI": quote(request.path),
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "SERVER_NAME": name or host,
        "SERVER_PORT": port or ("443" if request.is_secure else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.source_ip,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if request.is_secure else "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for header, value in request.headers.items():
        if header not in ("content-type", "content-length"):
            environment["HTTP_" + header.upper().replace("-", "_")] = value
    return environment
