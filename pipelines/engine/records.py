"""Frozen records that are cheap to make: dozens are made, changed, read and written with every signal.

They are compiled structs, which know their own JSON: what has its default is left out, and what comes back is
checked against the types that are written here. No record can come round to itself, so the collector of
garbage need not look at them (`gc=False`).
"""

from __future__ import annotations

from typing import Any, Self

from msgspec import Struct
from msgspec.structs import replace


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The base of a record. A subclass repeats `frozen` and `kw_only`; the rest it inherits."""

    def but(self, **changes: Any) -> Self:
        """The same with other values; TypeError for a name that it does not have."""
        return replace(self, **changes)
