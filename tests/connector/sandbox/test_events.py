"""Who is told of what happens, in which form, and how that goes wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector.sandbox.encoding import read_form
from connector.sandbox.exchange import PortalRequest
from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ask

URL = "http://receiver.test/bitrix24/main/events"


class Receiver:
    """Takes deliveries and keeps them, decoded."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []

    def __call__(self, url: str, body: bytes) -> None:
        self.got.append({"url": url, **read_form(body.decode())})

    @property
    def names(self) -> list[str]:
        return [each["event"] for each in self.got]

    @property
    def ids(self) -> list[str]:
        return [each["data"]["FIELDS"]["ID"] for each in self.got]


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def test_an_outgoing_webhook_gets_ids_and_who_it_is_from(portal: SandboxPortal, receiver: Receiver) -> None:
    webhook = portal.add_outgoing_webhook(URL)
    deal = portal.deal(by=5)
    assert portal.deliver(receiver) == 1
    assert receiver.got == [
        {
            "url": URL,
            "event": "ONCRMDEALADD",
            "event_handler_id": str(webhook.id),
            "data": {"FIELDS": {"ID": str(deal.id)}},
            "ts": "1768197600",
            "auth": {
                "domain": "sandbox.bitrix24.test",
                "client_endpoint": "https://sandbox.bitrix24.test/rest/",
                "server_endpoint": "https://oauth.bitrix.info/rest/",
                "member_id": portal.member_id,
                "application_token": webhook.token,
            },
        }
    ]
    assert portal.deliver(receiver) == 0


def test_a_clients_own_writes_come_back_as_events(portal: SandboxPortal, receiver: Receiver) -> None:
    portal.add_outgoing_webhook(URL)
    ask(portal, "crm.item.add", {"entityTypeId": 1036, "fields": {}})
    ask(portal, "crm.contact.add", {"fields": {"NAME": "Ann"}})
    portal.deliver(receiver)
    assert receiver.names == ["ONCRMDYNAMICITEMADD", "ONCRMCONTACTADD"]
    assert receiver.got[0]["data"]["FIELDS"] == {"ID": "1", "ENTITY_TYPE_ID": "1036"}


def test_a_webhook_hears_only_what_it_was_made_for(portal: SandboxPortal, receiver: Receiver) -> None:
    portal.add_outgoing_webhook(URL, ["onCrmLeadAdd", "ONCRMDYNAMICITEMADD_1036", "ONCRMDEALMOVETOCATEGORY"])
    deal = portal.deal(stage="C1:NEW")
    portal.lead()
    portal.item(1036)
    portal.item(1046)
    portal.move(deal, "C2:NEW")
    portal.deliver(receiver)
    assert receiver.names == ["ONCRMLEADADD", "ONCRMDYNAMICITEMADD_1036"]


def test_every_webhook_has_a_token_of_its_own(portal: SandboxPortal, receiver: Receiver) -> None:
    first, second = portal.add_outgoing_webhook(URL), portal.add_outgoing_webhook(URL + "2")
    portal.deal()
    assert portal.deliver(receiver) == 2
    assert {each["url"]: each["auth"]["application_token"] for each in receiver.got} == {
        URL: first.token,
        URL + "2": second.token,
    }
    assert first.token != second.token


def test_a_receiver_that_fails_has_lost_the_event(portal: SandboxPortal) -> None:
    portal.add_outgoing_webhook(URL)
    portal.deal()

    def refuse(url: str, body: bytes) -> None:
        raise ConnectionError("nobody is there")

    assert portal.deliver(refuse) == 0
    assert portal.events.failed == 1
    assert portal.deliver(refuse) == 0
    assert portal.events.failed == 1


def test_events_are_lost_and_doubled_by_their_chances(portal: SandboxPortal, receiver: Receiver) -> None:
    portal.add_outgoing_webhook(URL)
    portal.faults.events.lost = 0.3
    portal.faults.events.doubled = 0.2
    for _ in range(200):
        portal.deal()
    portal.deliver(receiver)
    different = len(set(receiver.ids))
    assert portal.events.lost == 200 - different
    assert 30 < portal.events.lost < 90
    assert 15 < len(receiver.ids) - different < 50


def test_late_events_come_when_the_clock_has_moved(portal: SandboxPortal, receiver: Receiver) -> None:
    portal.add_outgoing_webhook(URL)
    portal.faults.events.late = 1.0
    portal.faults.events.late_seconds = (100.0, 200.0)
    portal.deal()
    assert portal.deliver(receiver) == 0
    portal.clock.sleep(201)
    assert portal.deliver(receiver) == 1
    assert receiver.got[0]["ts"] == "1768197801"


def test_reordered_events_are_all_there_in_another_order(portal: SandboxPortal, receiver: Receiver) -> None:
    portal.add_outgoing_webhook(URL)
    portal.faults.events.reordered = 1.0
    for _ in range(20):
        portal.deal()
    portal.deliver(receiver)
    assert receiver.ids != sorted(receiver.ids, key=int)
    assert sorted(map(int, receiver.ids)) == list(range(1, 21))


def test_the_same_seed_loses_the_same_events() -> None:
    def survivors(seed: int) -> list[str]:
        portal, receiver = SandboxPortal(seed=seed), Receiver()
        portal.add_outgoing_webhook(URL)
        portal.faults.events.lost = 0.5
        for _ in range(40):
            portal.deal()
        portal.deliver(receiver)
        return receiver.ids

    assert survivors(1) == survivors(1)
    assert survivors(1) != survivors(2)


# --- applications


class App:
    """An application installed by the administrator."""

    def __init__(self, portal: SandboxPortal, user_id: int = 1) -> None:
        self.portal = portal
        self.app, self.token = portal.applications.install(user_id)

    def ask(self, method: str, **params: Any) -> Any:
        body = json.dumps({**params, "auth": self.token.access}).encode()
        headers = {"content-type": "application/json"}
        response = self.portal.handle(PortalRequest("POST", f"/rest/{method}", headers=headers, body=body))
        return json.loads(response.body)


def test_an_application_hears_of_moves_between_pipelines(portal: SandboxPortal, receiver: Receiver) -> None:
    app = App(portal)
    assert app.ask("event.bind", event="onCrmDealMoveToCategory", handler=URL)["result"] is True
    deal = portal.deal(stage="C1:NEW")
    portal.move(deal, "C2:NEW", by=5)
    portal.deliver(receiver)
    assert receiver.got[0]["data"]["FIELDS"] == {"ID": "1", "CATEGORY_ID": "2", "STAGE_ID": "C2:NEW"}
    auth = receiver.got[0]["auth"]
    assert auth["application_token"] == app.app.application_token
    assert (auth["user_id"], auth["status"]) == ("5", "L")
    assert portal.app_credential(auth["access_token"]).user_id == 5


def test_subscriptions_are_listed_and_a_bare_unbind_removes_all_of_them(portal: SandboxPortal) -> None:
    app = App(portal)
    for name in ("ONCRMDEALADD", "ONTASKUPDATE"):
        app.ask("event.bind", event=name, handler=URL)
    assert app.ask("event.get")["result"][0] == {
        "event": "ONCRMDEALADD",
        "handler": URL,
        "auth_type": "0",
        "offline": 0,
    }
    again = app.ask("event.bind", event="ONCRMDEALADD", handler=URL)
    assert again["error_description"] == "Unable to set event handler: Handler already binded"
    assert app.ask("event.bind", event="ONNOTHING", handler=URL)["error"] == "ERROR_EVENT_NOT_FOUND"
    assert app.ask("event.unbind")["result"] == {"count": 2}
    assert app.ask("event.get")["result"] == []


def test_the_offline_queue_keeps_the_last_change_of_each_object(portal: SandboxPortal) -> None:
    app = App(portal)
    app.ask("event.bind", event="ONCRMDEALUPDATE", event_type="offline")
    deal, other = portal.deal(), portal.deal()
    for title in ("a", "b", "c"):
        portal.edit(deal, title=title)
    portal.edit(other, title="x")
    reserved = app.ask("event.offline.get", clear=0)["result"]
    assert [each["EVENT_DATA"] for each in reserved["events"]] == [
        {"FIELDS": {"ID": "1"}},
        {"FIELDS": {"ID": "2"}},
    ]
    assert app.ask("event.offline.get", clear=0)["result"] == {"process_id": None, "events": []}
    again = app.ask("event.offline.get", clear=0, process_id=reserved["process_id"])["result"]
    assert len(again["events"]) == 2
    first = reserved["events"][0]["MESSAGE_ID"]
    app.ask("event.offline.clear", process_id=reserved["process_id"], message_id=[first])
    assert len(app.ask("event.offline.get", process_id=reserved["process_id"])["result"]["events"]) == 1
    assert app.ask("event.offline.list")["result"] == []


def test_a_connector_is_not_told_of_its_own_changes(portal: SandboxPortal) -> None:
    app = App(portal)
    app.ask("event.bind", event="ONCRMDEALUPDATE", event_type="offline", auth_connector="ours")
    deal = portal.deal()
    app.ask("crm.deal.update", id=deal.id, fields={"TITLE": "by us"}, auth_connector="ours")
    assert app.ask("event.offline.get", auth_connector="ours")["result"]["events"] == []
    app.ask("crm.deal.update", id=deal.id, fields={"TITLE": "by others"})
    assert len(app.ask("event.offline.get", auth_connector="ours")["result"]["events"]) == 1


def test_tokens_expire_and_a_refresh_token_works_once(portal: SandboxPortal) -> None:
    app = App(portal)
    portal.clock.sleep(3600)
    assert app.ask("profile")["error"] == "expired_token"
    query = (
        f"grant_type=refresh_token&client_id={app.app.client_id}&client_secret={app.app.client_secret}"
        f"&refresh_token={app.token.refresh}"
    )
    renewed = portal.handle(PortalRequest("GET", "/oauth/token/", query))
    pair = json.loads(renewed.body)
    assert (pair["expires_in"], pair["domain"], pair["member_id"]) == (
        3600,
        "oauth.bitrix.info",
        portal.member_id,
    )
    assert portal.app_credential(pair["access_token"]).user_id == 1
    again = portal.handle(PortalRequest("GET", "/oauth/token/", query))
    assert (again.status, json.loads(again.body)["error"]) == (400, "invalid_grant")


def test_a_token_without_the_scope_is_refused(portal: SandboxPortal) -> None:
    app = App(portal)
    app.app.scopes = frozenset({"user_brief"})
    assert app.ask("crm.deal.list")["error"] == "insufficient_scope"
    row = app.ask("user.get", FILTER={"ID": 5})["result"][0]
    assert "EMAIL" not in row
    assert row["UF_DEPARTMENT"] == [3]
