"""Values of fields: what counts as empty, and how a process keeps them in JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_READERS: dict[str, Callable[[str], Any]] = {
    "at": datetime.fromisoformat,
    "day": date.fromisoformat,
    "number": Decimal,
    "whole": int,
}
#: Whole numbers beyond this are written as text: not every reader of JSON keeps them.
_LARGEST = 2**63


def is_empty(value: Any) -> bool:
    """True for null, an empty text and an empty list; never for false or 0."""
    return value is None or value == "" or value == [] or value == ()


def to_json(value: Any) -> Any:
    """A field's value as JSON; instants, days and exact numbers are tagged to come back as they were."""
    if isinstance(value, int) and abs(value) >= _LARGEST:
        return {"whole": str(value)}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, Mapping):
        return {"map": {str(key): to_json(each) for key, each in value.items()}}
    if isinstance(value, list | tuple):
        return [to_json(each) for each in value]
    return str(value)


def from_json(raw: Any) -> Any:
    """What `to_json` was given; lists come back as tuples."""
    if isinstance(raw, list):
        return tuple(from_json(each) for each in raw)
    if not isinstance(raw, dict):
        return raw
    ((kind, content),) = raw.items()
    if kind == "map":
        return {key: from_json(each) for key, each in content.items()}
    return _READERS[kind](content)


def settled(value: Any) -> Any:
    """The value as it would come back from JSON, so that a kept one equals a fresh one."""
    return from_json(to_json(value))
