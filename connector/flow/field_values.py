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
    """The engine's value of a field; None when the card has none.

    What is not of the type (text where a pipeline expects a number) counts as empty: a gate then asks the rep
    for it by the field's title, which is more use to anyone than an item that is parked.
    """
    try:
        return _read(spec, bound, raw)
    except wire.Unreadable:
        return None


def _read(spec: FieldSpec, bound: FieldBinding, raw: Any) -> Any:
    if raw is None or raw == "" or (spec.type != "bool" and _is_empty(raw)):
        return None
    match spec.type:
        case "choice":
            return _option(bound, _first(raw))
        case "choices":
            return [_option(bound, each) for each in _several(raw)]
        case "users":
            return list(wire.as_ids(_several(raw))) or None
        case _:
            return _READERS[spec.type](_first(raw))


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


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON can hold them, in the form in which the portal takes them."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value


def _option(bound: FieldBinding, raw: Any) -> str:
    """The pipeline's option behind the portal's; an unknown one stays as it is, equal to none."""
    by_id = {option_id: name for name, option_id in bound.options.items()}
    return by_id.get(str(raw), str(raw))


def _several(raw: Any) -> list[Any]:
    return list(raw) if isinstance(raw, list | tuple) else [raw]


def _first(raw: Any) -> Any:
    """A field bound as single may be multiple in the portal: its first value counts."""
    return raw[0] if isinstance(raw, list | tuple) else raw


def _amount(raw: Any) -> float | None:
    """A number, or the amount of "300|USD"."""
    money = wire.as_money(raw) if isinstance(raw, str) and "|" in raw else None
    amount = money[0] if money else wire.as_amount(raw)
    return None if amount is None else float(amount)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": str,
    "number": _amount,
    "money": _amount,
    "bool": wire.as_bool,
    "date": wire.as_date,
    "datetime": wire.as_instant,
    "user": wire.as_id,
    "contact": wire.as_id,
    "company": wire.as_id,
    "item": str,
    "file": str,
}
