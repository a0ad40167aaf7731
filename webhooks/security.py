"""Who may speak to us, and the headers of every answer."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from connector.config import PortalIdentity

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HEADERS = (
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("Strict-Transport-Security", "max-age=31536000"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)


def decoy_identity() -> PortalIdentity:
    """An identity that nobody can meet: an unknown portal is compared with it, so that it costs the same."""
    token, member_id = secrets.token_hex(16).encode(), secrets.token_hex(16)
    return PortalIdentity("", (token,), member_id, frozenset({"invalid"}))


def has_token(identity: PortalIdentity, pairs: Mapping[str, str]) -> bool:
    """Whether the event carries one of the portal's application tokens; takes as long whichever it is.

    Compared as bytes: `compare_digest` raises on text that is not ASCII.
    """
    given = pairs.get("auth[application_token]", "").encode()
    matches = [hmac.compare_digest(token, given) for token in identity.tokens]
    return any(matches)


def is_of_portal(identity: PortalIdentity, pairs: Mapping[str, str]) -> bool:
    """Whether the event names the pinned account and a pinned address."""
    same_member = hmac.compare_digest(identity.member_id.encode(), pairs.get("auth[member_id]", "").encode())
    same_domain = pairs.get("auth[domain]", "").lower() in identity.domains
    return same_member and same_domain


def with_security_headers(application: WSGIApplication) -> WSGIApplication:
    """The same application with the headers on every answer, errors too; one that is set already stays."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            given = {name.lower() for name, _ in headers}
            added = [(name, value) for name, value in _HEADERS if name.lower() not in given]
            return start_response(status, headers + added, *error)

        return application(environ, start)

    return answer
