"""Frozen records that are cheap to make: the state of a process is read, copied and kept with every signal.

A frozen dataclass sets its fields one by one and checks each; these are filled at once. They have no slots,
because it is their `__dict__` that is filled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self


class Record:
    """The base of a frozen dataclass (without slots)."""

    def but(self, **changes: Any) -> Self:
        """The same with other values; TypeError for a name that it does not have."""
        return type(self).of(self.__dict__, changes)

    @classmethod
    def of(cls, values: Mapping[str, Any], changes: Mapping[str, Any]) -> Self:
        """One with all of `values`, and some of them changed; TypeError for a name that is not among them."""
        record = cls.__new__(cls)
        state = record.__dict__
        state.update(values)
        state.update(changes)
        if len(state) != len(values):
            raise TypeError(f"{cls.__name__} has no {', '.join(changes.keys() - values.keys())}")
        return record
