"""Whole lists, page after page, never a short one (skeleton)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.bitrix24.call import Priority
from connector.bitrix24.client import Client
from connector.errors import RetriableError

#: `expected` of a listing that may be of any length: begins with a full batch at once.
FULL_LISTING = 2_500


@dataclass(frozen=True, slots=True)
class ListCall:
    """A list method that can be read by keyset: filter `>id`, order by id, `start=-1`."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    filter: Mapping[str, Any] = field(default_factory=dict)
    #: Where the rows are in `result`, the id's name in filter and order, and in a row.
    rows_at: str = "items"
    id_name: str = "id"
    row_id: str = "id"
    filter_name: str = "filter"
    order: Mapping[str, Any] = field(default_factory=dict)
    select: Sequence[str] = ()


class CutOffError(RetriableError):
    """A list could not be read to its end; `after_id` is where to go on."""

    after_id: int = 0


def list_all(
    client: Client,
    call: ListCall,
    *,
    after_id: int = 0,
    expected: int = 0,
    priority: Priority = Priority.SWEEP,
) -> Iterator[list[dict[str, Any]]]:
    """Pages of at most 50 rows with ids above `after_id`, ascending, to the end; `CutOffError` (resumable) if cut off."""
    raise NotImplementedError
