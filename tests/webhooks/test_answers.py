"""Every answer, on every route: headers, error pages, health."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.webhooks.deliveries import EVENTS, FORM, StoredApplication, deal
from webhooks import create_app
from webhooks.ports import DeliveryOutcome
from webhooks.sampling import Sampler

EXPECTED_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/", 404),
        ("GET", "/bitrix24/main/events", 405),
        ("POST", "/bitrix24/main/events", 415),
        ("GET", "/health/../etc", 404),
        ("POST", "/health", 405),
        ("OPTIONS", "/health", 405),
    ],
)
def test_every_answer_has_the_security_headers_and_says_little(
    client: FlaskClient, method: str, path: str, status: int
):
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert answer.mimetype == "text/plain"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert {name: answer.headers[name] for name in EXPECTED_HEADERS} == EXPECTED_HEADERS
    assert "Set-Cookie" not in answer.headers
    assert len(answer.text) < 120


def test_there_are_no_other_routes(application: StoredApplication):
    rules = {
        (rule.rule, *sorted(rule.methods or ())) for rule in create_app(application).url_map.iter_rules()
    }
    assert rules == {("/bitrix24/<portal>/events", "POST"), ("/health", "GET", "HEAD")}


def test_health_says_whether_a_hint_could_be_taken_and_nothing_else(
    client: FlaskClient, application: StoredApplication
):
    answer = client.get("/health")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    application.ready = False
    answer = client.get("/health")
    assert (answer.status_code, answer.text) == (503, "unavailable\n")


def test_a_missing_page_does_not_repeat_the_address(client: FlaskClient):
    assert "canary" not in client.get("/canary<script>").text


def test_each_outcome_has_a_name_of_its_own():
    assert len({outcome.value for outcome in DeliveryOutcome}) == len(DeliveryOutcome)


def test_deliveries_of_two_kinds_are_sampled_apart(client: FlaskClient, caplog: pytest.LogCaptureFixture):
    client.post(EVENTS, data=deal(application_token="x"), content_type=FORM)
    client.post(EVENTS, data=deal(-1), content_type=FORM)
    assert [record.getMessage().split()[1] for record in caplog.records] == [
        "status=refused",
        "status=malformed",
    ]


def test_a_clock_that_goes_back_does_not_silence_the_log(clock):
    sampler = Sampler()
    assert sampler.due(("main", "refused"), clock.now()) == 1
    assert sampler.due(("main", "refused"), clock.now()) == 0
    earlier = clock.now().replace(year=2025)
    assert sampler.due(("main", "refused"), earlier) == 2
