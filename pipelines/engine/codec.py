"""Frozen records to JSON and back: one table for each class, made once; defaults are left out.

What is plain already is passed on as it is, not copied: neither side changes it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import orjson

from pipelines.engine.records import Record
from pipelines.engine.values import from_json, to_json

Kind = TypeVar("Kind", bound=Record)
Dump = Callable[[Any], Any]
Load = Callable[[Any], Any]
#: How one field is written and read.
Form = tuple[Dump, Load]


class Codec(Generic[Kind]):
    """Writes and reads records of one class; fields without a form of their own are JSON already."""

    def __init__(self, kind: type[Kind], **forms: Form) -> None:
        names = [each.name for each in fields(kind)]  # type: ignore[arg-type]
        self._kind = kind
        #: Of each field: its name, what need not be written, and how the rest is.
        self._dumps = [
            (name, kind.blank.get(name, MISSING), forms[name][0] if name in forms else None) for name in names
        ]
        self._loads = {name: load for name, (_, load) in forms.items()}

    def dump(self, record: Kind) -> dict[str, Any]:
        raw: dict[str, Any] = {}
        state = record.__dict__
        for name, blank, dump in self._dumps:
            value = state[name]
            if value is not blank and value != blank:
                raw[name] = value if dump is None else dump(value)
        return raw

    def load(self, raw: Mapping[str, Any]) -> Kind:
        """TypeError for names that the class does not have, or that it lacks."""
        record = self._kind.of(self._kind.blank, raw)
        state, loads = record.__dict__, self._loads
        for name in raw:
            if name in loads:
                state[name] = loads[name](raw[name])
        return record

    @property
    def list_form(self) -> Form:
        """A field that holds a tuple of records."""
        dump, load = self.dump, self.load
        return (
            lambda records: [dump(each) for each in records],
            lambda raw: tuple([load(each) for each in raw]),
        )

    @property
    def form(self) -> Form:
        """A field that holds one record."""
        return self.dump, self.load

    @property
    def map_form(self) -> Form:
        """A field that holds records by name."""
        dump, load = self.dump, self.load
        return (
            lambda records: {name: dump(each) for name, each in records.items()},
            lambda raw: {name: load(each) for name, each in raw.items()},
        )


def instant_text(at: datetime) -> str:
    """What `isoformat` gives; an instant in UTC has it from orjson, several times as fast."""
    return orjson.dumps(at).decode()[1:-1] if at.tzinfo is UTC else at.isoformat()


#: A value of a field of the item.
VALUE: Form = (to_json, from_json)
VALUES: Form = (
    lambda values: {name: to_json(each) for name, each in values.items()},
    lambda raw: {name: from_json(each) for name, each in raw.items()},
)
INSTANT: Form = (instant_text, datetime.fromisoformat)
INSTANTS: Form = (
    lambda times: {name: instant_text(at) for name, at in times.items()},
    lambda raw: {name: datetime.fromisoformat(at) for name, at in raw.items()},
)
TEXTS: Form = (list, tuple)
