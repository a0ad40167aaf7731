"""Kinds of values in the configuration: what text and numbers must look like, and what they become.

Each validator's message says what was expected; where it was found is added by `connector.config.problems`.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from connector.secrets import SecretRef, is_reference

Language = Literal["en", "ru"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

UserId = Annotated[int, Field(ge=1)]
EntityTypeId = Annotated[int, Field(ge=1)]
LogicalName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
PortalName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]

_SPAN = re.compile(r"(\d{1,6}) (second|minute|hour|day|week)s?")


def wrong(message: str) -> PydanticCustomError:
    """A mistake in a value; the message is shown as it stands."""
    # Doubled braces: pydantic reads the message as a template.
    return PydanticCustomError("config", "{message}", {"message": message})


def _span(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or not int(found[1]):
        raise wrong('expected a span of time such as "60 seconds", "5 minutes" or "1 day"')
    return timedelta(**{found[2] + "s": int(found[1])})


#: Plain time, longer than nothing; working time belongs to pipelines.
Span = Annotated[timedelta, BeforeValidator(_span)]


class HourRange(NamedTuple):
    """Opening hours of a working day, local time."""

    opens: time
    closes: time


def _hours(value: Any) -> Any:
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", value) if isinstance(value, str) else None
    try:
        hours = HourRange(time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))) if found else None
    except ValueError:
        hours = None
    if hours is None or hours.opens >= hours.closes:
        raise wrong('expected opening hours such as "09:00-18:00"')
    return hours


Hours = Annotated[HourRange, BeforeValidator(_hours)]


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone(value: str) -> str:
    if value not in _time_zones():
        raise wrong(f'{value!r} is not a time zone: expected a name such as "Europe/Moscow"')
    return value


TimeZone = Annotated[str, AfterValidator(_time_zone)]


def _secret(value: Any, info: ValidationInfo) -> Any:
    folder: Path = (info.context or {}).get("folder", Path())
    if not isinstance(value, str):
        raise wrong('expected the name of a secret: "env:NAME" or "file:PATH"')
    try:
        return SecretRef(value, folder)
    except ValueError:
        # The value may be the secret itself: it is not repeated.
        raise wrong(
            "a secret may not be written here: put it in a file that only its owner can read and write "
            '"file:PATH", or in the environment and write "env:NAME"'
        ) from None


Secret = Annotated[SecretRef, BeforeValidator(_secret)]


def https_problem(url: str) -> str | None:
    """Why the text cannot be an address that the connector calls; None if it can."""
    try:
        parts = urlsplit(url)
        port_is_sane = parts.port is None or parts.port > 0
    except ValueError:
        return "it is not a URL"
    if parts.scheme != "https" or not parts.hostname or not port_is_sane:
        return "expected a URL that begins with https://"
    if parts.username is not None or parts.password is not None:
        return "a URL with a user name or a password is a secret: name it by env:NAME or file:PATH"
    if parts.fragment or re.search(r"[\s\\{}\x00-\x1f]", url):
        return "a URL may not hold spaces, backslashes, braces or a #fragment"
    return None


def _address(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and not is_reference(value):
        if problem := https_problem(value):
            raise wrong(problem)
        return value
    return _secret(value, info)


#: An https URL, or the name of a secret that holds one.
Address = Annotated[str | SecretRef, BeforeValidator(_address)]
