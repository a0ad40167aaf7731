"""Values of bound fields: what the portal sent, as the engine knows it, and back.

The type is the pipeline's; the CRM's own representation is that of `crm.item.*`
(api-reference/crm/universal/object-fields.md): enumerations are option ids, booleans Y/N, money "300|USD".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connector.bitrix24 import wire
from connector.config import FieldBinding
from pipelines.definition import FieldSpec


def _is_empty(raw: Any) -> bool:
    """Empty fields come as null, "", false or an empty list; the number 0 is a value."""
    return raw is None or raw is False or raw in ("", [], ())


def read_value(spec: FieldSpec, bound: FieldBinding, raw: Any) -> Any:
    """The engine's value of a field; None when the card has none, or one that is not of the type."""
    if spec.type == "bool":
        return None if raw is None or raw == "" else wire.flag(raw)
    if _is_empty(raw) or (raw == 0 and spec.type in _REFERENCES):
        return None
    reader = _READERS.get(spec.type)
    if reader is not None:
        return reader(_first(raw))
    if spec.type in ("choice", "choices"):
        chosen = [_option(bound, each) for each in _several(raw)]
        return chosen[0] if spec.type == "choice" else chosen
    if spec.type == "users":
        return [user for each in _several(raw) if (user := wire.number(each)) is not None] or None
    return raw


def write_value(spec: FieldSpec, bound: FieldBinding, value: Any) -> Any:
    """What is sent to the portal for a value of the engine; "" clears a field."""
    if value is None:
        return ""
    match spec.type:
        case "bool":
            return "Y" if value else "N"
        case "choice":
            return bound.options.get(value, value)
        case "choices":
            return [bound.options.get(each, each) for each in value]
        case "date":
            return value.date() if isinstance(value, datetime) else value
        case "money":
            return Decimal(str(value))
        case _:
            return value


def _option(bound: FieldBinding, raw: Any) -> str:
    """The pipeline's option behind the portal's; an unknown one keeps the portal's name, so it equals none."""
    by_id = {option_id: name for name, option_id in bound.options.items()}
    return by_id.get(str(raw), str(raw))


def _several(raw: Any) -> list[Any]:
    return list(raw) if isinstance(raw, list | tuple) else [raw]


def _first(raw: Any) -> Any:
    """A field bound as single may be multiple in the portal: its first value counts."""
    return raw[0] if isinstance(raw, list | tuple) else raw


def _amount(raw: Any) -> float | None:
    money = wire.amount(raw)
    return None if money is None else float(money)


def _day(raw: Any) -> date | None:
    return wire.day(raw)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": str,
    "number": _amount,
    "money": _amount,
    "date": _day,
    "datetime": wire.instant,
    "user": wire.number,
    "contact": wire.number,
    "company": wire.number,
    "item": str,
    "file": lambda raw: str(raw),
}
_REFERENCES = frozenset({"user", "contact", "company", "item"})
