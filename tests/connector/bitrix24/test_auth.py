"""The webhook's address: what is one, where methods live, and that it is never shown."""

from __future__ import annotations

import pytest

from connector.bitrix24.auth import WebhookAuth
from connector.errors import ConfigError

SECRET = "zCANARYz0123456789"


@pytest.mark.parametrize(
    "url",
    [
        f"https://portal.example/rest/7/{SECRET}/",
        f"https://portal.example/rest/7/{SECRET}",
        f"  https://PORTAL.example/rest/7/{SECRET}/profile.json ",
    ],
)
def test_methods_live_under_the_webhook(url: str) -> None:
    auth = WebhookAuth(url)
    assert auth.url("v2", "crm.item.list") == f"https://portal.example/rest/7/{SECRET}/crm.item.list"
    assert auth.url("v3", "tasks.task.add") == f"https://portal.example/rest/api/7/{SECRET}/tasks.task.add"
    assert (auth.host, auth.user_id) == ("portal.example", 7)
    assert auth.parameters() == {}
    assert auth.on_expired() is False


@pytest.mark.parametrize("host", ["127.0.0.1:8025", "localhost:8025", "[::1]:8025"])
def test_plain_http_is_for_this_machine(host: str) -> None:
    auth = WebhookAuth(f"http://{host}/rest/1/{SECRET}/")
    assert auth.url("v2", "profile") == f"http://{host}/rest/1/{SECRET}/profile"


@pytest.mark.parametrize(
    "url",
    [
        f"http://portal.example/rest/1/{SECRET}/",
        f"http://127.0.0.1.portal.example/rest/1/{SECRET}/",
        f"http://localhost@portal.example/rest/1/{SECRET}/",
        f"https://user:{SECRET}@portal.example/rest/1/{SECRET}/",
        f"ftp://portal.example/rest/1/{SECRET}/",
        f"https:///rest/1/{SECRET}/",
        f"https://portal.example/rest/{SECRET}/",
        f"https://portal.example/{SECRET}/",
        f"https://portal.example/rest/1/{SECRET}/?auth={SECRET}",
        f"https://portal.example:port/rest/1/{SECRET}/",
        f"https://[portal.example/rest/1/{SECRET}/",
        f"portal.example/rest/1/{SECRET}/",
        "",
    ],
)
def test_what_is_no_webhook_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        WebhookAuth(url)
    assert "https" in str(refused.value)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


def test_it_shows_its_portal_and_not_its_secret() -> None:
    auth = WebhookAuth(f"https://portal.example/rest/7/{SECRET}/")
    assert repr(auth) == "WebhookAuth(portal.example, user 7)"
    assert SECRET not in f"{auth}{auth!r}{[auth]}"
    assert SECRET not in auth.conceal(f"you are {SECRET}!")
