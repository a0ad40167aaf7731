"""The portal's spelling of values into ours, and back: ids, instants, booleans, amounts, lists.

The same thing is written in several ways: ids as numbers or text, an empty reference as 0, "0", "", null or
nothing, an empty object as `[]`, booleans as Y/N, true/false or 1/0, instants with the offset of the server,
the user or none. Every reader here either understands or raises `Unreadable`; nothing is guessed.

Pages: api-reference/data-types.md, api-reference/crm/universal/object-fields.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

T = TypeVar("T")

_NOTHING = (None, "", "undefined")  # task events spell it out
_TRUE, _FALSE = frozenset({"Y", "TRUE", "1"}), frozenset({"N", "FALSE", "0", ""})


class Unreadable(ValueError):
    """A value of the portal is not what its documentation says; the message names the value's shape only."""


def read(row: Mapping[str, Any], name: str, reader: Callable[[Any], T]) -> T:
    """One field of a row; Unreadable names it."""
    try:
        return reader(row.get(name))
    except Unreadable as error:
        raise Unreadable(f"{name}: {error}") from None


def as_id(value: Any) -> int | None:
    """An id or a reference; None for each of the spellings of "none"."""
    if type(value) is int:  # nearly always, and there are ten in a card
        return value or None
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise _unreadable("an id", value)
    if value in _NOTHING or value is False or value == []:
        return None
    if isinstance(value, int | float | str):
        try:
            return int(value) or None
        except ValueError:
            pass
    raise _unreadable("an id", value)


def as_category(value: Any) -> int | None:
    """A category's id, where 0 is the general one; None only if there is none."""
    return None if value in _NOTHING else (as_id(value) or 0)


def need_id(value: Any) -> int:
    """An id that must be there."""
    found = as_id(value)
    if found is None:
        raise _unreadable("an id", value)
    return found


def as_ids(value: Any) -> tuple[int, ...]:
    """Many references, in the portal's order, without the empty ones; a lone one counts as a list of it."""
    if isinstance(value, list):
        many: Iterable[Any] = value
    else:
        many = value.values() if isinstance(value, Mapping) else (value,)
    return tuple([found for one in many if (found := as_id(one)) is not None])


def as_instant(value: Any) -> datetime | None:
    """An instant in UTC. Without an offset it is Unreadable: it would be the unknown zone of the server."""
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is not None and found.tzinfo is not None:
            return found.astimezone(UTC)
    if value in (*_NOTHING, {}, []):
        return None
    raise _unreadable("a date and time with an offset", value)


def as_date(value: Any) -> date | None:
    """A calendar day; its time part, if any, is technical (api-reference/data-types.md) and is cut off."""
    if value in _NOTHING:
        return None
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            pass
    raise _unreadable("a date", value)


def as_bool(value: Any) -> bool:
    """Y/N, true/false, 1/0; none is False."""
    if isinstance(value, bool):
        return value
    text = "" if value is None else str(value).upper()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise _unreadable("yes or no", value)


def as_amount(value: Any) -> Decimal | None:
    """A number of units of some currency; a money field's `300|RUB` is read by `as_money`."""
    if value in _NOTHING:
        return None
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount.is_finite():
            return amount
    raise _unreadable("an amount", value)


def as_money(value: Any) -> tuple[Decimal, str | None] | None:
    """A money field `300|RUB`: amount and currency (None: the portal's own); None if it is empty."""
    if value in _NOTHING:
        return None
    amount, _, currency = str(value).partition("|")
    found = as_amount(amount)
    return None if found is None else (found, currency or None)


def money(amount: Decimal, currency: str) -> str:
    """A money field as it is written."""
    return f"{amount:f}|{currency}"


def as_text(value: Any) -> str | None:
    """Text; None if there is none."""
    if value in _NOTHING:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise _unreadable("a text", value)


def as_object(value: Any) -> Mapping[str, Any]:
    """An object; PHP writes an empty one as `[]`."""
    if isinstance(value, Mapping):
        return value
    if value in ([], None):
        return {}
    raise _unreadable("an object", value)


def rows_of(result: Any, path: str = "") -> list[dict[str, Any]]:
    """The rows of a list answer, under `path` of its result ("": the result itself)."""
    found = as_object(result).get(path) if path else result
    if isinstance(found, list) and all(isinstance(row, dict) for row in found):
        return found
    raise _unreadable(f"rows under {path!r}" if path else "rows", found)


def without_links(value: Any) -> Any:
    """A field's value without its download links: they embed credentials (api-reference/files/index.md)."""
    match value:
        case list():
            return [without_links(one) for one in value]
        case dict():
            return {key: without_links(one) for key, one in value.items() if "url" not in key.lower()}
    return value


def _unreadable(expected: str, value: Any) -> Unreadable:
    shape = "nothing" if value is None else type(value).__name__
    return Unreadable(f"expected {expected}, got {shape}")
