"""One command for the portal, and how it is written: as a JSON body, or as a line of a batch.

A `Call` is a plain value: a method of the REST API and its parameters. Values are put into the wire's form
here and nowhere else: aware datetimes as ISO 8601 with their offset (an offset-less one is refused), dates as
`YYYY-MM-DD`, decimals as text, in a batch also booleans as Y/N and None as an empty value.
Order of keys is kept everywhere: the old `task.*` methods read their arguments by position.

Pages: settings/how-to-call-rest-api/{batch,data-encoding}.md, api-reference/data-types.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import quote

Api = Literal["v2", "v3"]
BATCH_SIZE = 50  # commands of one batch: settings/how-to-call-rest-api/batch.md
PAGE_SIZE = 50  # rows of one page of a list method: settings/performance/huge-data.md


class Priority(IntEnum):
    """Who waits for a request; the throttle keeps places free for the more urgent."""

    REP = 0  #: a person waits
    SWEEP = 1  #: reconciling, refreshing: minutes matter
    BACKFILL = 2  #: first imports, nightly sweeps


@dataclass(frozen=True, slots=True)
class Call:
    """One command: a method and its named parameters (v3 methods live beside v2 under another address)."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    api: Api = "v2"

    @property
    def account(self) -> str:
        """The name under which its run time is booked: both APIs have methods of the same name."""
        return self.method if self.api == "v2" else f"api/{self.method}"


@dataclass(frozen=True, slots=True)
class Ref:
    """A value out of the answer of an earlier command of the same batch: `$result[add][task][id]`.

    The portal puts an empty value where the path leads nowhere.
    """

    key: str
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return "$result" + "".join(f"[{part}]" for part in (self.key, *self.path))


def keys_used(call: Call) -> frozenset[str]:
    """The commands of the same batch whose answers this call refers to."""
    return frozenset(_keys_in(call.params))


def _keys_in(value: Any) -> Iterator[str]:
    match value:
        case Ref():
            yield value.key
        case Mapping():
            for inner in value.values():
                yield from _keys_in(inner)
        case list() | tuple():
            for inner in value:
                yield from _keys_in(inner)


def renamed(call: Call, prefix: str) -> Call:
    """The call with its references to others under their names in a larger batch, where each has a prefix."""
    return replace(call, params={name: _renamed(value, prefix) for name, value in call.params.items()})


def _renamed(value: Any, prefix: str) -> Any:
    match value:
        case Ref(key=key, path=path):
            return Ref(f"{prefix}{key}", path)
        case Mapping():
            return {name: _renamed(inner, prefix) for name, inner in value.items()}
        case list() | tuple():
            return [_renamed(inner, prefix) for inner in value]
        case _:
            return value


def as_body(call: Call) -> dict[str, Any]:
    """The parameters as values JSON can hold; a `Ref` outside a batch is a ValueError."""
    return {name: _plain(value) for name, value in call.params.items()}


def as_command(call: Call) -> str:
    """The call as a line of a batch, `method?name=value&…`: PHP brackets, encoded once, macros left alone.

    Text that merely looks like a macro (`$result[…` in the title of a deal) is broken up with an invisible
    word joiner: inside a batch the portal knows no escape and would replace it.
    """
    query = "&".join([part for name, value in call.params.items() for part in _parts(name, value)])
    return f"{call.method}?{query}" if query else call.method


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(name): _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return _text(value)


def _parts(name: str, value: Any) -> Iterator[str]:
    match value:
        case str():
            yield f"{_quoted(name, '[]')}={_escaped(value)}"
        case Ref():
            yield f"{_quoted(name, '[]')}={value}"
        case dict() | Mapping():
            for key, inner in value.items():
                yield from _parts(f"{name}[{key}]", inner)
        case list() | tuple() if value and {*map(type, value)} == {str}:
            yield _texts(name, tuple(value))
        case list() | tuple():
            if not value:
                yield f"{_quoted(name, '[]')}[]="  # an empty list would otherwise simply be absent
            for number, inner in enumerate(value):
                yield from _parts(f"{name}[{number}]", inner)
        case _:
            yield f"{_quoted(name, '[]')}={_scalar(value)}"


@lru_cache(maxsize=64)
def _texts(name: str, values: tuple[str, ...]) -> str:
    """A list of texts: the fields that are selected are the same in every command of a list."""
    name = _quoted(name, "[]")
    return "&".join(f"{name}[{number}]={_escaped(value)}" for number, value in enumerate(values))


def _scalar(value: Any) -> str:
    match value:
        case bool():
            return "Y" if value else "N"
        case None:
            return ""
    return _escaped(str(value) if isinstance(value, int | float) else _text(value))


def _escaped(text: str) -> str:
    text = _MACRO_LOOK.sub("$\u2060", text)
    return _quoted(text, "") if len(text) < _SHORT else quote(text, safe="")


#: Fifty pages of a list repeat the same names and short values.
_quoted = lru_cache(maxsize=1_024)(quote)
_SHORT = 64
_MACRO_LOOK = re.compile(r"\$(?=result)", re.IGNORECASE)


def _text(value: Any) -> str:
    match value:
        case datetime():
            if value.tzinfo is None:
                raise ValueError(
                    "a datetime for the portal must have an offset: without one it is read as server time"
                )
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case Ref():
            raise ValueError(f"{value} only means something inside a batch")
        case _:
            raise TypeError(f"{type(value).__name__} cannot be sent to the portal")
