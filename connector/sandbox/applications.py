"""Local applications: tokens that act as a user with application context, which inbound webhooks do not have.

An access token lives an hour, a refresh token gives a new pair once (settings/oauth/auto-renewal.md).
There is no browser here, so no consent page: `install` does what the portal does when an admin installs
an API-only app.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connector.sandbox.events import Happening, Subscriber
from connector.sandbox.kernel import Credential, RestError

if TYPE_CHECKING:
    from connector.sandbox.portal import SandboxPortal

TOKEN_LIFE = timedelta(hours=1)


@dataclass(slots=True)
class Application:
    """One installed local application."""

    id: int
    client_id: str
    client_secret: str = field(repr=False)
    application_token: str = field(repr=False)
    installed_by: int
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Token:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    client_id: str
    user_id: int
    expires_at: datetime


class Applications:
    """The applications of one portal and the tokens that are in use."""

    def __init__(self, portal: SandboxPortal) -> None:
        self._portal = portal
        self.installed: dict[str, Application] = {}
        self._by_access: dict[str, Token] = {}
        self._by_refresh: dict[str, Token] = {}
        self._made = 0

    def install(self, user_id: int, scopes: list[str] | None = None) -> tuple[Application, Token]:
        """Install an application as `user_id`; `scopes` None: all."""
        number = len(self.installed) + 1
        app = Application(
            number,
            f"local.{self._random_text()[:24]}",
            self._random_text(),
            self._random_text(),
            user_id,
            frozenset(scopes) if scopes is not None else None,
        )
        self.installed[app.client_id] = app
        return app, self.issue(app, user_id)

    def issue(self, app: Application, user_id: int) -> Token:
        """A new pair of tokens of a user."""
        expires_at = self._portal.now() + TOKEN_LIFE
        token = Token(self._random_text(), self._random_text(), app.client_id, user_id, expires_at)
        self._by_access[token.access] = token
        self._by_refresh[token.refresh] = token
        return token

    def refresh(self, client_id: str, client_secret: str, refresh_token: str) -> Token:
        """Exchange a refresh token, which works once; RestError as the authorisation server answers."""
        app = self.installed.get(client_id)
        if app is None or app.client_secret != client_secret:
            raise RestError("invalid_client", "", 401)
        token = self._by_refresh.pop(refresh_token, None)
        if token is None or token.client_id != client_id:
            raise RestError("invalid_grant", "", 400)
        return self.issue(app, token.user_id)

    def credential(self, access_token: str) -> Credential:
        """Whose call an access token makes; RestError when it is unknown or too old."""
        if not access_token:
            raise RestError("NO_AUTH_FOUND", "Wrong authorization data", 401)
        token = self._by_access.get(access_token)
        if token is None:
            raise RestError("invalid_token", "Unable to get application by token", 401)
        if token.expires_at <= self._portal.now():
            raise RestError("expired_token", "The access token provided has expired.", 401)
        app = self.installed[token.client_id]
        return Credential("app", token.user_id, token.access, app.scopes, app.client_id)

    def tokens_for(self, subscriber: Subscriber, happening: Happening) -> dict[str, str]:
        """The access token in an application's event; none when nobody's action raised it (automation)."""
        app = self.installed.get(subscriber.client_id)
        user_id = subscriber.auth_type or happening.by
        if app is None or not user_id:
            return {}
        token = self.issue(app, user_id)
        return {
            "access_token": token.access,
            "expires_in": str(int(TOKEN_LIFE.total_seconds())),
            "scope": self.scope_text(app.client_id),
            "status": "L",
            "user_id": str(user_id),
        }

    def scope_text(self, client_id: str) -> str:
        """The scopes of an application as the wire has them, `crm,task,user`."""
        return ",".join(sorted(self.installed[client_id].scopes or ("crm", "task", "user")))

    def _random_text(self) -> str:
        self._made += 1
        return hashlib.sha256(f"application {self._portal.seed_number} {self._made}".encode()).hexdigest()[
            :32
        ]
