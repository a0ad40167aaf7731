"""Deliveries as the portal sends them, and an application over the real store that takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from connector.clock import Clock
from connector.config import PortalIdentity
from connector.records import Hint
from connector.store.inbox_writer import InboxWriter
from webhooks.ports import RECEIVED

TOKEN = "51856fefc120afa4b628cc82d3935cce"
OTHER_TOKEN = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
CYRILLIC_TOKEN = "секретный-токен"
MEMBER_ID = "a223c6b3710f85df22e9377d6c4f7553"
DOMAIN = "example.bitrix24.com"
FORM = "application/x-www-form-urlencoded"
EVENTS = "/bitrix24/main/events"
#: What an event of an application carries besides: none of it may be kept.
USER_TOKENS = {
    "access_token": "canaryaccess6a2f8e00b1d9",
    "refresh_token": "canaryrefresh77c1d20f4e8",
    "expires_in": "3600",
    "scope": "crm,task",
    "status": "L",
    "user_id": "1",
    "client_endpoint": f"https://{DOMAIN}/rest/",
    "server_endpoint": "https://oauth.bitrix.info/rest/",
}

IDENTITIES = {
    "main": PortalIdentity(
        "main",
        (OTHER_TOKEN.encode(), TOKEN.encode(), CYRILLIC_TOKEN.encode()),
        MEMBER_ID,
        frozenset({DOMAIN}),
    ),
    "second": PortalIdentity("second", (b"second-token-of-its-own",), "f" * 32, frozenset({"two.example"})),
}


class StoredApplication:
    """The port over a real writer of hints, until it is stopped."""

    def __init__(self, writer: InboxWriter, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self.deliveries: Counter[tuple[str, str]] = Counter()
        self.received: Counter[tuple[str, str]] = Counter()
        self.ready = True

    def portal_identity(self, name: str) -> PortalIdentity | None:
        return IDENTITIES.get(name)

    def submit(self, hint: Hint) -> None:
        self._writer.submit(hint)

    def count_delivery(self, portal: str, outcome: str) -> None:
        (self.received if outcome == RECEIVED else self.deliveries)[portal, outcome] += 1

    def is_ready(self) -> bool:
        return self.ready

    def now(self) -> datetime:
        return self._clock.now()


def delivery(event: str, data: Any, **auth: str) -> bytes:
    """The body of an event; keywords replace or (with "") take away keys of its `auth`."""
    keys = {"domain": DOMAIN, "member_id": MEMBER_ID, "application_token": TOKEN} | USER_TOKENS | auth
    kept = {key: value for key, value in keys.items() if value}
    return form({"event": event, "event_handler_id": 185, "data": data, "ts": 1766047124, "auth": kept})


def deal(number: int | str = 7405, **auth: str) -> bytes:
    return delivery("ONCRMDEALUPDATE", {"FIELDS": {"ID": number}}, **auth)


def form(values: Mapping[str, Any], *, encode_brackets: bool = True) -> bytes:
    """PHP's http_build_query: nested keys in brackets, empty arrays vanish."""
    pairs = (
        f"{quote_plus(name, safe='' if encode_brackets else '[]')}={quote_plus(str(value))}"
        for name, value in _flat(values)
    )
    return "&".join(pairs).encode()


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in values.items():
        name = f"{prefix}[{key}]" if prefix else key
        if isinstance(value, list):
            value = dict(enumerate(value))
        pairs += _flat(value, name) if isinstance(value, Mapping) else [(name, value)]
    return pairs
