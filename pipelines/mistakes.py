"""What pydantic found wrong with a table, in the words of the language: what was expected, what was found."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic_core import ErrorDetails

from pipelines.findings import nearest

_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "mapping_type": "a table",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "date_type": "a day such as 2026-01-31",
    "datetime_type": "an instant such as 2026-01-31T09:00:00+03:00",
    "timezone_aware": "an instant with its zone, such as 2026-01-31T09:00:00+03:00",
}
#: Tables that one key decides on; the message ends with the keys there are.
KINDS = frozenset({"action", "step", "play"})


def say(error: ErrorDetails) -> tuple[str, str]:
    """What was expected and what was found, and the nearest known word (or "")."""
    kind, found, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return f'"{error["loc"][-1]}" is missing', ""
    if kind == "too_short":
        return "expected at least one", ""
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        expected = ", ".join(known) or str(context.get("expected"))
        return f"expected one of: {expected}; found {_show(found)}", nearest(str(found), known)
    if kind in KINDS and isinstance(found, Mapping):
        known = error["msg"].partition(": ")[2].split(", ")
        return error["msg"], next(filter(None, (nearest(str(key), known) for key in found)), "")
    if kind == "string_pattern_mismatch":
        return f"{_show(found)} has the wrong form: {_pattern(str(context.get('pattern')))}", ""
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {_show(found)}", ""
    return error["msg"].removeprefix("Value error, "), ""


def _pattern(pattern: str) -> str:
    if pattern.startswith("^[a-z]"):
        return "an id is small Latin letters, digits and _, and begins with a letter"
    return f"expected {pattern}"


def _show(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    return str(value).lower() if isinstance(value, bool) else repr(value)[:60]
