"""Calls to listed addresses: over https, to the public internet, and to nowhere else."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from connector.bitrix24.outcome import Outcome
from connector.outgoing import Outgoing, OutsideCall, PublicAdapter, Unresolved, is_public

CALL = OutsideCall("https://warehouse.example.com/reserve?a=1", {"item": "deal:7"}, "fw:key")


class Server(HTTPServer):
    """A receiver on this machine, which a name of the public internet is made to lead to."""

    status = 200
    location = ""

    def __init__(self, authority: trustme.CA) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("warehouse.example.com").configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.heard: list[tuple[str, dict[str, str], Any]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[Server]:
    opened = Server(authority)
    thread = threading.Thread(target=opened.serve_forever)
    thread.start()
    yield opened
    opened.shutdown()
    thread.join()
    opened.server_close()


class Local(PublicAdapter):
    """The names of the public internet lead to this machine; its certificates are trusted."""

    def __init__(self, server: Server, authority_file: str | None) -> None:
        self._port, self._authority = server.server_port, authority_file
        super().__init__(resolve=lambda host, port: ["127.0.0.1"], is_allowed=lambda address: True)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, self._authority or verify, cert)
        return {**host, "port": self._port}, pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        super().cert_verify(conn, url, self._authority or verify, cert)


@pytest.fixture
def outgoing(server: Server, authority: trustme.CA, tmp_path: Path) -> Outgoing:
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return Outgoing(Local(server, str(file)))


def test_a_call_reaches_the_name_over_tls_with_its_key(outgoing: Outgoing, server: Server) -> None:
    assert outgoing.post(CALL).outcome is Outcome.DONE

    ((path, headers, body),) = server.heard
    assert (path, body) == ("/reserve?a=1", {"item": "deal:7"})
    assert headers["Host"] == "warehouse.example.com"
    assert headers["Idempotency-Key"] == "fw:key"


def test_a_certificate_of_another_name_is_not_taken(outgoing: Outgoing, server: Server) -> None:
    other = OutsideCall("https://other.example.com/", {}, "k")
    assert outgoing.post(other).outcome is Outcome.REJECTED
    assert server.heard == []


def test_a_certificate_of_nobody_we_know_is_not_taken(server: Server) -> None:
    assert Outgoing(Local(server, None)).post(CALL).outcome is Outcome.REJECTED
    assert server.heard == []


def test_a_redirect_is_not_followed(outgoing: Outgoing, server: Server) -> None:
    server.status, server.location = 307, "https://warehouse.example.com/elsewhere"
    assert outgoing.post(CALL).outcome is Outcome.REJECTED
    assert [path for path, _, _ in server.heard] == ["/reserve?a=1"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (204, Outcome.DONE),
        (400, Outcome.REJECTED),
        (429, Outcome.NOT_RUN),
        (503, Outcome.NOT_RUN),
        (500, Outcome.UNKNOWN),
        (504, Outcome.UNKNOWN),
    ],
)
def test_an_answer_is_one_of_four_outcomes(
    outgoing: Outgoing, server: Server, status: int, outcome: Outcome
) -> None:
    server.status = status
    assert outgoing.post(CALL).outcome is outcome


def test_a_receiver_that_is_not_there_has_certainly_not_heard(server: Server) -> None:
    adapter = Local(server, None)
    adapter._port = 1
    assert Outgoing(adapter).post(CALL).outcome is Outcome.NOT_RUN


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "ff02::1",
    ],
)
def test_no_address_inside_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], []],
    ids=["inside", "one of them inside", "none"],
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(addresses: list[str]) -> None:
    outgoing = Outgoing(PublicAdapter(resolve=lambda host, port: addresses))
    reply = outgoing.post(CALL)
    assert reply.outcome is Outcome.REJECTED
    assert "warehouse" not in reply.reason


def test_a_name_that_leads_nowhere_is_asked_for_again_later() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise Unresolved

    assert Outgoing(PublicAdapter(resolve=nowhere)).post(CALL).outcome is Outcome.NOT_RUN


def test_plain_http_does_not_leave() -> None:
    call = OutsideCall("http://warehouse.example.com/", {}, "k")
    assert Outgoing().post(call).outcome is Outcome.REJECTED
