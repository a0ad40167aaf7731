"""The server in front: real sockets, slow clients, and an end that loses nothing that was answered."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from connector.clock import VirtualClock
from connector.records import Hint
from connector.store.inbox_writer import InboxWriter
from tests.webhooks.conftest import Stored
from tests.webhooks.deliveries import EVENTS, FORM, StoredApplication, deal
from webhooks import WebServer, create_app

HEAD = f"POST {EVENTS} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n"


class Gated(StoredApplication):
    """Holds each hint until the gate opens."""

    def __init__(self, writer: InboxWriter, clock: VirtualClock) -> None:
        super().__init__(writer, clock)
        self.entered = threading.Event()
        self.gate = threading.Event()

    def submit(self, hint: Hint) -> None:
        self.entered.set()
        assert self.gate.wait(30)
        super().submit(hint)


def serve(application: StoredApplication, **changes: int) -> WebServer:
    settings = {"port": 0, "threads": 4, "connections": 200} | changes
    server = WebServer(create_app(application), host="127.0.0.1", **settings)
    server.start()
    return server


@pytest.fixture
def server(application: StoredApplication) -> Iterator[WebServer]:
    server = serve(application)
    yield server
    server.stop()


def post(server: WebServer, body: bytes, timeout: float = 30) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)
    connection.request("POST", EVENTS, body, {"Content-Type": FORM, "Connection": "close"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def say(server: WebServer, raw: bytes) -> bytes:
    """What the server answers to raw bytes before it closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(4096):
            answer += part
    return answer


def test_a_delivery_over_a_socket_is_stored(server: WebServer, stored: Stored):
    answer = post(server, deal())
    assert answer.status == 200
    assert len(stored()) == 1


def test_the_server_does_not_tell_its_name(server: WebServer):
    answer = post(server, deal())
    assert answer.getheader("Server") is None
    assert answer.getheader("Via") is None


def test_clients_that_drip_their_bytes_do_not_hold_up_others(server: WebServer, stored: Stored):
    head = (
        f"POST {EVENTS} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 500\r\n\r\n".encode()
    )
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(head[: 10 + number] if number % 2 else head + b"event=")
        assert post(server, deal()).status == 200
        assert len(stored()) == 1
    finally:
        for connection in slow:
            connection.close()


def test_a_body_in_chunks_is_read_like_any_other(server: WebServer, stored: Stored):
    body = deal()
    head = HEAD + "Transfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:50], body[50:]))
    assert say(server, head.encode() + chunks + b"0\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    assert len(stored()) == 1


# What is refused by its announced length alone is not sent: a reset would overtake the answer.
@pytest.mark.parametrize(("size", "sent"), [(66_000, 66_000), (200_000, 0)])
def test_a_body_that_is_too_large_is_refused_by_the_receiver_or_before_it(
    server: WebServer, stored: Stored, size: int, sent: int
):
    head = HEAD + f"Content-Length: {size}\r\n\r\n"
    assert say(server, head.encode() + b"x" * sent).startswith(b"HTTP/1.1 413 ")
    assert stored() == []


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /".ljust(16 * 1024, b"x"), b"431"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
    ],
)
def test_what_is_not_http_is_refused(server: WebServer, raw: bytes, status: bytes):
    assert say(server, raw).split(b" ")[1] == status


def test_a_stop_lets_the_delivery_in_work_be_stored_and_answered(
    writer: InboxWriter, clock: VirtualClock, stored: Stored
):
    application = Gated(writer, clock)
    server = serve(application)
    answers: list[int] = []
    sender = threading.Thread(target=lambda: answers.append(post(server, deal()).status))
    sender.start()
    assert application.entered.wait(30)
    stopper = threading.Thread(target=lambda: server.stop(grace_seconds=30))
    stopper.start()
    application.gate.set()
    stopper.join(30)
    sender.join(30)
    assert answers == [200]
    assert len(stored()) == 1


def test_after_a_stop_nobody_listens(application: StoredApplication):
    server = serve(application)
    post(server, deal())
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        post(server, deal())


def test_a_server_that_was_never_started_can_be_stopped(application: StoredApplication):
    server = WebServer(create_app(application), host="127.0.0.1", port=0, threads=1, connections=10)
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        post(server, deal())


def test_an_address_that_is_taken_is_an_error_at_once(server: WebServer, application: StoredApplication):
    with pytest.raises(OSError, match="in use"):
        serve(application, port=server.port)
