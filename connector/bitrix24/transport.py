"""One POST on the wire: kept-alive connections, a deadline for the whole of it, a cap on the answer.

Refuses to follow redirects (a renamed portal answers 302, and following it turns POST into GET and drops the
parameters: settings/how-to-call-rest-api/change-domen.md), to read proxies or passwords from the environment,
to keep cookies, and to raise: whatever happens becomes a `Wire` in our own words, because the texts of the
HTTP library hold the address and so the secret.
"""

from __future__ import annotations

import http.cookiejar
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter

from connector import log
from connector.bitrix24.classify import Wire
from connector.clock import Clock

CONNECT_SECONDS = 5.0
#: Over the portal's own cap of one request, to hear its answer to a call that took all of it.
MARGIN_SECONDS = 5.0
#: A full batch of 2,500 cards with long texts comes near 10 MB: a cap of 5 would always cut off the same one.
BODY_CAP_BYTES = 16 * 1024 * 1024
#: As many as the bucket of the cheaper plans takes at once (limits.md).
POOL_SIZE = 50
try:
    USER_AGENT = f"Funnelwright/{version('funnelwright')}"
except PackageNotFoundError:  # run from a source tree that is not installed
    USER_AGENT = "Funnelwright"
_CHUNK_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


#: Called between the head of an answer and its body.
BeforeBody = Callable[[], None]


def at_once() -> None:
    """An answer is taken as it comes."""


class Transport:
    """Sends requests to one portal; thread-safe. `call_cap_seconds` is the portal's cap of one request."""

    def __init__(
        self,
        *,
        clock: Clock,
        adapter: BaseAdapter | None = None,
        call_cap_seconds: float = 60.0,
        body_cap_bytes: int = BODY_CAP_BYTES,
        user_agent: str = USER_AGENT,
    ) -> None:
        log.guard_http_library()
        self._clock = clock
        self._deadline_seconds = call_cap_seconds + MARGIN_SECONDS
        self._body_cap_bytes = body_cap_bytes
        self._session = _session(adapter, user_agent)

    def post(
        self,
        url: str,
        body: bytes,
        before_body: BeforeBody = at_once,
    ) -> Wire:
        """Send `body` (JSON) to `url`; never raises for anything the network or the portal does.

        `before_body` is called when the answer has begun to come in, and may wait before it is taken.
        """
        deadline = self._clock.monotonic() + self._deadline_seconds
        try:
            response = self._session.post(
                url,
                data=body,
                timeout=(CONNECT_SECONDS, self._deadline_seconds),
                allow_redirects=False,
                stream=True,
            )
            with closing(response):
                asked_at = self._clock.monotonic()
                before_body()
                return self._received(response, url, deadline + self._clock.monotonic() - asked_at)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return Wire(failure=_in_our_words(error), has_left=not _is_before_sending(error))

    def close(self) -> None:
        self._session.close()

    def _received(self, response: requests.Response, url: str, deadline: float) -> Wire:
        status = response.status_code
        if status in _REDIRECTS and (location := response.headers.get("Location")):
            host = _host(location) or _host(url)  # a relative address stays on the same host
            return Wire(status, redirect_host=host, is_same_host=host == _host(url))
        body = bytearray()
        for chunk in _chunks(response):
            body += chunk
            if len(body) > self._body_cap_bytes:
                return Wire(status, failure=f"the answer is longer than {self._body_cap_bytes} bytes")
            if self._clock.monotonic() > deadline:
                return Wire(status, failure=f"the answer took longer than {self._deadline_seconds:.0f} s")
        return Wire(status, bytes(body))


class PortalAdapter(HTTPAdapter):
    """Kept-alive connections that all share what is known of certificates.

    The library reads the whole bundle of authorities anew for each connection, which takes as long as reading
    2,500 rows. `authorities`: a file to believe instead of the usual ones.
    """

    def __init__(self, authorities: str | None = None) -> None:
        # Checks the certificate and its host name: these are the defaults of this context.
        self._context = ssl.create_default_context(cafile=authorities or certifi.where())
        super().__init__(pool_connections=1, pool_maxsize=POOL_SIZE, max_retries=0)

    def init_poolmanager(self, *arguments: Any, **settings: Any) -> None:
        super().init_poolmanager(*arguments, **settings, ssl_context=self._context)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing is to be loaded any more; that everything is checked stays as it is."""
        conn.cert_reqs = "CERT_REQUIRED"


def _session(adapter: BaseAdapter | None, user_agent: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update(
        {"User-Agent": user_agent, "Accept": "application/json", "Content-Type": "application/json"}
    )
    adapter = adapter or PortalAdapter()
    session.mount("https://", adapter)
    session.mount("http://", adapter)  # only this machine: `auth` refuses it for any other host
    return session


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """What has arrived, as it arrives: a read that waited for a full buffer could outlast any deadline."""
    if not isinstance(response.raw, urllib3.HTTPResponse):
        yield from response.iter_content(_CHUNK_BYTES)
        return
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
        yield chunk


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


# -- failures ------------------------------------------------------------------------------------

#: Reasons of OpenSSL that can only occur before the first byte of a request.
_HANDSHAKE = frozenset(
    {
        "CERTIFICATE_VERIFY_FAILED",
        "WRONG_VERSION_NUMBER",
        "UNSUPPORTED_PROTOCOL",
        "NO_PROTOCOLS_AVAILABLE",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "TLSV1_UNRECOGNIZED_NAME",
    }
)
_BEFORE_SENDING = (
    requests.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NewConnectionError,  # also an unknown host
    ssl.SSLCertVerificationError,
    ConnectionRefusedError,
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what lies behind it: chained, wrapped as `reason`, or among its arguments."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _is_before_sending(error: BaseException) -> bool:
    return any(
        isinstance(cause, _BEFORE_SENDING) or (isinstance(cause, ssl.SSLError) and cause.reason in _HANDSHAKE)
        for cause in _causes(error)
    )


_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (requests.ConnectTimeout, "the portal does not take connections (timeout)"),
    (urllib3.exceptions.NameResolutionError, "the portal's host name is unknown here"),
    (ssl.SSLCertVerificationError, "the portal's certificate is not valid"),
    (ssl.SSLError, "no encrypted connection to the portal"),
    (ConnectionRefusedError, "the portal refuses connections"),
    (urllib3.exceptions.NewConnectionError, "no connection to the portal"),
    (TimeoutError, "the portal did not answer in time"),
    (requests.Timeout, "the portal did not answer in time"),
    (urllib3.exceptions.TimeoutError, "the portal did not answer in time"),
    (urllib3.exceptions.IncompleteRead, "the answer broke off"),
    (urllib3.exceptions.DecodeError, "the answer could not be unpacked"),
    (requests.exceptions.ContentDecodingError, "the answer could not be unpacked"),
    (requests.exceptions.ChunkedEncodingError, "the answer broke off"),
)


def _in_our_words(error: BaseException) -> str:
    causes = list(_causes(error))
    for kind, words in _WORDS:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    return f"the connection to the portal broke ({type(error).__name__})"
