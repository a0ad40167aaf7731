"""The portal over real sockets, and as a process of its own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme

from connector.clock import SystemClock
from connector.sandbox.encoding import read_form
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.server import PortalServer, serve


class Inbox:
    """A receiver of events on this machine, which keeps what it is sent."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.arrived = threading.Semaphore(0)
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                inbox.got.append(read_form(body.decode()))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                inbox.arrived.release()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/events"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def wait(self, count: int = 1) -> None:
        for _ in range(count):
            assert self.arrived.acquire(timeout=10), "no event arrived"

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    opened = Inbox()
    yield opened
    opened.close()


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with serve(SandboxPortal(clock=SystemClock())) as running:
        yield running


@pytest.fixture
def session() -> Iterator[requests.Session]:
    opened = requests.Session()
    opened.trust_env = False
    yield opened
    opened.close()


def test_requests_go_over_one_connection(server: PortalServer, session: requests.Session) -> None:
    url = server.portal.webhook_url()
    assert url.startswith(f"http://127.0.0.1:{server.portal.domain.partition(':')[2]}/rest/1/")
    made = session.post(url + "crm.item.add", json={"entityTypeId": 2, "fields": {"title": "Насосы"}}).json()
    read = session.get(url + f"crm.item.get.json?entityTypeId=2&id={made['result']['item']['id']}").json()
    assert read["result"]["item"]["title"] == "Насосы"
    pools = session.get_adapter(url).poolmanager.pools  # type: ignore[attr-defined]
    assert [pool.num_connections for pool in map(pools.get, pools.keys())] == [1]


def test_a_lost_answer_is_a_closed_connection(server: PortalServer, session: requests.Session) -> None:
    server.portal.faults.lose_answer("crm.deal.add")
    with pytest.raises(requests.ConnectionError):
        session.post(server.portal.webhook_url() + "crm.deal.add", json={"fields": {"TITLE": "x"}})
    assert session.get(server.portal.webhook_url() + "crm.deal.list").json()["total"] == 1


def test_batches_of_different_connections_overlap(server: PortalServer) -> None:
    waiting = threading.Barrier(2, timeout=10)
    server.portal.prices.list_seconds = 0.05
    clock = server.portal.clock

    class Meeting(SystemClock):
        def sleep(self, seconds: float) -> None:
            if seconds:
                waiting.wait()

        def now(self) -> Any:
            return clock.now()

    server.portal.clock = Meeting()
    url = server.portal.webhook_url() + "crm.deal.list?start=-1"
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(requests.get, [url, url]))
    assert [answer.status_code for answer in answers] == [200, 200]


def test_events_are_delivered_while_the_server_runs(
    server: PortalServer, session: requests.Session, inbox: Inbox
) -> None:
    webhook = server.portal.add_outgoing_webhook(inbox.url)
    session.post(server.portal.webhook_url() + "crm.deal.add", json={"fields": {"TITLE": "x"}})
    inbox.wait()
    assert inbox.got[0]["event"] == "ONCRMDEALADD"
    assert inbox.got[0]["auth"]["application_token"] == webhook.token
    assert inbox.got[0]["auth"]["domain"] == server.portal.domain


def test_what_is_not_http_or_too_large_does_no_harm(server: PortalServer, session: requests.Session) -> None:
    host, _, port = server.portal.domain.partition(":")
    for noise in (b"\x16\x03\x01nonsense\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=5) as raw:
            raw.sendall(noise)
            assert raw.recv(64).startswith((b"HTTP/1.1 4", b"<!DOCTYPE"))
    assert session.get(server.portal.webhook_url() + "profile").status_code == 200


def test_switches_are_thrown_by_whoever_has_the_admins_secret(
    server: PortalServer, session: requests.Session
) -> None:
    url = server.url + "/sandbox/faults"
    switch = {"kind": "answer", "status": 503, "code": "OVERLOAD_LIMIT", "times": 1}
    assert session.post(url, json=switch).status_code == 403
    headers = {"Authorization": f"Bearer {server.portal.webhook_secret(1)}"}
    assert session.post(url, json=switch, headers=headers).json()["armed"][0]["code"] == "OVERLOAD_LIMIT"
    assert session.get(server.portal.webhook_url() + "profile").json()["error"] == "OVERLOAD_LIMIT"
    assert session.get(url, headers=headers).json()["struck"] == {"answer": 1}
    assert session.post(url, json={"kind": "x", "y": 1}, headers=headers).status_code == 400


def test_https_with_a_certificate(tmp_path: Path, session: requests.Session) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(chain)
    certificate.private_key_pem.write_to_path(key)
    with authority.cert_pem.tempfile(dir=str(tmp_path)) as trusted:
        portal = SandboxPortal(clock=SystemClock())
        portal.is_https_required = True
        with serve(portal, certificate=(str(chain), str(key))):
            answer = session.get(portal.webhook_url() + "profile", verify=trusted)
        assert portal.webhook_url().startswith("https://127.0.0.1:")
    assert answer.json()["result"]["ID"] == "1"


def test_the_command_says_how_to_use_it_and_stops_when_told(inbox: Inbox, session: requests.Session) -> None:
    command = [sys.executable, "-m", "connector.cli", "sandbox", "--port", "0", "--deals", "20"]
    process = subprocess.Popen(
        [*command, "--outgoing-webhook", inbox.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        told = json.loads(process.stdout.readline())
        assert set(told) == {
            "webhook_url",
            "application_token",
            "member_id",
            "admin_user_id",
            "outgoing_webhooks",
            "webhook_urls",
            "board_url",
        }
        assert told["outgoing_webhooks"] == [{"url": inbox.url, "token": told["application_token"]}]
        assert "Who are you?" in session.get(told["board_url"]).text
        assert "16" not in told["webhook_urls"]
        rows = session.get(told["webhook_url"] + "crm.deal.list").json()
        assert rows["total"] == 20
        session.post(told["webhook_urls"]["5"] + "crm.deal.update", json={"id": 1, "fields": {"TITLE": "x"}})
        inbox.wait()
        assert inbox.got[0]["data"]["FIELDS"]["ID"] == "1"
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
