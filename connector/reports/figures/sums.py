"""Amounts put together: never two currencies in one sum."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

#: One sum for each currency, by its code.
Sums = tuple[tuple[str, Decimal], ...]


class Worth(Protocol):
    """What has an amount."""

    @property
    def amount(self) -> Decimal | None: ...
    @property
    def currency(self) -> str | None: ...


def sums_of(worths: Iterable[Worth]) -> Sums:
    """The exact sum of the amounts in each currency; what has no amount adds nothing."""
    sums: dict[str, Decimal] = {}
    for each in worths:
        if each.amount is not None:
            currency = each.currency or ""
            sums[currency] = sums.get(currency, Decimal()) + each.amount
    return tuple(sorted(sums.items()))
