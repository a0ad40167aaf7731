"""Column types that give back, on both databases, exactly what was put in.

Instants are aware UTC datetimes (microseconds), money is a Decimal, JSON keeps every integer and string, and
text from the portal may hold what a database refuses (NUL, lone surrogates): those become U+FFFD.
On SQLite an instant is fixed-width ISO text, which sorts as time does and a person can read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, Integer, Numeric, String, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

#: SQLite gives a table its fast integer key only for the type INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")

_PLAIN_JSON = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_REFUSED = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` with each character that a database refuses replaced by U+FFFD."""
    return text if text.isascii() and "\x00" not in text else _REFUSED.sub("\ufffd", text)


def _clean_all(texts: Sequence[str | None]) -> Sequence[str | None]:
    """`clean` for a whole column, of which nearly always nothing has to be replaced."""
    try:
        is_clean = b"\x00" not in "".join(filter(None, texts)).encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        is_clean = False
    return texts if is_clean else [None if text is None else clean(text) for text in texts]


def dump_json(value: Any) -> str:
    """Write `value` as JSON: sorted keys, no spaces, so that equal values are equal text.

    TypeError for what JSON cannot hold and give back (dates, Decimals, keys that are not text).
    """
    try:
        return orjson.dumps(value, option=_PLAIN_JSON).decode()
    except orjson.JSONEncodeError:
        # Integers over 64 bits and lone surrogates are JSON too; orjson knows neither.
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
        if json.loads(text) != json.loads(json.dumps(value)) or not _has_text_keys(value):
            raise
        return text


def _dump_clean(value: Any) -> str:
    text = dump_json(value)
    # JSON writes the refused characters as \\u0000 and \\ud800: nearly no text of a card holds a \\u at all.
    return dump_json(cleaned(value)) if "\\u" in text else text


def _dump_all(values: Sequence[Any]) -> Sequence[str | None]:
    """`dump_json` of a whole column."""
    dumps, option = orjson.dumps, _PLAIN_JSON
    try:
        return [None if value is None else dumps(value, None, option).decode() for value in values]
    except orjson.JSONEncodeError:
        return [None if value is None else dump_json(value) for value in values]


def _dump_all_clean(values: Sequence[Any]) -> Sequence[str | None]:
    texts = _dump_all(values)
    return [
        _dump_clean(value) if text is not None and "\\" in text else text
        for text, value in zip(texts, values, strict=True)
    ]


def cleaned(value: Any) -> Any:
    """A JSON value with every text in it `clean`."""
    match value:
        case str():
            return clean(value)
        case list() | tuple():
            return [cleaned(one) for one in value]
        case dict():
            return {clean(key): cleaned(one) for key, one in value.items()}
    return value


def _has_text_keys(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _has_text_keys(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return all(_has_text_keys(item) for item in value)
    return True


def instant_text(at: datetime) -> str:
    """An aware instant as 2026-03-01T09:30:00.000000Z; ValueError for one without a zone."""
    if at.tzinfo is not UTC:
        at = _aware(at).astimezone(UTC)
    if not at.microsecond:  # the portal knows none, and there are four in a row of the mirror
        return at.isoformat()[:19] + ".000000Z"
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def _instant_texts(instants: Sequence[datetime | None]) -> Sequence[str | None]:
    """`instant_text` of a whole column: the JSON library writes instants several times as fast."""
    try:
        written = orjson.dumps(instants, option=orjson.OPT_UTC_Z)
    except orjson.JSONEncodeError:  # an instant that only the slow way can judge
        written = b""
    # In whole seconds of UTC, as the portal's are: 2026-03-01T09:30:00Z.
    if b"." in written or written.count(b'Z"') + instants.count(None) != len(instants):
        return [None if at is None else instant_text(at) for at in instants]
    texts: list[str | None] = orjson.loads(written.replace(b'Z"', b'.000000Z"'))
    return texts


def _read_all_json(texts: Sequence[str | None]) -> Sequence[Any]:
    """`json.loads` of a whole column at once."""
    values: list[Any] = json.loads(f"[{','.join('null' if text is None else text for text in texts)}]")
    # A row that somebody has damaged may be JSON only together with its neighbours.
    return values if len(values) == len(texts) else [text and json.loads(text) for text in texts]


class Instant(TypeDecorator[datetime]):
    """An aware datetime, given back in UTC."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(27))

    def bind_processor(self, dialect: Dialect) -> _Processor:
        return _OrNone(_aware) if dialect.name == "postgresql" else _OrNone(instant_text, _instant_texts)

    def result_processor(self, dialect: Dialect, coltype: Any) -> _Processor:
        return _or_none(_to_utc if dialect.name == "postgresql" else datetime.fromisoformat)


class Money(TypeDecorator[Decimal]):
    """An exact amount. SQLite keeps it as text: add amounts in Python, not in SQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Numeric() if dialect.name == "postgresql" else Text())

    def bind_processor(self, dialect: Dialect) -> _Processor:
        return _or_none(_finite if dialect.name == "postgresql" else lambda amount: f"{_finite(amount):f}")

    def result_processor(self, dialect: Dialect, coltype: Any) -> _Processor:
        return _or_none(Decimal)


class Json(TypeDecorator[Any]):
    """Any JSON value, kept as text on both databases (PostgreSQL's jsonb refuses \\u0000). None is NULL."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> _Processor:
        return _OrNone(dump_json, _dump_all)

    def result_processor(self, dialect: Dialect, coltype: Any) -> _Processor:
        return _OrNone(json.loads, _read_all_json)


class ForeignJson(TypeDecorator[Any]):
    """A JSON value that somebody outside wrote: what SQL could not take out of it again is replaced."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> _Processor:
        return _OrNone(_dump_clean, _dump_all_clean)

    def result_processor(self, dialect: Dialect, coltype: Any) -> _Processor:
        return _OrNone(json.loads, _read_all_json)


class ForeignText(TypeDecorator[str]):
    """Text that somebody outside wrote."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> _Processor:
        return _OrNone(clean, _clean_all)


# Whole processors instead of SQLAlchemy's `process_…_param`: a page of items calls them 50,000 times.
_Processor = Callable[[Any], Any]


class _OrNone:
    """A processor that leaves None alone, for one value or a whole column of them."""

    __slots__ = ("_many", "_one")

    def __init__(self, one: _Processor, many: Callable[[Sequence[Any]], Sequence[Any]] | None = None) -> None:
        self._one, self._many = one, many

    def __call__(self, value: Any) -> Any:
        return None if value is None else self._one(value)

    def of_column(self, values: Sequence[Any]) -> Sequence[Any]:
        if self._many is not None:
            return self._many(values)
        one = self._one
        return [None if value is None else one(value) for value in values]


def _or_none(process: _Processor) -> _Processor:
    return _OrNone(process)


def convert_column(process: _Processor, values: Sequence[Any]) -> Sequence[Any]:
    """What `process`, a processor of a type, makes of a whole column, in fewer steps than one by one."""
    return process.of_column(values) if isinstance(process, _OrNone) else list(map(process, values))


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("the store takes aware instants only")
    return at


def _to_utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _finite(amount: Decimal) -> Decimal:
    if not amount.is_finite():
        raise ValueError(f"{amount} is not an amount of money")
    return amount
