"""Who we are to the portal: where a method lives and what is added to its parameters.

`Auth` is the seat for OAuth (tokens in the body, refreshed when the portal says `expired_token`); today there
is one way, the inbound webhook, whose address *is* the secret. Nothing here ever shows it: not `repr`, not an
error.

Pages: local-integrations/local-webhooks.md, api-reference/rest-v3.md, settings/oauth/index.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from connector.bitrix24.call import Api
from connector.errors import ConfigError


class Auth(Protocol):
    """A credential of one portal."""

    @property
    def host(self) -> str:
        """Host (and port) of the portal; not a secret."""

    def url(self, api: Api, method: str) -> str:
        """Where this method is called. Secret: it may not leave the transport."""

    def parameters(self) -> Mapping[str, Any]:
        """What is added to the body of every request (an access token); empty for a webhook."""

    def on_expired(self) -> bool:
        """The portal said `expired_token`: get a new one; True if the call is worth repeating once."""

    def conceal(self, text: str) -> str:
        """`text` without the credential, should the portal have repeated it to us."""


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PATH = re.compile(r"/rest/(?P<user>\d+)/(?P<secret>[A-Za-z0-9]+)(?:/.*)?")
_EXPECTED = "expected https://<portal>/rest/<user id>/<code>/, as the portal shows it for an inbound webhook"


class WebhookAuth:
    """An inbound webhook; acts as the employee who made it, within its scopes.

    ConfigError if the address is not one: https is required (plain http only for this machine).
    """

    __slots__ = ("_base", "_secret", "host", "user_id")

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError:
            raise ConfigError(f"the webhook address cannot be read: {_EXPECTED}") from None
        path = _PATH.fullmatch(parts.path)
        name = parts.hostname or ""
        if path is None or not name or parts.query or parts.username or parts.password:
            raise ConfigError(f"this is not a webhook address: {_EXPECTED}")
        if parts.scheme != "https" and not (parts.scheme == "http" and name in _LOOPBACK):
            raise ConfigError("the webhook address must be https (the portal refuses anything else)")
        shown = f"[{name}]" if ":" in name else name
        self.host = f"{shown}:{port}" if port else shown
        self.user_id = int(path["user"])
        self._secret = path["secret"]
        self._base = f"{parts.scheme}://{self.host}/rest"

    def url(self, api: Api, method: str) -> str:
        version = "/api" if api == "v3" else ""
        return f"{self._base}{version}/{self.user_id}/{self._secret}/{method}"

    def parameters(self) -> Mapping[str, Any]:
        return {}

    def on_expired(self) -> bool:
        return False  # a webhook has no token to renew

    def conceal(self, text: str) -> str:
        return text.replace(self._secret, "***")

    def __repr__(self) -> str:
        return f"WebhookAuth({self.host}, user {self.user_id})"
