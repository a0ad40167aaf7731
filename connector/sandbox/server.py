"""The portal over real sockets: HTTP or HTTPS, a thread per connection, connections kept alive; events
delivered; the board for people beside the REST API.

Plain HTTP is answered because both ends are on this machine; with a certificate it is HTTPS, which the
official clients insist on. Latency is slept by the thread of the connection, outside of the portal's
lock.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from connector.sandbox import control
from connector.sandbox.board import bridge
from connector.sandbox.exchange import PortalRequest, PortalResponse
from connector.sandbox.portal import SandboxPortal

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger(__name__)

_MAX_BODY_BYTES = 64 * 2**20
_DELIVERY_PAUSE_SECONDS = 0.05
_IDLE_SECONDS = 75.0


class PortalServer:
    """A portal that listens; stops when left (`with serve(portal) as server:`) or told to."""

    def __init__(
        self,
        portal: SandboxPortal,
        host: str,
        port: int,
        certificate: tuple[str, str] | None = None,
        *,
        has_board: bool | None = None,
    ) -> None:
        self.portal = portal
        self.has_board = _is_loopback(host) if has_board is None else has_board
        pages = _Pages(portal, host) if self.has_board else None
        self._http = _HTTPServer((host, port), portal, certificate, pages)
        bound_port = self._http.server_address[1]
        portal.scheme = "https" if certificate else "http"
        portal.domain = f"{host}:{bound_port}"
        self._is_stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.1}, name="portal"),
            threading.Thread(target=self._deliver, name="portal events"),
        ]

    @property
    def url(self) -> str:
        return self.portal.base_url

    @property
    def board_url(self) -> str:
        """Where people look at the portal; "" without a board."""
        return f"{self.url}/board/" if self.has_board else ""

    def start(self) -> PortalServer:
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Take no more connections, finish the deliveries under way, and return."""
        self._is_stopping.set()
        self._http.shutdown()
        for thread in self._threads:
            thread.join()
        self._http.server_close()

    def _deliver(self) -> None:
        while not self._is_stopping.wait(_DELIVERY_PAUSE_SECONDS):
            self.portal.deliver()

    def __enter__(self) -> PortalServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def serve(
    portal: SandboxPortal,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    certificate: tuple[str, str] | None = None,
    has_board: bool | None = None,
) -> PortalServer:
    """A server for a portal, not started yet; `certificate`: (chain file, key file); port 0: a free one.

    `has_board`: serve the pages for people too; None does so on a loopback address, for everybody who reaches
    them may act as any employee.
    """
    return PortalServer(portal, host, port, certificate, has_board=has_board)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Pages:
    """The board of a portal, made when somebody first asks for a page: most portals serve programs only."""

    def __init__(self, portal: SandboxPortal, host: str) -> None:
        self._portal, self._host = portal, host
        self._lock = threading.Lock()
        self._app: Flask | None = None

    def answer(self, request: PortalRequest) -> PortalResponse:
        return bridge.answer(self._made(), request)

    def _made(self) -> Flask:
        from connector.sandbox.board.app import create_board

        with self._lock:
            if self._app is None:
                known = ["127.0.0.1", "localhost", "::1", self._host]
                self._app = create_board(self._portal, hosts=known if _is_loopback(self._host) else None)
            return self._app


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        portal: SandboxPortal,
        certificate: tuple[str, str] | None,
        pages: _Pages | None,
    ) -> None:
        super().__init__(address, _Connection)
        self.portal = portal
        self.pages = pages
        self.tls: ssl.SSLContext | None = None
        if certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*certificate)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in mid-answer, or speaks no TLS, is nothing to write home about."""
        log.debug("a connection broke", exc_info=True, extra={"action": "sandbox-connection"})


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _HTTPServer
    disable_nagle_algorithm = True
    timeout = _IDLE_SECONDS

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request.settimeout(_IDLE_SECONDS)
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        """Close what `setup` has wrapped: the server closes the bare socket only, which no longer is one."""
        super().finish()
        if self.server.tls is not None:
            self.request.close()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        request = self._read()
        if request is None:
            return
        if request.path == control.PATH:
            self._write(control.answer(self.server.portal, request))
            return
        pages = self.server.pages
        if pages is not None and bridge.is_for_board(request.path):
            self._write(pages.answer(request))
            return
        response = self.server.portal.handle(request)
        if response.is_cut or response.is_silent:
            self._cut()
        else:
            self._write(response)

    def _read(self) -> PortalRequest | None:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            self.close_connection = True
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return None
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _MAX_BODY_BYTES:
            self.close_connection = True
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return None
        parts = urlsplit(self.path)
        return PortalRequest(
            verb=self.command,
            path=unquote(parts.path),
            query=parts.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
            source_ip=self.client_address[0],
            is_secure=self.server.tls is not None,
        )

    def _write(self, response: PortalResponse) -> None:
        """Head and body in one piece, so that no packet waits for another."""
        phrase = HTTPStatus(response.status).phrase
        head = [f"HTTP/1.1 {response.status} {phrase}", f"Content-Length: {len(response.body)}"]
        head += [f"{name}: {value}" for name, value in response.headers.items()]
        if self.close_connection:
            head.append("Connection: close")
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + response.body)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the address of a request holds the webhook's secret."""
