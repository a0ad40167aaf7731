"""Kinds of values in the configuration: what text and numbers must look like, and what they become.

Each validator says what was expected; where it was found is added by `connector.config.load`.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from connector.secrets import SecretRef, is_reference

UserId = Annotated[int, Field(ge=1)]
EntityTypeId = Annotated[int, Field(ge=1)]
CategoryId = Annotated[int, Field(ge=0)]

_SPAN = re.compile(r"(\d{1,6}) (second|minute|hour|day|week)s?")


def wrong(message: str) -> PydanticCustomError:
    """A mistake in a value; the message is shown as it stands (pydantic would read braces as its own)."""
    return PydanticCustomError("config", "{message}", {"message": message})


def _must_match(pattern: str, expected: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise wrong(f"expected {expected}")
        return value

    return AfterValidator(check)


LogicalName = Annotated[
    str,
    _must_match(r"[a-z][a-z0-9_]{0,63}", "a name of small letters, digits and _ that begins with a letter"),
]
PortalName = Annotated[
    str,
    _must_match(r"[a-z][a-z0-9-]{0,31}", "a name of small letters, digits and - (it is part of an address)"),
]
CrmFieldName = Annotated[
    str, _must_match(r"[A-Za-z][A-Za-z0-9_]*", "the REST name of a CRM field such as ufCrm_1700000000")
]
TypeName = Annotated[
    str,
    _must_match(
        r"deal|lead|contact|company|invoice|[1-9][0-9]{0,5}",
        "deal, lead, contact, company, invoice or the entityTypeId of a smart process",
    ),
]
StageId = Annotated[
    str, _must_match(r"[A-Z0-9_]{1,50}(:[A-Z0-9_]{1,50})?", 'the id of a CRM stage such as "C4:NEW"')
]
MemberId = Annotated[str, _must_match(r"[0-9A-Za-z]{8,64}", "the portal's member_id, letters and digits")]
HostName = Annotated[
    str,
    _must_match(
        r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?",
        'a host in small letters, such as "example.bitrix24.com"',
    ),
]


def _span(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if not found or not int(found[1]):
        raise wrong('expected a span of time such as "60 seconds", "5 minutes" or "1 day"')
    return timedelta(**{found[2] + "s": int(found[1])})


#: Plain time, longer than nothing. Durations that know working hours belong to pipelines.
Span = Annotated[timedelta, BeforeValidator(_span)]


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone(value: str) -> str:
    if value not in _time_zones():
        raise wrong(f'no time zone is called {value!r}: expected a name such as "Europe/Moscow"')
    return value


TimeZone = Annotated[str, AfterValidator(_time_zone)]


def read_reference(value: Any, info: ValidationInfo) -> SecretRef:
    """The name of a secret; the message never repeats the value, which may be the secret itself."""
    folder: Path = info.context["folder"] if info.context else Path()
    if isinstance(value, SecretRef):
        return value
    if not isinstance(value, str):
        raise wrong('expected the name of a secret: "env:NAME" or "file:PATH"')
    try:
        return SecretRef(value, folder)
    except ValueError:
        raise wrong(
            "a secret may not be written here: put it into a file that only its owner can read and write "
            '"file:PATH", or into the environment and write "env:NAME"'
        ) from None


Secret = Annotated[SecretRef, BeforeValidator(read_reference)]


def address_problem(url: str) -> str | None:
    """Why the connector may not call this address; None if it may."""
    try:
        parts = urlsplit(url)
        has_bad_port = parts.port == 0
    except ValueError:
        return "expected a URL that begins with https://"
    if parts.scheme != "https" or not parts.hostname or has_bad_port:
        return "expected a URL that begins with https://"
    if parts.username is not None or parts.password is not None:
        return "an address with a user name or password is a secret: name it by env:NAME or file:PATH"
    if parts.fragment or re.search(r"[\s\\{}\x00-\x1f]", url):
        return "an address may not hold spaces, backslashes, braces or a #fragment"
    return None


def _address(value: Any, info: ValidationInfo) -> str | SecretRef:
    if isinstance(value, str) and not is_reference(value):
        if problem := address_problem(value):
            raise wrong(problem)
        return value
    return read_reference(value, info)


#: An https address, or the name of a secret that holds one.
Address = Annotated[str | SecretRef, BeforeValidator(_address)]


def _public_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        has_bad_port = parts.port == 0
    except ValueError:
        parts, has_bad_port = urlsplit(""), True
    is_bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in ("http", "https") or not parts.hostname or has_bad_port or not is_bare:
        raise wrong("expected https:// and a host, such as https://funnelwright.example.com")
    return f"{parts.scheme}://{parts.netloc.lower()}"


#: How people reach something that we serve: scheme and host, nothing behind it.
PublicAddress = Annotated[str, AfterValidator(_public_address)]


def _ip_address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise wrong("expected an IP address such as 127.0.0.1") from None


IpAddress = Annotated[str, AfterValidator(_ip_address)]


def is_loopback(host: str) -> bool:
    """Whether the host is this machine itself, so that no other can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
