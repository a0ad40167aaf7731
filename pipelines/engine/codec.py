"""Frozen records to JSON and back: one table for each class, made once; defaults are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any, Generic, TypeVar

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
        self._kind = kind
        #: `MISSING` for a field that must be there.
        self._defaults = {each.name: _default(each) for each in fields(kind)}  # type: ignore[arg-type]
        self._forms = forms

    def dump(self, record: Kind) -> dict[str, Any]:
        defaults = self._defaults
        raw = {name: value for name, value in record.__dict__.items() if value != defaults[name]}
        for name, (dump, _) in self._forms.items():
            if name in raw:
                raw[name] = dump(raw[name])
        return raw

    def load(self, raw: Mapping[str, Any]) -> Kind:
        values = dict(raw)
        for name, (_, load) in self._forms.items():
            if name in values:
                values[name] = load(values[name])
        record = self._kind.of(self._defaults, values)
        if MISSING in record.__dict__.values():
            raise TypeError(f"{self._kind.__name__} without {_missing(record)}")
        return record

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


def _missing(record: Record) -> str:
    return ", ".join(name for name, value in record.__dict__.items() if value is MISSING)


def _default(spec: Any) -> Any:
    if spec.default_factory is not MISSING:
        return spec.default_factory()
    return spec.default


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
