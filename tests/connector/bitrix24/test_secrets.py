"""The webhook's secret never leaves the client: not in an error, a value, a log line, whatever goes wrong."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest
import requests

from connector.bitrix24 import Call, Client, WebhookAuth
from connector.errors import CRMError
from tests.connector.bitrix24.portal import SECRET, WEBHOOK, StandIn

URL = f"{WEBHOOK}crm.item.get"
FAULTS: list[Any] = [
    requests.ConnectionError(
        f"HTTPSConnectionPool(host='portal.example'): Max retries exceeded with url: {URL}"
    ),
    requests.ConnectTimeout(URL),
    requests.ReadTimeout(URL),
    requests.exceptions.SSLError(URL),
    requests.exceptions.InvalidURL(URL),
    requests.TooManyRedirects(URL),
    (200, f"<html>{URL}</html>"),
    (400, f'{{"error":"{URL}","error_description":"no method at {URL}"}}'),
    (400, f'{{"error":"","error_description":"you are {SECRET}"}}'),
    (401, f'{{"error":"NO_AUTH_FOUND","error_description":"{SECRET} is unknown"}}'),
    (403, f'{{"error":{{"code":"{SECRET}","message":"{SECRET}","validation":[{{"message":"{SECRET}"}}]}}}}'),
    (500, f'{{"error":"INTERNAL_SERVER_ERROR","error_description":"{URL}"}}'),
    (503, f'{{"error":"QUERY_LIMIT_EXCEEDED","error_description":"{URL}"}}'),
    (503, f'{{"error":"OVERLOAD_LIMIT","error_description":"{URL}"}}'),
    (302, "", {"Location": f"https://new.example/rest/1/{SECRET}/crm.item.get"}),
    (302, "", {"Location": URL}),
    (200, f'{{"result":{{"result":[],"result_error":{{"a":{{"error":"X","error_description":"{URL}"}}}}}}}}'),
]


@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda fault: str(fault[0] if isinstance(fault, tuple) else type(fault))
)
def test_nothing_shows_it_when(
    portal: StandIn, client: Client, caplog: pytest.LogCaptureFixture, fault: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    call = Call("crm.item.get", {"id": 1})
    shown: list[str] = []
    for ask in (lambda: client.ask(call), lambda: client.ask_many({"a": call})):
        portal.instead = [fault] * 9
        try:
            shown.append(repr(ask()))
        except CRMError as error:
            shown += [str(error), repr(error), "".join(traceback.format_exception(error))]
    portal.instead = [fault] * 9
    shown += [repr(client.send(call)), repr(client.send_many({"a": call})), repr(client.block), repr(client)]
    assert SECRET not in "\n".join(shown)
    assert SECRET not in caplog.text


def test_the_http_librarys_own_lines_are_redacted(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    line = '%s://%s:%s "%s %s HTTP/1.1" 200'
    logging.getLogger("urllib3.connectionpool").debug(
        line, "https", "portal.example", 443, "POST", f"/rest/1/{SECRET}/m"
    )
    assert "/rest/1/***/m" in caplog.text
    assert SECRET not in caplog.text


def test_a_credential_shows_its_portal_only() -> None:
    assert SECRET not in repr(WebhookAuth(WEBHOOK))
