"""What the values of options may be; a wrong one is named with one that is right."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import click

_SPAN = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>ms|s)?")


class Span(click.ParamType[float]):
    """A length of time such as 100ms or 1.5s; a bare number is milliseconds."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = _SPAN.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is not a span: write 100ms or 1.5s", param, ctx)
        return float(found["number"]) / (1 if found["unit"] == "s" else 1000)


class TimeZone(click.ParamType[str]):
    """A time zone by its name."""

    name = "zone"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in available_timezones():
            self.fail(f"no time zone is called {value!r}; one is Europe/Moscow", param, ctx)
        return str(value)


class Instant(click.ParamType[datetime]):
    """An instant with its zone."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            self.fail(f"{value!r} is no instant with its zone: write 2026-03-02T09:00:00+03:00", param, ctx)
        return found


INSTANT = Instant()


class WebAddress(click.ParamType[str]):
    """An address that something can be posted to."""

    name = "url"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        try:
            parts = urlsplit(text)
            is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_usable = False
        if not is_usable:
            self.fail(f"{text!r} is no web address: write http://HOST:PORT/PATH", param, ctx)
        return text
