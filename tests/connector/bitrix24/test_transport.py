"""One request on the wire: what may have left, how long it may take, how much may come back."""

from __future__ import annotations

import gzip
import io
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import trustme
import urllib3
from requests.adapters import BaseAdapter

from connector.bitrix24.classify import Wire
from connector.bitrix24.transport import Transport
from connector.clock import SystemClock, VirtualClock

URL = "https://portal.example/rest/1/zCANARYz0123456789/profile"


class Scripted(BaseAdapter):
    """An adapter that does what a test says."""

    def __init__(self, act: Callable[[requests.PreparedRequest, dict[str, Any]], Any]) -> None:
        super().__init__()
        self._act = act

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        found = self._act(request, kwargs)
        if isinstance(found, BaseException):
            raise found
        response = requests.Response()
        response.status_code = found.status
        response.headers.update(found.headers)
        response.raw, response.request, response.url = found, request, request.url
        return response

    def close(self) -> None: ...


def raw(body: Any = b"{}", status: int = 200, **headers: str) -> urllib3.HTTPResponse:
    stream = body if hasattr(body, "read") else io.BytesIO(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return urllib3.HTTPResponse(body=stream, status=status, headers=named, preload_content=False)


def posted(act: Any, clock: VirtualClock, **settings: Any) -> Wire:
    acted = act if callable(act) else lambda request, kwargs: act
    return Transport(clock=clock, adapter=Scripted(acted), **settings).post(URL, b'{"a":1}')


def test_an_answer_comes_back_whole(clock: VirtualClock) -> None:
    wire = posted(raw(b'{"result":1}'), clock)
    assert wire == Wire(200, b'{"result":1}')


def test_a_packed_answer_is_unpacked(clock: VirtualClock) -> None:
    wire = posted(raw(gzip.compress(b'{"result":1}'), Content_Encoding="gzip"), clock)
    assert wire.body == b'{"result":1}'


def test_a_request_is_json_names_us_and_carries_no_cookie(clock: VirtualClock) -> None:
    seen: list[requests.PreparedRequest] = []

    def act(request: requests.PreparedRequest, kwargs: dict[str, Any]) -> urllib3.HTTPResponse:
        seen.append(request)
        assert kwargs["timeout"] == (5.0, 65.0)
        assert kwargs["verify"] is True
        assert not kwargs["proxies"]
        return raw(Set_Cookie="PHPSESSID=1; path=/")

    transport = Transport(clock=clock, adapter=Scripted(act), user_agent="Funnelwright/1.0")
    for _ in range(2):
        transport.post(URL, b"{}")
    for request in seen:
        assert request.method == "POST"
        assert request.headers["Content-Type"] == "application/json"
        assert request.headers["User-Agent"] == "Funnelwright/1.0"
        assert "Cookie" not in request.headers


def test_proxies_and_passwords_of_the_environment_are_not_used(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine portal.example login a password b")
    monkeypatch.setenv("NETRC", str(netrc))

    def act(request: requests.PreparedRequest, kwargs: dict[str, Any]) -> urllib3.HTTPResponse:
        assert not kwargs["proxies"]
        assert "Authorization" not in request.headers
        return raw()

    assert not posted(act, clock).failure


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_not_followed(clock: VirtualClock, status: int) -> None:
    calls = []

    def act(request: requests.PreparedRequest, kwargs: dict[str, Any]) -> urllib3.HTTPResponse:
        calls.append(request.url)
        return raw(
            status=status, Location="https://user:secret@New.example/rest/1/zCANARYz0123456789/profile"
        )

    wire = posted(act, clock)
    assert (wire.status, wire.redirect_host, wire.is_same_host) == (status, "new.example", False)
    assert len(calls) == 1


@pytest.mark.parametrize("location", ["/coupon_activation.php", "https://portal.example/stub/"])
def test_a_redirect_to_its_own_pages_is_told_apart(clock: VirtualClock, location: str) -> None:
    wire = posted(raw(status=302, Location=location), clock)
    assert (wire.redirect_host, wire.is_same_host) == ("portal.example", True)


def test_an_answer_over_the_cap_is_not_read_on(clock: VirtualClock) -> None:
    class Endless(io.BytesIO):
        given = 0

        def read1(self, amount: int | None = -1, /) -> bytes:
            self.given += 1000
            return b"x" * 1000

    endless = Endless()
    wire = posted(raw(endless), clock, body_cap_bytes=10_000)
    assert "longer than 10000 bytes" in wire.failure
    assert wire.has_left
    assert endless.given <= 12_000


def test_a_dripping_answer_ends_with_the_deadline(clock: VirtualClock) -> None:
    class Drip(io.BytesIO):
        def read1(self, amount: int | None = -1, /) -> bytes:
            clock.advance(1)
            return b"x"

    wire = posted(raw(Drip()), clock)
    assert "longer than 65 s" in wire.failure
    assert wire.has_left
    assert clock.monotonic() <= 66


def test_a_slow_portal_may_use_all_of_its_own_cap(clock: VirtualClock) -> None:
    def act(request: requests.PreparedRequest, kwargs: dict[str, Any]) -> urllib3.HTTPResponse:
        clock.advance(60)
        return raw(b'{"result":1}')

    assert posted(act, clock).body == b'{"result":1}'


BROKEN = [
    (requests.ConnectTimeout("https://x/rest/1/s"), False),
    (requests.ConnectionError(urllib3.exceptions.NewConnectionError(None, "refused")), False),  # type: ignore[arg-type]
    (requests.exceptions.SSLError(ssl.SSLCertVerificationError("bad certificate")), False),
    (ConnectionRefusedError("refused"), False),
    (requests.exceptions.InvalidURL("https://x/rest/1/s"), False),
    (requests.ReadTimeout("https://x/rest/1/s"), True),
    (requests.ConnectionError("('Connection aborted.', RemoteDisconnected())"), True),
    (requests.exceptions.SSLError("EOF occurred in violation of protocol"), True),
    (requests.exceptions.ChunkedEncodingError("x"), True),
    (urllib3.exceptions.ProtocolError("x"), True),
    (ConnectionResetError("reset"), True),
    (TimeoutError("timed out"), True),
    (requests.RequestException("anything"), True),
]


@pytest.mark.parametrize(("error", "has_left"), BROKEN, ids=lambda value: type(value).__name__)
def test_only_what_cannot_have_left_counts_as_not_sent(
    clock: VirtualClock, error: Exception, has_left: bool
) -> None:
    wire = posted(error, clock)
    assert wire.has_left is has_left
    assert wire.failure
    assert "/rest/" not in wire.failure


def test_a_connection_that_breaks_within_the_answer_is_no_answer(clock: VirtualClock) -> None:
    class Breaking(io.BytesIO):
        def read1(self, amount: int | None = -1, /) -> bytes:
            raise ConnectionResetError("reset")

    wire = posted(raw(Breaking()), clock)
    assert wire.failure
    assert wire.has_left


# -- real sockets ------------------------------------------------------------------------------------


class Server(socketserver.ThreadingTCPServer):
    """Answers every request with the same bytes; counts connections."""

    daemon_threads = True

    def __init__(self, answer: bytes, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answer, self.context, self.connections = answer, context, 0
        self.received: list[bytes] = []
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    def get_request(self) -> Any:
        connection, address = super().get_request()
        self.connections += 1
        return (
            self.context.wrap_socket(connection, server_side=True) if self.context else connection
        ), address

    def handle_error(self, request: Any, client_address: Any) -> None: ...

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Answering(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        while line := self.rfile.readline():
            length = 0
            while (header := self.rfile.readline().strip().lower()) != b"":
                if header.startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            self.server.received.append(line + self.rfile.read(length))
            self.wfile.write(self.server.answer)
            if b"Connection: close" in self.server.answer:
                return


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(answer: bytes, context: ssl.SSLContext | None = None) -> Server:
        server = Server(answer, context)
        server.thread.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
        server.thread.join()


def test_one_connection_is_kept_alive(serve: Callable[..., Server]) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n" + b'{"result":1}')
    transport = Transport(clock=SystemClock())
    for _ in range(3):
        wire = transport.post(f"http://127.0.0.1:{server.port}/rest/1/s/profile", b'{"a":1}')
        assert wire.body == b'{"result":1}'
    transport.close()
    assert server.connections == 1
    assert server.received[0] == b'POST /rest/1/s/profile HTTP/1.1\r\n{"a":1}'


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\n" + b'{"result":1}',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\n12",
        b"not HTTP at all\r\nConnection: close\r\n\r\n",
    ],
    ids=["too short", "half a chunk", "another protocol"],
)
def test_half_an_answer_is_no_answer(serve: Callable[..., Server], answer: bytes) -> None:
    server = serve(answer)
    transport = Transport(clock=SystemClock())
    wire = transport.post(f"http://127.0.0.1:{server.port}/rest/1/s/profile", b"{}")
    transport.close()
    assert wire.failure
    assert wire.has_left


def test_chunks_are_put_together(serve: Callable[..., Server]) -> None:
    chunked = b'6\r\n{"resu\r\n6\r\nlt":1}\r\n0\r\n\r\n'
    server = serve(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked)
    transport = Transport(clock=SystemClock())
    assert transport.post(f"http://127.0.0.1:{server.port}/rest/1/s/m", b"{}").body == b'{"result":1}'
    transport.close()


def test_nobody_listening_is_not_sent() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        transport = Transport(clock=SystemClock())
        wire = transport.post(f"http://127.0.0.1:{held.getsockname()[1]}/rest/1/s/m", b"{}")
        transport.close()
    assert not wire.has_left
    assert wire.failure == "the portal refuses connections"


def test_a_certificate_nobody_vouches_for_is_not_sent_to(serve: Callable[..., Server]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", context)
    transport = Transport(clock=SystemClock())
    wire = transport.post(f"https://localhost:{server.port}/rest/1/s/m", b"{}")
    transport.close()
    assert not wire.has_left
    assert wire.failure == "the portal's certificate is not valid"
    assert server.received == []


def test_https_to_a_plain_server_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"220 plain text here\r\n")
                connection.recv(1_000)

        greeting = threading.Thread(target=greet)
        greeting.start()
        transport = Transport(clock=SystemClock())
        wire = transport.post(f"https://127.0.0.1:{listening.getsockname()[1]}/rest/1/s/m", b"{}")
        transport.close()
        greeting.join()
    assert not wire.has_left
    assert wire.failure == "no encrypted connection to the portal"
