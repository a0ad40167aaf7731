"""The body of an event: PHP's bracket notation, of which a few pairs matter and the rest is not looked at.

Bitrix24 posts `event=…&data[FIELDS][ID]=…&auth[application_token]=…`, brackets encoded or not, every value a
string (api-reference/events/index.md). As in PHP the last of several equal keys counts. Nothing here raises
but `PayloadError` and `PayloadTooLarge`, whatever the bytes are.
"""

from __future__ import annotations

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
_WANTED_BYTES: Final = {key.encode(): key for key in WANTED}


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
        name = _WANTED_BYTES.get(unquote_to_bytes(key) if b"%" in key else key)
        if name is not None:
            found[name] = unquote_to_bytes(value.replace(b"+", b" ")).decode("utf-8")
    return found


def _refuse_other_encodings(body: bytes) -> None:
    # Of the whole body at once: it is UTF-8 if and only if each of its parts is, as "&" and "=" are ASCII.
    try:
        unquote_to_bytes(body).decode("utf-8")
    except UnicodeDecodeError:
        raise PayloadError("not UTF-8") from None
