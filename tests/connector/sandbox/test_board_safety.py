"""Other pages in the same browser cannot act here; who is not on this machine is not served."""

from __future__ import annotations

import pytest
import requests

from connector.clock import SystemClock
from connector.sandbox.crm.records import Record
from connector.sandbox.portal import SandboxPortal
from connector.sandbox.server import serve
from tests.connector.sandbox.board_browser import Visitor
from tests.connector.sandbox.calls import REP


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


@pytest.fixture
def deal(portal: SandboxPortal) -> Record:
    return portal.deal(stage="C3:NEW", title="Pumps", assignedById=REP)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:8081"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_form_from_another_page_is_not_accepted(
    portal: SandboxPortal, deal: Record, headers: dict[str, str]
) -> None:
    visitor = Visitor(portal, REP)
    address = f"/board/2/item/{deal.id}/move"
    assert visitor.send(address, stage="C3:WON", headers=headers).status_code == 403
    assert deal.stage_id == "C3:NEW"
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert visitor.send(address, stage="C3:WON", headers=own).status_code == 303
    assert deal.stage_id == "C3:WON"


def test_a_form_without_the_visitors_token_is_not_accepted(portal: SandboxPortal, deal: Record) -> None:
    visitor, stranger = Visitor(portal, REP), Visitor(portal, REP)
    for token in ("", stranger.token, "x" * 32):
        response = visitor.send(f"/board/2/item/{deal.id}/move", stage="C3:WON", csrf=token)
        assert response.status_code == 403
    assert deal.stage_id == "C3:NEW"


def test_nobody_acts_without_being_somebody(portal: SandboxPortal, deal: Record) -> None:
    visitor = Visitor(portal)
    visitor.get("/board/people")
    response = visitor.send(f"/board/2/item/{deal.id}/move", stage="C3:WON")
    assert (response.status_code, response.location.partition("?")[0]) == (303, "/board/people")
    assert deal.stage_id == "C3:NEW"
    signed_in = Visitor(portal, REP)
    portal.people.dismiss(REP)
    assert "Who are you?" in signed_in.get("/board/tasks").words


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/board/", "//evil.example/board/", "/board/\\evil", "/rest/1/", "javascript:x"],
)
def test_pages_lead_to_pages_of_the_board_only(portal: SandboxPortal, address: str) -> None:
    visitor = Visitor(portal)
    visitor.get("/board/people")
    assert visitor.send("/board/people", user=str(REP), next=address).location == "/board/"


def test_names_that_merely_resolve_to_this_machine_are_not_answered(portal: SandboxPortal) -> None:
    visitor = Visitor(portal, hosts=("127.0.0.1",))
    assert visitor.client.get("/board/people", headers={"Host": "rebound.example"}).status_code == 400
    assert visitor.client.get("/board/people", headers={"Host": "127.0.0.1:8899"}).status_code == 200


def test_pages_and_rest_share_one_address() -> None:
    with serve(SandboxPortal(clock=SystemClock())) as server, requests.Session() as session:
        session.trust_env = False
        page = session.get(f"{server.url}/")
        assert (page.status_code, page.url) == (200, f"{server.url}/board/people")
        assert page.headers["Cache-Control"] == "no-store"
        sheet = session.get(f"{server.url}/board/static/board.css")
        assert sheet.headers["Content-Type"].startswith("text/css")
        assert session.get(server.portal.webhook_url() + "profile").json()["result"]["ID"] == "1"
        assert server.portal.webhook_secret(1) not in page.text
        assert session.get(f"{server.url}/elsewhere").status_code == 404


def test_off_the_loopback_address_there_is_a_board_only_if_somebody_insists() -> None:
    for has_board, status in ((None, 404), (True, 200)):
        server = serve(SandboxPortal(clock=SystemClock()), "0.0.0.0", has_board=has_board)
        port = server.portal.domain.partition(":")[2]
        with server, requests.Session() as session:
            session.trust_env = False
            assert session.get(f"http://127.0.0.1:{port}/board/").status_code == status
