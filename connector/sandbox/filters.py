"""Filters and sort orders of the list methods: prefix operators, IN, LIKE, nested OR; typed comparison.

A list method describes its fields as `Column`s; a filter is compiled once and then asked of every row.
Operators, longest prefix first: `!=%` `!%=` `=%` `%=` `!%` `!@` `!=` `>=` `<=` `@` `%` `=` `!` `>` `<`
and none, which is `=` (api-reference/crm/universal/crm-item-list.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

#: ref: an id, where 0 means none; bit: a custom yes/no, which filters ask with 1 and 0 only.
Kind = Literal["int", "ref", "text", "number", "datetime", "date", "flag", "bit"]
Test = Callable[[Any], bool]

_PREFIXES = ("!=%", "!%=", "=%", "%=", "!%", "!@", "!=", ">=", "<=", "@", "%", "=", "!", ">", "<", "")
_SAME = {"=": "=", "": "=", "!=": "!", "%=": "=%", "!%=": "!=%"}


class BadFilter(Exception):
    """A filter or an order that the portal refuses; the message is the portal's own."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field to filter and sort by; `read` gives its typed value, or a tuple if multiple."""

    read: Callable[[Any], Any]
    kind: Kind = "text"


def split_key(key: str) -> tuple[str, str]:
    """`>=ID` → (`>=`, `ID`); spellings of one operator become one (`!=` → `!`, `%=` → `=%`, none → `=`)."""
    for prefix in _PREFIXES:
        if key.startswith(prefix):
            return _SAME.get(prefix, prefix), key[len(prefix) :]
    raise AssertionError("the empty prefix matches everything")


def compile_filter(
    conditions: Mapping[str, Any],
    columns: Mapping[str, Column],
    *,
    zone: tzinfo,
    refuse_unknown: bool = False,
    has_logic: bool = False,
) -> Test:
    """One test for a row out of the map that a client sent.

    Unknown names are ignored (the classic lists) unless `refuse_unknown` (crm.item.list: BadFilter).
    `has_logic`: numeric keys hold nested maps, which `logic: OR` joins.
    """
    tests: list[Test] = []
    is_or = has_logic and str(conditions.get("logic", "")).upper() == "OR"
    for key, wanted in conditions.items():
        if has_logic and key.lower() == "logic":
            continue
        nested = _as_map(wanted)
        if has_logic and key.isdecimal() and nested is not None:
            tests.append(
                compile_filter(nested, columns, zone=zone, refuse_unknown=refuse_unknown, has_logic=True)
            )
            continue
        operator, name = split_key(key)
        column = columns.get(name)
        if column is not None:
            tests.append(_compare(operator, name, column, wanted, zone))
        elif refuse_unknown:
            raise BadFilter(f"Invalid filter: field '{name}' is not allowed in filter")
    if not tests:
        return lambda row: True
    if len(tests) == 1:
        return tests[0]
    if is_or:
        return lambda row: any(test(row) for test in tests)
    return lambda row: all(test(row) for test in tests)


def _as_map(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        return {str(place): each for place, each in enumerate(value)}
    return None


def _compare(operator: str, name: str, column: Column, wanted: Any, zone: tzinfo) -> Test:
    read = column.read
    if operator in ("%", "!%", "=%", "!=%"):
        found = _like(operator, read, str(wanted))
        return (lambda row: not found(row)) if operator.startswith("!") else found
    if operator in (">", ">=", "<", "<="):
        return _range(operator, read, _typed(name, wanted, column.kind, zone))
    values = list(wanted.values()) if isinstance(wanted, Mapping) else wanted
    accepted = {
        _typed(name, each, column.kind, zone) for each in (values if isinstance(values, list) else [values])
    }
    if operator in ("=", "@"):
        return lambda row: _is_among(read(row), accepted)
    return lambda row: not _is_among(read(row), accepted)


def _is_among(value: Any, accepted: set[Any]) -> bool:
    if isinstance(value, tuple):
        return any(each in accepted for each in value) or (not value and None in accepted)
    return (None if value == "" else value) in accepted


def _range(operator: str, read: Callable[[Any], Any], bound: Any) -> Test:
    def is_within(row: Any) -> bool:
        value = read(row)
        if value is None or bound is None or isinstance(value, tuple):
            return False
        if operator == ">":
            return bool(value > bound)
        if operator == ">=":
            return bool(value >= bound)
        return bool(value < bound) if operator == "<" else bool(value <= bound)

    return is_within


def _like(operator: str, read: Callable[[Any], Any], wanted: str) -> Test:
    if operator in ("%", "!%"):
        pattern = re.compile(re.escape(wanted), re.IGNORECASE | re.DOTALL)
        return lambda row: pattern.search(str(read(row) or "")) is not None
    parts = (re.escape(part) for part in wanted.split("%"))
    whole = re.compile(".*".join(parts), re.IGNORECASE | re.DOTALL)
    return lambda row: whole.fullmatch(str(read(row) or "")) is not None


def _typed(name: str, value: Any, kind: Kind, zone: tzinfo) -> Any:
    """A client's value as the column holds it; "" and null are None (empty). BadFilter if unreadable."""
    if value is None or value == "":
        return None
    try:
        return _READERS[kind](value, zone)
    except (ValueError, InvalidOperation, TypeError):
        raise BadFilter(f"Invalid filter: field '{name}' has invalid value") from None


def read_datetime(value: Any, zone: tzinfo) -> datetime:
    """An instant out of what clients send: ISO with offset, or with none (the portal's zone), or a bare date.

    ValueError when it is not a time. The portal's short format, 31.12.2026 23:59:59, is read too.
    """
    text = str(value).strip()
    for short in ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, short).replace(tzinfo=zone)
        except ValueError:
            continue
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def read_date(value: Any, zone: tzinfo) -> date:
    """A day out of what clients send; of an instant, the day in the portal's zone."""
    text = str(value).strip()
    return (
        date.fromisoformat(text)
        if len(text) == 10 and text[4] == "-"
        else read_datetime(text, zone).astimezone(zone).date()
    )


_READERS: dict[Kind, Callable[[Any, tzinfo], Any]] = {
    "int": lambda value, zone: int(value),
    "ref": lambda value, zone: int(value) or None,
    "bit": lambda value, zone: {"1": True, "0": False}.get(str(value), "neither"),
    "text": lambda value, zone: ("Y" if value else "N") if isinstance(value, bool) else str(value),
    "number": lambda value, zone: Decimal(str(value)),
    "datetime": read_datetime,
    "date": read_date,
    "flag": lambda value, zone: str(value).upper() in ("Y", "1", "TRUE"),
}


def sort_rows(
    rows: Iterable[Any],
    order: Mapping[str, Any],
    columns: Mapping[str, Column],
    *,
    refuse_unknown: bool = False,
) -> list[Any]:
    """The rows in the order that a client asked for, the first name counting most; empty values first."""
    ordered = list(rows)
    for name, direction in reversed(list(order.items())):
        column = columns.get(name)
        if column is None:
            if refuse_unknown:
                raise BadFilter(f"Invalid order: field '{name}' is not allowed in order")
            continue
        is_descending = str(direction).upper().startswith("DESC")
        if refuse_unknown and str(direction).upper() not in ("ASC", "DESC"):
            raise BadFilter(
                "Invalid order: allowed sort directions are ASC, DESC. "
                f"But got '{direction}' for field '{name}'"
            )
        ordered.sort(key=_sort_key(column.read), reverse=is_descending)
    return ordered


def _sort_key(read: Callable[[Any], Any]) -> Callable[[Any], tuple[bool, Any]]:
    def key(row: Any) -> tuple[bool, Any]:
        value = read(row)
        return (value is not None, value if value is not None else 0)

    return key
