"""`POST /bitrix24/<portal>/events`: what is believed is on disk before 200, what is refused is not kept."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.clock import VirtualClock
from connector.records import Hint
from connector.store.inbox_writer import InboxWriter
from tests.webhooks.conftest import Stored
from tests.webhooks.deliveries import (
    CYRILLIC_TOKEN,
    DOMAIN,
    EVENTS,
    FORM,
    OTHER_TOKEN,
    TOKEN,
    USER_TOKENS,
    StoredApplication,
    deal,
    delivery,
    form,
)
from webhooks import create_app
from webhooks.payload import BODY_LIMIT


def post(
    client: FlaskClient, body: bytes, path: str = EVENTS, content_type: str | None = FORM
) -> TestResponse:
    return client.post(path, data=body, content_type=content_type)


# -- what is believed -------------------------------------------------------------------------------


def test_a_hint_is_stored_before_200(client: FlaskClient, stored: Stored):
    for number in range(1, 6):
        assert post(client, deal(number)).status_code == 200
        assert len(stored()) == number
    assert stored()[0] == ("main", "item", 2, 1, "ONCRMDEALUPDATE", 1)


def test_a_task_and_a_smart_process_item_are_stored_too(client: FlaskClient, stored: Stored):
    post(client, delivery("OnTaskUpdate", {"FIELDS_BEFORE": {"ID": 5}, "FIELDS_AFTER": {"ID": 5}}))
    post(client, delivery("onCrmDynamicItemUpdate_1046", {"FIELDS": {"ID": 17, "ENTITY_TYPE_ID": 1046}}))
    assert stored() == [
        ("main", "task", 0, 5, "ONTASKUPDATE", 1),
        ("main", "item", 1046, 17, "ONCRMDYNAMICITEMUPDATE_1046", 1),
    ]


def test_a_repeated_delivery_is_one_record_with_two_hits(client: FlaskClient, stored: Stored):
    post(client, deal())
    post(client, deal())
    assert stored() == [("main", "item", 2, 7405, "ONCRMDEALUPDATE", 2)]


@pytest.mark.parametrize("token", [TOKEN, OTHER_TOKEN, CYRILLIC_TOKEN])
def test_every_token_of_the_portal_is_believed(client: FlaskClient, stored: Stored, token: str):
    assert post(client, deal(application_token=token)).status_code == 200
    assert len(stored()) == 1


def test_the_host_may_be_written_in_capitals(client: FlaskClient):
    assert post(client, deal(domain=DOMAIN.upper())).status_code == 200


def test_an_outgoing_webhook_sends_no_user_tokens_and_is_believed(client: FlaskClient, stored: Stored):
    assert post(client, deal(**dict.fromkeys(USER_TOKENS, ""))).status_code == 200
    assert len(stored()) == 1


@pytest.mark.parametrize("event", ["ONAPPTEST", "ONCRMQUOTEUPDATE", "ONAPPUNINSTALL", "ONSOMETHINGNEW"])
def test_an_event_of_no_interest_is_answered_and_counted_and_not_stored(
    client: FlaskClient, application: StoredApplication, stored: Stored, event: str
):
    assert post(client, delivery(event, {"FIELDS": {"ID": 1}})).status_code == 200
    assert stored() == []
    assert application.deliveries == {("main", "ignored"): 1}


# -- what is refused --------------------------------------------------------------------------------

FORGERIES = {
    "wrong token": deal(application_token=TOKEN[:-1] + "f"),
    "token cut short": deal(application_token=TOKEN[:-1]),
    "token with more": deal(application_token=TOKEN + "0"),
    "no token": deal(application_token=""),
    "token that is not ASCII": deal(application_token="жетон"),
    "token with a zero byte": deal(application_token=TOKEN + "\0"),
    "token of another portal": deal(application_token="second-token-of-its-own"),
    "other account": deal(member_id="f" * 32),
    "no account": deal(member_id=""),
    "account that is not ASCII": deal(member_id="счёт"),
    "other address": deal(domain="evil.example"),
    "address with more": deal(domain=f"{DOMAIN}.evil.example"),
    "no address": deal(domain=""),
    "no auth at all": form({"event": "ONCRMDEALUPDATE", "data": {"FIELDS": {"ID": 1}}}),
    "tokens as a list": deal(application_token="") + f"&auth[application_token][]={TOKEN}".encode(),
    "nothing": b"",
    "no interest, wrong token": delivery("ONAPPTEST", {}, application_token="x"),
    "malformed, wrong token": delivery("ONCRMDEALUPDATE", {}, application_token="x"),
}


@pytest.mark.parametrize("body", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_delivery_is_refused_and_nothing_is_stored(
    client: FlaskClient, application: StoredApplication, stored: Stored, body: bytes
):
    assert post(client, body).status_code == 403
    assert stored() == []
    assert application.deliveries == {("main", "refused"): 1}


def test_a_portal_that_is_not_known_is_refused_like_a_wrong_token(
    client: FlaskClient, application: StoredApplication, stored: Stored
):
    known = post(client, deal(application_token="x"))
    unknown = [
        post(client, deal(), f"/bitrix24/{name}/events") for name in ("other", "Main", "m%C3%A9", "%00")
    ]
    assert {answer.status_code for answer in (known, *unknown)} == {403}
    assert {without_id(answer) for answer in unknown} == {without_id(known)}
    assert {tuple(answer.headers) for answer in unknown} == {tuple(known.headers)}
    assert stored() == []
    assert application.deliveries == {("main", "refused"): 1, ("", "refused"): 4}


def test_the_token_of_one_portal_does_not_open_another(client: FlaskClient, stored: Stored):
    assert post(client, deal(), "/bitrix24/second/events").status_code == 403
    assert stored() == []


MALFORMED = {
    "no event": delivery("", {"FIELDS": {"ID": 1}}),
    "no id": delivery("ONCRMDEALUPDATE", {}),
    "negative id": deal(-5),
    "id out of range": deal(2**31),
    "id with an injection": deal("1 OR 1=1"),
    "no type": delivery("ONCRMDYNAMICITEMADD", {"FIELDS": {"ID": 1}}),
    "not UTF-8": deal() + b"&x=%FF",
    "raw bytes": deal() + b"&x=\xfe",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_delivery_is_refused_and_nothing_is_stored(
    client: FlaskClient, application: StoredApplication, stored: Stored, body: bytes
):
    assert post(client, body).status_code == 400
    assert stored() == []
    assert application.deliveries == {("main", "malformed"): 1}


@pytest.mark.parametrize(
    "body",
    [deal() + b"&x=" + b"x" * BODY_LIMIT, deal() + b"&a=1" * 200, b"&" * BODY_LIMIT, b"a=1&" * 20_000],
    ids=["bytes", "pairs", "nothing but signs", "both"],
)
def test_a_delivery_that_is_too_large_is_refused(
    client: FlaskClient, application: StoredApplication, stored: Stored, body: bytes
):
    assert post(client, body).status_code == 413
    assert stored() == []
    assert application.deliveries == {("main", "too_large"): 1}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        f"{FORM}; charset=windows-1251",
        f"{FORM}x",
        "",
        None,
    ],
)
def test_only_forms_in_utf8_are_taken(
    client: FlaskClient, application: StoredApplication, stored: Stored, content_type: str | None
):
    assert post(client, deal(), content_type=content_type).status_code == 415
    assert stored() == []
    assert application.deliveries == {("main", "wrong_type"): 1}


@pytest.mark.parametrize("content_type", [FORM, f"{FORM}; charset=UTF-8", FORM.upper()])
def test_the_type_may_name_its_charset(client: FlaskClient, content_type: str):
    assert post(client, deal(), content_type=content_type).status_code == 200


def test_a_compressed_body_is_not_unpacked(client: FlaskClient):
    answer = client.post(EVENTS, data=deal(), content_type=FORM, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_post_is_answered(client: FlaskClient, stored: Stored, method: str):
    answer = client.open(EVENTS, method=method, data=deal(), content_type=FORM)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert stored() == []


def test_a_store_that_is_down_is_never_answered_with_200(
    client: FlaskClient,
    application: StoredApplication,
    writer: InboxWriter,
    stored: Stored,
    caplog: pytest.LogCaptureFixture,
):
    writer.stop()
    answer = post(client, deal())
    assert (answer.status_code, without_id(answer)) == (503, "not now\n")
    assert "the inbox is closed" in caplog.text
    assert stored() == []
    assert application.deliveries == {("main", "store_down"): 1}


# -- what is said and kept --------------------------------------------------------------------------


def without_id(answer: TestResponse) -> str:
    return answer.text.partition("id: ")[0]


def test_an_error_page_is_a_short_reason_and_the_id_that_the_log_has(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
):
    answer = post(client, deal(application_token="x"))
    reason, error_id = answer.text.splitlines()
    assert answer.mimetype == "text/plain"
    assert reason == "refused"
    assert error_id.removeprefix("id: ") in caplog.text


def test_a_flood_of_forgeries_is_one_line_a_minute(
    client: FlaskClient, clock: VirtualClock, caplog: pytest.LogCaptureFixture
):
    for _ in range(50):
        post(client, deal(application_token="x"))
    clock.advance(61)
    post(client, deal(application_token="x"))
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert "times=1 " in lines[0]
    assert "times=50 " in lines[1]


def test_a_right_token_from_a_renamed_portal_is_explained_to_the_admin(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
):
    assert post(client, deal(domain="renamed.bitrix24.com")).status_code == 403
    assert "renamed.bitrix24.com" in caplog.text


def test_nothing_of_a_forged_delivery_reaches_the_log(client: FlaskClient, caplog: pytest.LogCaptureFixture):
    post(client, deal(application_token="canarytoken", domain="canary.example", member_id="canarymember"))
    post(client, delivery("CANARYEVENT", {}, application_token="x"), "/bitrix24/canary-portal/events")
    post(client, deal("canary-id") + b"&canary=%FF")
    assert len(caplog.records) == 3
    assert "canary" not in caplog.text.lower()


def test_the_hostile_text_of_a_member_id_cannot_forge_a_line(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
):
    post(client, deal(member_id="x\naction=dispatch status=done", domain="a b\r\nc"))
    (record,) = caplog.records
    assert "\n" not in record.getMessage()
    assert "status=done" not in record.getMessage()


def test_no_token_reaches_the_database_or_the_log(
    client: FlaskClient, writer: InboxWriter, stored: Stored, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    for body in (
        deal(),
        deal(1, member_id="f" * 32),
        deal(-1),
        delivery("ONAPPTEST", {}),
        deal() + b"&x=%FF",
    ):
        post(client, body)
        post(client, body, "/bitrix24/other/events")
    writer.stop()
    post(client, deal())
    assert len(stored()) == 1
    secrets = (TOKEN, USER_TOKENS["access_token"], USER_TOKENS["refresh_token"])
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"ONCRMDEALUPDATE" in path.read_bytes() for path in files)
    for secret in secrets:
        assert secret not in caplog.text
        assert not [path for path in files if secret.encode() in path.read_bytes()]


def test_a_defect_answers_with_an_id_and_without_its_words(
    writer: InboxWriter, clock: VirtualClock, caplog: pytest.LogCaptureFixture
):
    class Defective(StoredApplication):
        def submit(self, hint: Hint) -> None:
            raise RuntimeError("canary: the hint was", hint)

    application = Defective(writer, clock)
    answer = post(create_app(application).test_client(), deal())
    assert answer.status_code == 500
    assert answer.text.startswith("internal error\nid: ")
    assert answer.text.split()[-1] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "canary" not in answer.text
    assert application.deliveries == {("main", "failed"): 1}


def test_the_environment_cannot_switch_debugging_on(
    application: StoredApplication, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert not create_app(application).debug
