"""When: a duration from now, or an expression that gives a date (`"fields.meeting_at"`)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from pipelines.durations import EXPECTED, Duration
from pipelines.expressions import Expression, ExpressionError


def _read(value: Any) -> Duration | Expression:
    if isinstance(value, Duration | Expression):
        return value
    text = value if isinstance(value, str) else ""
    try:
        return Duration.parse(text) if Duration.looks_like(text) or not text else Expression.parse(text)
    except ExpressionError as mistake:
        raise PydanticCustomError("moment", "{mistake}", {"mistake": str(mistake)}) from None
    except ValueError:
        raise PydanticCustomError(
            "moment", "expected {expected}, or an expression that gives a date", {"expected": EXPECTED}
        ) from None


Moment = Annotated[
    Duration | Expression,
    BeforeValidator(_read),
    WithJsonSchema({"type": "string", "title": "Duration, or an expression that gives a date"}),
]
