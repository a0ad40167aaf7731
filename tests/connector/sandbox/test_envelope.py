"""Addresses, encodings, credentials and the frame of answers."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from connector.sandbox.encoding import read_form, write_form, write_json
from connector.sandbox.exchange import PortalRequest
from connector.sandbox.portal import SandboxPortal
from tests.connector.sandbox.calls import ADMIN, ask


@pytest.fixture
def portal() -> SandboxPortal:
    return SandboxPortal()


def send(
    portal: SandboxPortal, path: str, *, query: str = "", body: bytes = b"", kind: str = ""
) -> tuple[int, dict]:
    headers = {"content-type": kind} if kind else {}
    response = portal.handle(PortalRequest("POST" if body else "GET", path, query, headers, body))
    return response.status, json.loads(response.body)


def webhook(portal: SandboxPortal, method: str) -> str:
    return urlsplit(portal.webhook_url()).path + method


@pytest.mark.parametrize("spelling", ["profile", "profile.json", "profile/", "profile.json/", "PROFILE"])
def test_a_method_is_found_with_and_without_suffix_and_slash(portal: SandboxPortal, spelling: str) -> None:
    assert send(portal, webhook(portal, spelling))[1]["result"]["ID"] == "1"


def test_a_query_a_form_and_json_say_the_same(portal: SandboxPortal) -> None:
    deal = portal.deal(title="Pumps")
    path = webhook(portal, "crm.item.get")
    form = f"entityTypeId=2&id={deal.id}"
    answers = [
        send(portal, path, query=form),
        send(portal, path, body=form.encode(), kind="application/x-www-form-urlencoded"),
        send(
            portal,
            path,
            body=json.dumps({"entityTypeId": 2, "id": deal.id}).encode(),
            kind="application/json",
        ),
        send(
            portal,
            path,
            query="entityTypeId=2",
            body=f"id={deal.id}".encode(),
            kind="application/x-www-form-urlencoded",
        ),
    ]
    assert [body["result"]["item"]["title"] for _, body in answers] == ["Pumps"] * 4


def test_top_level_names_are_found_in_any_letter_case(portal: SandboxPortal) -> None:
    deal = portal.deal(title="Pumps")
    assert ask(portal, "crm.deal.get", {"ID": deal.id}).result["TITLE"] == "Pumps"
    assert ask(portal, "crm.deal.list", {"FILTER": {"ID": deal.id}, "SELECT": ["TITLE"]}).result == [
        {"TITLE": "Pumps"}
    ]


def test_php_brackets_become_lists_and_maps() -> None:
    text = "filter%5B%3E%3Did%5D=5&select[]=id&select[]=title&fields[PHONE][0][VALUE]=%2B7&cmd[a]=x&cmd[b]=y"
    assert read_form(text) == {
        "filter": {">=id": "5"},
        "select": ["id", "title"],
        "fields": {"PHONE": [{"VALUE": "+7"}]},
        "cmd": {"a": "x", "b": "y"},
    }


def test_what_is_written_as_a_form_is_read_back() -> None:
    values = {"event": "ONCRMDEALADD", "data": {"FIELDS": {"ID": "7", "NAME": "Ян & co"}}, "list": ["a", "b"]}
    assert read_form(write_form(values)) == values


def test_json_is_written_as_php_writes_it() -> None:
    assert write_json({"a": {}, "b": "x/y", "c": "Я", "d": "{}"}) == (
        b'{"a":[],"b":"x\\/y","c":"\\u042f","d":"{}"}'
    )


def test_time_stands_beside_every_result(portal: SandboxPortal) -> None:
    time = ask(portal, "server.time").body["time"]
    assert time["date_start"] == "2026-01-12T09:00:00+03:00"
    assert set(time) == {
        "start",
        "finish",
        "duration",
        "processing",
        "date_start",
        "date_finish",
        "operating",
        "operating_reset_at",
    }


def test_the_three_dialects_of_errors(portal: SandboxPortal) -> None:
    new = ask(portal, "crm.item.get", {"entityTypeId": 2, "id": 99})
    legacy = ask(portal, "crm.deal.get", {"id": 99})
    v3 = ask(portal, "tasks.task.get", {"id": 99}, api="v3")
    assert (new.status, new.body) == (400, {"error": "NOT_FOUND", "error_description": "Element not found"})
    assert (legacy.status, legacy.body) == (400, {"error": "", "error_description": "Not found"})
    assert v3.status == 400
    assert v3.body["error"]["code"] == "BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION"
    assert "time" not in new.body


def test_a_missing_argument_is_error_100(portal: SandboxPortal) -> None:
    reply = ask(portal, "crm.item.get", {"id": 1})
    assert reply.body == {
        "error": "100",
        "error_description": "Could not find value for parameter {entityTypeId}",
    }


@pytest.mark.parametrize(
    ("method", "refusal"),
    [
        ("no.such.method", (404, "ERROR_METHOD_NOT_FOUND")),
        ("event.bind", (403, "WRONG_AUTH_TYPE")),
        ("app.info", (400, "ACCESS_DENIED")),
    ],
)
def test_what_a_webhook_may_not_or_cannot_call(
    portal: SandboxPortal, method: str, refusal: tuple[int, str]
) -> None:
    assert ask(portal, method).refusal == refusal


def test_a_v3_method_exists_under_its_own_address_only(portal: SandboxPortal) -> None:
    assert ask(portal, "rest.scope.list").refusal == (404, "ERROR_METHOD_NOT_FOUND")
    assert ask(portal, "rest.scope.list", api="v3").status == 200
    assert ask(portal, "crm.item.list", {"entityTypeId": 2}, api="v3").refusal == (
        404,
        "METHODNOTFOUNDEXCEPTION",
    )


def test_v3_reads_json_bodies_only(portal: SandboxPortal) -> None:
    path = f"/rest/api/1/{portal.webhook_secret(ADMIN)}/tasks.task.get"
    status, body = send(portal, path, body=b"id=1", kind="application/x-www-form-urlencoded")
    assert (status, body["error"]["code"]) == (400, "BITRIX_REST_V3_EXCEPTION_INVALIDJSONEXCEPTION")
    task = portal.add_task("Call", to=5)
    status, body = send(portal, path, query=f"id={task.id}")
    assert body["error"]["validation"][0]["field"] == "id"


def test_unknown_revoked_and_dismissed_webhooks_are_refused(portal: SandboxPortal) -> None:
    assert send(portal, "/rest/1/wrong/profile")[0] == 401
    assert ask(portal, "profile", by=16).refusal == (401, "NO_AUTH_FOUND")
    portal.revoke_webhook(5)
    assert ask(portal, "profile", by=5).refusal == (401, "NO_AUTH_FOUND")
    assert ask(portal, "profile", by=6).result["ID"] == "6"


def test_plain_http_is_refused_when_the_switch_is_on(portal: SandboxPortal) -> None:
    portal.is_https_required = True
    path = webhook(portal, "profile")
    assert portal.handle(PortalRequest("GET", path, is_secure=True)).status == 200
    refused = portal.handle(PortalRequest("GET", path, is_secure=False))
    assert (refused.status, json.loads(refused.body)["error"]) == (400, "INVALID_REQUEST")


def test_a_broken_method_answers_500_and_the_portal_goes_on(
    portal: SandboxPortal, caplog: pytest.LogCaptureFixture
) -> None:
    portal.crm.types = None  # type: ignore[assignment]
    assert ask(portal, "crm.item.list", {"entityTypeId": 2}).refusal == (500, "INTERNAL_SERVER_ERROR")
    assert "a method of the sandbox broke" in caplog.text
    assert ask(portal, "profile").result["ID"] == "1"
