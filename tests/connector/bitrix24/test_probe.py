"""What a credential can do, and where a portal differs from others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connector.bitrix24 import Client
from connector.bitrix24.probe import USED_METHODS, probe
from connector.clock import VirtualClock
from connector.errors import AuthError
from tests.connector.bitrix24.portal import Refusal, StandIn


@pytest.fixture
def asked(portal: StandIn, clock: VirtualClock) -> StandIn:
    portal.says("scope", ["crm", "task", "user_brief"])
    portal.says(
        "profile", {"ID": "7", "ADMIN": True, "NAME": "Anna", "LAST_NAME": "F", "TIME_ZONE": "Europe/Berlin"}
    )
    portal.says(
        "server.time", lambda params: (clock.now() + timedelta(seconds=3)).isoformat(timespec="seconds")
    )
    portal.says("tasks.task.list", {"tasks": []})
    portal.says(
        "method.get",
        lambda params: {"isExisting": True, "isAvailable": params["name"] != "im.notify.personal.add"},
    )
    portal.says("api/rest.scope.list", {"items": []})
    return portal


def test_two_requests_tell_it_all(asked: StandIn, client: Client) -> None:
    found = probe(client)
    assert client.requests_sent == 2
    assert (found.user_id, found.user_name, found.is_admin, found.time_zone) == (
        7,
        "Anna F",
        True,
        "Europe/Berlin",
    )
    assert found.scopes == {"crm", "task", "user_brief"}
    assert found.clock_skew_seconds == 3
    assert found.has_v3
    assert found.methods == set(USED_METHODS) - {"im.notify.personal.add"}
    assert found.honours_task_marker


def test_a_portal_that_ignores_the_filter_is_found_out(asked: StandIn, client: Client) -> None:
    asked.says("tasks.task.list", {"tasks": [{"id": "1", "title": "x", "status": "2", "xmlId": None}]})
    assert probe(client).honours_task_marker is False


def test_without_the_scope_for_tasks_the_filter_cannot_be_judged(asked: StandIn, client: Client) -> None:
    def refuse(params: dict[str, Any]) -> Any:
        raise Refusal("insufficient_scope", "", 403)

    asked.says("tasks.task.list", refuse)
    assert probe(client).honours_task_marker is None


@pytest.mark.parametrize(
    "answer",
    [
        (404, '{"error":"ERROR_METHOD_NOT_FOUND","error_description":"Method not found!"}'),
        (401, '{"error":"NO_AUTH_FOUND","error_description":"Wrong authorization data"}'),
        (404, "<html>404 Not Found</html>"),
    ],
)
def test_a_portal_without_rest_3_has_none(asked: StandIn, client: Client, answer: Any) -> None:
    asked.instead = [None, *[answer] * 4]
    assert probe(client).has_v3 is False
    assert client.block is None


def test_a_refused_credential_is_told(asked: StandIn, client: Client) -> None:
    asked.instead = [
        (401, '{"error":"INVALID_CREDENTIALS","error_description":"Invalid request credentials"}')
    ]
    with pytest.raises(AuthError, match="INVALID_CREDENTIALS"):
        probe(client)
