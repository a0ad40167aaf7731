"""Durations as an admin writes them: `"15 minutes"`, `"2 days"`, `"3 working days"`, `"6 working hours"`.

A duration is an amount and a unit, never a count of seconds: how long "a day" or "a working hour" is
depends on the calendar, which `pipelines.calendar` knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

EXPECTED = 'a duration such as "15 minutes", "4 hours", "2 days", "3 working days" or "6 working hours"'
LONGEST = timedelta(days=3653)
_SHAPE = re.compile(r"(?P<amount>\d{1,6})\s+(?P<working>working\s+)?(?P<unit>minute|hour|day|week)s?")


class Unit(Enum):
    """What one of the duration is; working units pass only while the calendar says people work."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    WORKING_MINUTE = "working minute"
    WORKING_HOUR = "working hour"
    WORKING_DAY = "working day"
    WORKING_WEEK = "working week"

    @property
    def is_working(self) -> bool:
        return self.value.startswith("working")


@dataclass(frozen=True, slots=True, order=False)
class Duration:
    """So many of a unit, at least one."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.value}{'' if self.amount == 1 else 's'}"

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read what an admin writes; ValueError says what was expected."""
        found = _SHAPE.fullmatch(text.strip())
        if found is None or int(found["amount"]) == 0:
            raise ValueError(f"expected {EXPECTED}")
        name = f"working {found['unit']}" if found["working"] else found["unit"]
        duration = cls(int(found["amount"]), Unit(name))
        if duration.at_least > LONGEST:
            raise ValueError(f"{duration} is too long: expected at most ten years")
        return duration

    @classmethod
    def looks_like(cls, text: str) -> bool:
        """True when a text was surely meant as a duration: it starts with a number and a word."""
        return re.match(r"\s*\d+\s*[A-Za-z]", text) is not None

    @property
    def at_least(self) -> timedelta:
        """The shortest span that this can be, for comparing limits."""
        base = self.unit.value.removeprefix("working ")
        return (
            self.amount
            * {
                "minute": timedelta(minutes=1),
                "hour": timedelta(hours=1),
                "day": timedelta(days=1),
                "week": timedelta(weeks=1),
            }[base]
        )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            validate, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "title": "Duration", "pattern": f"^{_SHAPE.pattern.replace('?P', '?')}$"}


def validate(value: object) -> Duration:
    """A duration from what TOML holds, for pydantic."""
    if isinstance(value, Duration):
        return value
    try:
        return Duration.parse(value if isinstance(value, str) else "")
    except ValueError as mistake:
        raise PydanticCustomError("duration", "{expected}", {"expected": str(mistake)}) from None
