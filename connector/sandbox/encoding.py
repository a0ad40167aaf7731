"""How PHP writes: bracketed form fields to nested values and back, and JSON with PHP's habits.

An array with the keys 0…n-1 is a list, whatever it was before; an empty map is `[]`; slashes are escaped and
everything outside ASCII is `\\uXXXX` (settings/how-to-call-rest-api/data-encoding.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson

_BRACKET = re.compile(r"\[([^\]]*)\]")


def read_form(text: str) -> dict[str, Any]:
    """`fields[TITLE]=x&select[]=ID` → {"fields": {"TITLE": "x"}, "select": ["ID"]}; every value is text."""
    tree: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        name, rest = key.split("[", 1) if "[" in key else (key, "")
        path = [name, *_BRACKET.findall("[" + rest)] if rest else [name]
        _put(tree, path, value)
    return {key: _as_php_array(value) for key, value in tree.items()}


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        key = step or _next_place(tree)
        below = tree.get(key)
        if not isinstance(below, dict):
            below = tree[key] = {}
        tree = below
    tree[path[-1] or _next_place(tree)] = value


def _next_place(tree: Mapping[str, Any]) -> str:
    return str(max((int(key) for key in tree if key.isdecimal()), default=-1) + 1)


def _as_php_array(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    below = {key: _as_php_array(each) for key, each in value.items()}
    return list(below.values()) if is_sequence(below) else below


def is_sequence(mapping: Mapping[str, Any]) -> bool:
    """Whether PHP would write this map as a JSON array: its keys are 0…n-1 in order (or it is empty)."""
    return all(key == str(place) for place, key in enumerate(mapping))


def write_form(values: Mapping[str, Any]) -> str:
    """Nested values as the portal posts them to an event's receiver; every value becomes text."""
    return "&".join(f"{quote(key, safe='')}={quote(text, safe='')}" for key, text in _pairs(values, ""))


def _pairs(value: Any, prefix: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _pairs(below, f"{prefix}[{key}]" if prefix else str(key))
    elif isinstance(value, list | tuple):
        for place, below in enumerate(value):
            yield from _pairs(below, f"{prefix}[{place}]")
    else:
        yield prefix, "" if value is None else str(value)


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
#: Dates and the like are no JSON: whoever answers with one has forgotten to write it.
_PLAIN = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def write_json(value: Any) -> bytes:
    """JSON as PHP's json_encode writes it."""
    written = _written(value)
    if b"{}" in written:
        written = _written(_without_empty_maps(value))
    return written.replace(b"/", b"\\/")


def _written(value: Any) -> bytes:
    """JSON in ASCII; what the quick library cannot write (integers over 64 bits) the other one can."""
    try:
        written = orjson.dumps(value, option=_PLAIN)
    except TypeError:
        return _encode(value).encode("ascii")
    if written.isascii():
        return written
    return _BEYOND_ASCII.sub(lambda run: _encode(run[0])[1:-1], written.decode()).encode("ascii")


def _without_empty_maps(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_empty_maps(each) for key, each in value.items()} or []
    if isinstance(value, list | tuple):
        return [_without_empty_maps(each) for each in value]
    return value
