"""The headers of every answer, the names the dashboard answers to, and whose word on addresses counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from werkzeug.middleware.proxy_fix import ProxyFix

from connector.config import DashboardConfig

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HEADERS: Final = (
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
_KEPT_FOR_EVER: Final = ("Cache-Control", "public, max-age=31536000, immutable")
_LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "::1")


def with_headers(application: WSGIApplication) -> WSGIApplication:
    """The same application with the headers on every answer, errors too; one that is set already stays."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_static = environ.get("PATH_INFO", "").startswith("/static/") and "v=" in environ["QUERY_STRING"]

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            if is_static and status.startswith("200"):
                headers = [each for each in headers if each[0].lower() != "cache-control"] + [_KEPT_FOR_EVER]
            given = {name.lower() for name, _ in headers}
            added = [(name, value) for name, value in _HEADERS if name.lower() not in given]
            if environ["wsgi.url_scheme"] == "https":
                added.append(("Strict-Transport-Security", "max-age=31536000"))
            return start_response(status, headers + added, *error)

        return application(environ, start)

    return answer


def behind_proxies(application: WSGIApplication, proxies: Collection[str]) -> WSGIApplication:
    """Believe X-Forwarded-For and X-Forwarded-Proto of these addresses, and of nobody else."""
    believing = ProxyFix(application, x_for=1, x_proto=1)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_proxy = environ.get("REMOTE_ADDR") in proxies
        return (believing if is_proxy else application)(environ, start_response)

    return answer


def trusted_hosts(config: DashboardConfig) -> frozenset[str] | None:
    """Names that the dashboard answers to: a name of somebody else's that leads here is an attack.

    None (any name) where it listens for other machines and no address says how they call it.
    """
    if config.address is None and not config.is_on_loopback:
        return None
    named = [str(urlsplit(config.address).hostname)] if config.address is not None else []
    return frozenset({*named, *_LOOPBACK_NAMES, config.host})
