"""Calls to addresses that an admin listed in config.toml: everything that leaves and is not for the portal.

An address is https, public and exactly as it is written: redirects are not followed, and a name is looked up
once and called at the very address that was found to be public, so that it cannot turn into an internal one
in between. Environment proxies are not used. What comes back is a status and nothing else; the body is not
read. The address may be a secret, so no message names it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from connector.bitrix24.outcome import Outcome

#: Seconds to connect, and between two bytes of the answer.
TIMEOUT = (5.0, 10.0)
USER_AGENT = "funnelwright"
IDEMPOTENCY_KEY = "Idempotency-Key"
#: The receiver asks to be called again: RFC 9110, RFC 6585.
_LATER = (429, 503)

Resolve = Callable[[str, int], Sequence[str]]


class NotPublic(requests.RequestException):
    """The address is not one of the public internet."""


@dataclass(frozen=True, slots=True)
class OutsideCall:
    """One call: where to, what it says, and the key by which the receiver knows a repeat."""

    url: str
    body: Mapping[str, Any]
    key: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a call."""

    outcome: Outcome
    reason: str = ""
    #: Seconds.
    retry_after: float | None = None


class Outgoing:
    """Posts JSON to listed addresses; `adapter` replaces the network in tests."""

    def __init__(self, adapter: BaseAdapter | None = None) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("https://", adapter or PublicAdapter())
        # Nothing else may leave, whatever the configuration says.
        del self._session.adapters["http://"]

    def post(self, call: OutsideCall) -> Reply:
        """Send the call once; never raises for what the network or the receiver does."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            IDEMPOTENCY_KEY: call.key,
        }
        try:
            response = self._session.post(
                call.url,
                data=orjson.dumps(dict(call.body)),
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            )
        except requests.RequestException as error:
            return _reply_to_error(error)
        with response:
            return _reply_to_status(response.status_code, response.headers.get("Retry-After"))


def _reply_to_error(error: requests.RequestException) -> Reply:
    if isinstance(error, NotPublic | requests.exceptions.InvalidSchema | requests.exceptions.InvalidURL):
        return Reply(Outcome.REJECTED, "the address is not a public https one")
    if isinstance(error, requests.exceptions.SSLError):
        return Reply(Outcome.REJECTED, "the receiver's certificate cannot be trusted")
    if isinstance(error, Unresolved) or _is_before_sending(error):
        return Reply(Outcome.NOT_RUN, "the receiver cannot be reached")
    return Reply(Outcome.UNKNOWN, f"no answer ({type(error).__name__})")


def _is_before_sending(error: requests.RequestException) -> bool:
    """Whether no byte of the request can have left."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(cause, NewConnectionError | ConnectTimeoutError)


def _reply_to_status(status: int, retry_after: str | None) -> Reply:
    if 200 <= status < 300:
        return Reply(Outcome.DONE)
    if status in _LATER:
        seconds = float(retry_after) if retry_after and retry_after.isdecimal() else None
        return Reply(Outcome.NOT_RUN, f"the receiver answered {status}", seconds)
    if status < 400:
        return Reply(Outcome.REJECTED, f"the receiver answered {status}: redirects are not followed")
    outcome = Outcome.REJECTED if status < 500 else Outcome.UNKNOWN
    return Reply(outcome, f"the receiver answered {status}")


class Unresolved(requests.ConnectionError):
    """The name of the receiver leads nowhere."""


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name; Unresolved if it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(str(error)) from None
    return [str(each[4][0]) for each in found]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet (no private, loopback, link-local … range)."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return (mapped or ip).is_global and not (mapped or ip).is_multicast


class PublicAdapter(HTTPAdapter):
    """Connects to the address that was looked at, under the name that was asked for."""

    def __init__(self, resolve: Resolve = resolve, is_allowed: Callable[[str], bool] = is_public) -> None:
        self._resolve, self._is_allowed = resolve, is_allowed
        super().__init__(max_retries=0)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[Any, Any]:
        host_params, pool_kwargs = super().build_connection_pool_key_attributes(request, verify, cert)
        name = str(host_params["host"])
        addresses = self._resolve(name, int(host_params["port"] or 443))
        # One that is not public is enough to refuse: such a name is not what an admin meant.
        if not addresses or not all(map(self._is_allowed, addresses)):
            raise NotPublic("the address is not public")
        pinned = {**pool_kwargs, "server_hostname": name, "assert_hostname": name}
        return {**host_params, "host": addresses[0]}, pinned

    def add_headers(self, request: requests.PreparedRequest, **kwargs: Any) -> None:
        request.headers["Host"] = urlsplit(request.url or "").netloc
