"""Frozen records that are cheap to make: dozens are made, changed and kept with every signal.

A frozen dataclass sets its fields one by one and checks each; these are filled at once. They have no slots,
because it is their `__dict__` that is filled, and they are made by keywords only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, dataclass_transform

#: Of a frozen object nothing else can be set.
_set = object.__setattr__


class Record:
    """The base of a record; see `record`."""

    #: The fields that need not be named, and what they are then.
    blank: ClassVar[Mapping[str, Any]]
    _size: ClassVar[int]

    if not TYPE_CHECKING:  # `record` says which keywords there are

        def __init__(self, **values: Any) -> None:
            state = {**self.blank, **values}
            if len(state) != self._size:
                raise TypeError(f"{type(self).__name__} is not made of {', '.join(values)}")
            _set(self, "__dict__", state)

    @classmethod
    def of(cls, values: Mapping[str, Any], changes: Mapping[str, Any]) -> Self:
        """One with all of `values`, and some of them changed; TypeError unless these are all it has."""
        state = {**values, **changes}
        if len(state) != cls._size:
            raise TypeError(f"{cls.__name__} is not made of {', '.join(state)}")
        record = cls.__new__(cls)
        _set(record, "__dict__", state)
        return record

    def but(self, **changes: Any) -> Self:
        """The same with other values; TypeError for a name that it does not have."""
        return self.of(self.__dict__, changes)


Made = TypeVar("Made", bound=Record)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(kind: type[Made]) -> type[Made]:
    """A frozen dataclass made by keywords, filled at once. What is the default of several is not changed."""
    made = dataclass(frozen=True, kw_only=True, init=False)(kind)
    specs = fields(made)  # type: ignore[arg-type]
    blank = {
        each.name: each.default if each.default_factory is MISSING else each.default_factory()
        for each in specs
    }
    made.blank = {name: value for name, value in blank.items() if value is not MISSING}
    made._size = len(specs)
    return made
