"""Frozen records to JSON and back: one table for each class, made once; defaults are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

from pipelines.engine.values import from_json, to_json

Record = TypeVar("Record")
Dump = Callable[[Any], Any]
Load = Callable[[Any], Any]
#: How one field is written and read.
Form = tuple[Dump, Load]


class Codec(Generic[Record]):
    """Writes and reads records of one class; fields without a form of their own are JSON already."""

    def __init__(self, kind: type[Record], **forms: Form) -> None:
        self._kind = kind
        known = fields(kind)  # type: ignore[arg-type]
        self._rows = [(each.name, _default(each), forms.get(each.name, PLAIN)[0]) for each in known]
        self._loads = {name: load for name, (_, load) in forms.items() if load is not same}
        self._values = attrgetter(*(each.name for each in known))

    def dump(self, record: Record) -> dict[str, Any]:
        raw: dict[str, Any] = {}
        for (name, default, dump), value in zip(self._rows, self._values(record), strict=True):
            if value is not default and value != default:
                raw[name] = value if dump is same else dump(value)
        return raw

    def load(self, raw: Mapping[str, Any]) -> Record:
        values = dict(raw)
        for name, load in self._loads.items():
            if name in values:
                values[name] = load(values[name])
        return self._kind(**values)

    @property
    def form(self) -> Form:
        """A field that holds one record, or None."""
        return (
            lambda record: None if record is None else self.dump(record),
            lambda raw: None if raw is None else self.load(raw),
        )

    @property
    def list_form(self) -> Form:
        """A field that holds a tuple of records."""
        return (
            lambda records: [self.dump(each) for each in records],
            lambda raw: tuple(self.load(each) for each in raw),
        )

    @property
    def map_form(self) -> Form:
        """A field that holds records by name."""
        return (
            lambda records: {name: self.dump(each) for name, each in records.items()},
            lambda raw: {name: self.load(each) for name, each in raw.items()},
        )


def same(value: Any) -> Any:
    return value


def _default(spec: Any) -> Any:
    if spec.default_factory is not MISSING:
        return spec.default_factory()
    return spec.default


PLAIN: Form = (same, same)
#: A value of a field of the item.
VALUE: Form = (to_json, from_json)
VALUES: Form = (
    lambda values: {name: to_json(each) for name, each in values.items()},
    lambda raw: {name: from_json(each) for name, each in raw.items()},
)
INSTANT: Form = (
    lambda at: None if at is None else at.isoformat(),
    lambda raw: None if raw is None else datetime.fromisoformat(raw),
)
INSTANTS: Form = (
    lambda times: {name: at.isoformat() for name, at in times.items()},
    lambda raw: {name: datetime.fromisoformat(at) for name, at in raw.items()},
)
TEXTS: Form = (list, tuple)
COPY: Form = (dict, dict)
