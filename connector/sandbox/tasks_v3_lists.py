"""Lists of REST v3: `filter` as conditions, `order`, `pagination` (api-reference/rest-v3.md#filter).

Unlike v2 nothing is ignored: a field that the object has not, one that is not filterable, an operator that
does not exist, and a page that is no number are refused.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector.sandbox.kernel import RestError, v3_error

DEFAULT_LIMIT, MAX_LIMIT = 50, 1000
INVALID_REQUEST = "Error during request object validation"
Test = Callable[[Any], bool]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "in": lambda value, wanted: value in wanted,
    "between": lambda value, wanted: wanted[0] <= value <= wanted[1],
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a list may be filtered or sorted by."""

    read: Callable[[Any], Any]
    type: type
    is_filterable: bool = False
    is_sortable: bool = False


def invalid(*validation: tuple[str, str]) -> RestError:
    """The refusal of a request whose parts do not fit: (field, message) pairs."""
    return v3_error("VALIDATION_REQUESTVALIDATIONEXCEPTION", INVALID_REQUEST, validation=validation)


def unknown_field(name: str, dto: str) -> RestError:
    return v3_error("UNKNOWNDTOPROPERTYEXCEPTION", f"Unknown field `{name}` for entity `{dto}`")


def wrong_type(name: str, wanted: str) -> tuple[str, str]:
    return name, f"Field `{name}` requires data type `{wanted}` for this request"


def missing_field(name: str) -> tuple[str, str]:
    return name, f"Required field `{name}` is missing"


def compile_conditions(conditions: Any, dto: str, fields: Mapping[str, Field]) -> Test:
    """One test for a row; conditions of one level are joined by AND, a group with logic `or` by OR."""
    if conditions in (None, [], {}):
        return lambda row: True
    if not isinstance(conditions, list):
        raise _unrecognised(conditions)
    tests = [_condition(each, dto, fields) for each in conditions]
    return lambda row: all(test(row) for test in tests)


def _condition(condition: Any, dto: str, fields: Mapping[str, Field]) -> Test:
    if isinstance(condition, Mapping):
        inner = [_condition(each, dto, fields) for each in condition.get("conditions", [])]
        join = any if str(condition.get("logic", "and")).lower() == "or" else all
        return lambda row: join(test(row) for test in inner)
    if not isinstance(condition, list) or len(condition) not in (2, 3) or not isinstance(condition[0], str):
        raise _unrecognised(condition)
    name, value = condition[0], condition[-1]
    word = str(condition[1]) if len(condition) == 3 else ("in" if isinstance(value, list) else "=")
    field = _filterable(name, dto, fields)
    compare = _COMPARE.get(word)
    if compare is None:
        raise v3_error("UNKNOWNFILTEROPERATOREXCEPTION", f"Unknown filter operator `{word}`")
    values = value if word in ("in", "between") else [value]
    if not isinstance(values, list) or (word == "between" and len(values) != 2):
        raise _unrecognised(condition)
    if not all(type(each) is field.type for each in values):
        raise invalid(wrong_type(name, field.type.__name__.replace("str", "string")))

    def test(row: Any) -> bool:
        stored = field.read(row)
        return compare(stored, value) if stored is not None or word in ("=", "!=") else False

    return test


def _filterable(name: str, dto: str, fields: Mapping[str, Field]) -> Field:
    field = fields.get(name)
    if field is None:
        raise unknown_field(name, dto)
    if not field.is_filterable:
        text = f"In DTO `{dto}`, the field `{name}` requires the `Filterable` attribute for such a request"
        raise invalid((name, text))
    return field


def _unrecognised(condition: Any) -> RestError:
    return v3_error("INVALIDFILTEREXCEPTION", f"Unable to recognize the filter `{json.dumps(condition)}`")


def ordered(rows: Iterable[Any], order: Any, dto: str, fields: Mapping[str, Field]) -> list[Any]:
    """The rows in the order that a client asked for, by id where it did not."""
    found = list(rows)
    for name, direction in reversed(list((order or {"id": "ASC"}).items())):
        field = fields.get(name)
        if field is None:
            raise unknown_field(name, dto)
        if not field.is_sortable or str(direction).upper() not in ("ASC", "DESC"):
            given = json.dumps({name: direction}, separators=(",", ":"))
            raise v3_error("INVALIDORDEREXCEPTION", f"Unable to recognize sorting parameter `{given}`")
        key = _sort_key(field.read)
        found.sort(key=key, reverse=str(direction).upper() == "DESC")
    return found


def _sort_key(read: Callable[[Any], Any]) -> Callable[[Any], tuple[bool, Any]]:
    def key(row: Any) -> tuple[bool, Any]:
        value = read(row)
        return (value is not None, 0 if value is None else value)

    return key


def paged(rows: Sequence[Any], pagination: Any) -> Sequence[Any]:
    """The rows of the page that was asked for: 50 unless told otherwise, 1000 at most."""
    asked = pagination or {}
    if not isinstance(asked, Mapping):
        raise _bad_page(asked)
    page, limit, offset = asked.get("page", 0), asked.get("limit", DEFAULT_LIMIT), asked.get("offset", 0)
    if any(type(number) is not int or number < 0 for number in (page, limit, offset)):
        raise _bad_page(asked)
    if not 0 < limit <= MAX_LIMIT:
        raise _bad_page(asked)
    first: int = (page - 1) * limit if page else offset
    return rows[first : first + limit]


def _bad_page(asked: Any) -> RestError:
    given = json.dumps(asked, separators=(",", ":"))
    return v3_error("INVALIDPAGINATIONEXCEPTION", f"Unable to recognize the pagination parameter `{given}`")
