"""Values of fields: what a client sends made typed, and typed values written in the two families.

Kept are int, str, bool, Decimal, date, aware datetime, tuples of them for multiple fields; nothing (the
name is absent) for empty. crm.item.* writes numbers as numbers, the classic methods write everything as
text (api-reference/crm/universal/object-fields.md, crm-item-update.md; api-reference/data-types.md).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from connector.sandbox.crm.fields import Field
from connector.sandbox.filters import read_date, read_datetime
from connector.sandbox.kernel import RestError

Family = Literal["item", "classic"]

#: The value cannot be used and is passed over in silence, as the CRM does.
IGNORED = object()
#: References that crm.item.* writes as 0 when they are empty.
_ZERO_WHEN_EMPTY = frozenset({"COMPANY_ID", "CONTACT_ID"})
_DEFAULT_CURRENCY = "RUB"


def read_value(field: Field, raw: Any, zone: tzinfo, family: Family) -> Any:
    """The typed value in what a client sent: None to clear the field, `IGNORED` to leave it as it is.

    RestError 100 when crm.item.* is given a single value for a multiple field.
    """
    if not field.is_multiple:
        return _read_single(field, raw, zone)
    if isinstance(raw, dict):
        raw = list(raw.values())
    if not isinstance(raw, list):
        if family == "item" and raw not in (None, ""):
            kind = "string" if isinstance(raw, str) else "integer"
            text = f"Expected iterable value for multiple field, but got {kind} instead"
            raise RestError("100", text)
        raw = [] if raw in (None, "", False) else [raw]
    if not raw and family == "item" and field.type == "enumeration":
        return IGNORED
    values = (_read_single(field, each, zone) for each in raw)
    return tuple(each for each in values if each is not None and each is not IGNORED) or None


def _read_single(field: Field, raw: Any, zone: tzinfo) -> Any:
    if field.type == "boolean":
        is_true = str(raw).lower() in (("y", "true", "1") if field.is_dynamic else ("y", "true"))
        return is_true or None
    if raw is None or raw == "" or isinstance(raw, dict | list):
        return None if raw in (None, "") else IGNORED
    return _READERS.get(field.type, _read_text)(field, raw, zone)


def _read_text(field: Field, raw: Any, zone: tzinfo) -> Any:
    return str(raw)


def _read_int(field: Field, raw: Any, zone: tzinfo) -> Any:
    try:
        number = int(Decimal(str(raw)))
    except InvalidOperation:
        return IGNORED
    return (number or None) if field.kind == "ref" else number


def _read_number(field: Field, raw: Any, zone: tzinfo) -> Any:
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        return IGNORED
    return round(number, int(field.settings.get("PRECISION", 2)))


def _read_date(field: Field, raw: Any, zone: tzinfo) -> Any:
    try:
        return read_date(raw, zone)
    except ValueError:
        return IGNORED


def _read_datetime(field: Field, raw: Any, zone: tzinfo) -> Any:
    try:
        return read_datetime(raw, zone).astimezone(UTC).replace(microsecond=0)
    except ValueError:
        return IGNORED


def _read_option(field: Field, raw: Any, zone: tzinfo) -> Any:
    option = _read_int(field, raw, zone)
    return option if option in {number for number, _ in field.options} else IGNORED


def _read_money(field: Field, raw: Any, zone: tzinfo) -> Any:
    """`300|RUB`; a bare amount gets the portal's currency; a currency alone clears."""
    amount, _, currency = str(raw).partition("|")
    try:
        Decimal(amount)
    except InvalidOperation:
        return None
    return f"{amount}|{currency or _DEFAULT_CURRENCY}"


_READERS: dict[str, Callable[[Field, Any, tzinfo], Any]] = {
    "integer": _read_int,
    "user": _read_int,
    "employee": _read_int,
    "crm_category": _read_int,
    "crm_company": _read_int,
    "crm_contact": _read_int,
    "crm_lead": _read_int,
    "crm_quote": _read_int,
    "crm_entity": _read_int,
    "double": _read_number,
    "date": _read_date,
    "datetime": _read_datetime,
    "enumeration": _read_option,
    "money": _read_money,
}

Writer = Callable[[Any], Any]


def as_it_is(value: Any) -> Any:
    """The writer of what JSON takes as it is kept."""
    return value


def item_writer(field: Field, zone: tzinfo) -> Writer:
    """How a field's typed value (or None) stands in an answer of crm.item.*."""
    single = _item_single(field, zone)
    if field.is_multiple and single is as_it_is:
        return lambda value: list(value or ())
    if field.is_multiple:
        return lambda value: [single(each) for each in value or ()]
    return single


def _item_single(field: Field, zone: tzinfo) -> Writer:
    if field.is_dead:
        return lambda value: None
    if field.kind in ("flag", "bit"):
        return lambda value: "Y" if value else "N"
    if field.name in _ZERO_WHEN_EMPTY:
        return lambda value: value or 0
    if field.type == "double":
        empty = None if field.is_dynamic else 0
        return lambda value: empty if value is None else _json_number(value)
    return _temporal_writer(field, zone) or as_it_is


def _json_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def classic_writer(field: Field, zone: tzinfo) -> Writer:
    """How a field's typed value (or None) stands in an answer of the classic methods: as text."""
    single = _classic_single(field, zone)
    if field.is_multiple:
        return lambda value: [single(each) for each in value or ()]
    return single


def _classic_single(field: Field, zone: tzinfo) -> Writer:
    empty = "" if field.is_user_field else None
    if field.kind == "bit":
        return lambda value: "1" if value else "0"
    if field.kind == "flag":
        return lambda value: "Y" if value else "N"
    if field.type == "double":
        return lambda value: (empty if field.is_dynamic else "0.00") if value is None else f"{value:.2f}"
    temporal = _temporal_writer(field, zone)
    if temporal is not None:
        return lambda value: empty if value is None else temporal(value)
    return lambda value: empty if value is None else str(value)


def _temporal_writer(field: Field, zone: tzinfo) -> Writer | None:
    if field.type == "datetime":
        return lambda value: None if value is None else value.astimezone(zone).isoformat()
    if field.type == "date":
        return lambda value: None if value is None else write_date(value, zone)
    return None


def write_date(day: date, zone: tzinfo) -> str:
    """A day as the CRM shows it: midnight in UTC, told in the portal's zone (`2024-06-18T02:00:00+02:00`)."""
    return datetime.combine(day, time(), UTC).astimezone(zone).isoformat()
