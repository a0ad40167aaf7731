"""The body of an event: PHP's bracket notation, of which a few pairs matter and the rest is not looked at.

Bitrix24 posts `event=…&data[FIELDS][ID]=…&auth[application_token]=…`, brackets encoded or not, every value a
string (api-reference/events/index.md). As in PHP the last of several equal keys counts. Nothing here raises
but `PayloadError` and `PayloadTooLarge`, whatever the bytes are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

BODY_LIMIT: Final = 64 * 1024
PAIR_LIMIT: Final = 200

#: `auth` also holds live user tokens: all but these three are left where they are.
WANTED: Final = frozenset(
    {
        "event",
        "data[ID]",
        "data[FIELDS][ID]",
        "data[FIELDS][ENTITY_TYPE_ID]",
        "data[FIELDS_AFTER][ID]",
        "data[FIELDS_AFTER][TASK_ID]",
        "data[FIELDS_BEFORE][ID]",
        "data[FIELDS_BEFORE][TASK_ID]",
        "auth[application_token]",
        "auth[member_id]",
        "auth[domain]",
    }
)
#: The longest of them with every sign encoded.
_KEY_LIMIT: Final = 3 * max(map(len, WANTED))
_NOT_ASCII: Final = re.compile(rb"%[89A-Fa-f][0-9A-Fa-f]|[\x80-\xff]")


class PayloadError(ValueError):
    """The body is not an event."""


class PayloadTooLarge(PayloadError):
    """The body is larger than any event."""


def read_pairs(body: bytes) -> dict[str, str]:
    """The pairs of `WANTED` that the body holds, decoded."""
    if len(body) > BODY_LIMIT:
        raise PayloadTooLarge(f"more than {BODY_LIMIT} bytes")
    # Counted before anything is taken apart: 64 kB of `a=1&` would cost thirty times an event.
    if body.count(b"&") >= PAIR_LIMIT:
        raise PayloadTooLarge(f"more than {PAIR_LIMIT} pairs")
    _refuse_other_encodings(body)
    found = {}
    for pair in body.split(b"&"):
        key, _, value = pair.partition(b"=")
        name = _wanted(key) if len(key) <= _KEY_LIMIT else None
        if name is not None:
            found[name] = _decoded(value)
    return found


# The portal spells its keys one way: after the first event they need no decoding.
@lru_cache(maxsize=256)
def _wanted(key: bytes) -> str | None:
    name = unquote_to_bytes(key).decode("utf-8", "replace")
    return name if name in WANTED else None


def _decoded(value: bytes) -> str:
    plain = value.replace(b"+", b" ")
    return (unquote_to_bytes(plain) if b"%" in plain else plain).decode("utf-8")


def _refuse_other_encodings(body: bytes) -> None:
    # Of the whole body at once: it is UTF-8 if and only if each of its parts is, as "&" and "=" are ASCII.
    if not _NOT_ASCII.search(body):
        return
    try:
        unquote_to_bytes(body).decode("utf-8")
    except UnicodeDecodeError:
        raise PayloadError("not UTF-8") from None
