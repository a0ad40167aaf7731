"""A slice of a sweep: a few seconds of listing, then whoever waits has the turn.

Where the mirror knows between which ids some thousand records lie, they are listed side by side, and no
request has to find that out. What comes after the last one that it knows is listed to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypedDict, TypeVar

from connector.bitrix24.call import Priority

T = TypeVar("T")

#: Requests of one slice, where the portal has about as many records as the mirror.
REQUESTS = 4
#: Records that it is compared with: some less than the pages hold, for those that were added since.
RECORDS = REQUESTS * 2_300
#: Records of one commit, a request's worth; and the most commits of a slice, whatever is found.
COMMIT = 2_500
MOST_COMMITS = REQUESTS + 1


class Slice(TypedDict):
    """How it is listed."""

    after_id: int
    upto: int | None
    expected: int
    overlap: int
    priority: Priority


def slice_of(known: Sequence[int], after_id: int) -> Slice:
    """The slice after that id; `known`: the mirror's next ids, up to `RECORDS` of them."""
    return {
        "after_id": after_id,
        "upto": end_of(known),
        "expected": len(known),
        "overlap": REQUESTS,
        "priority": Priority.BACKFILL,
    }


def end_of(known: Sequence[int]) -> int | None:
    """Up to which id it goes; None: to the end."""
    return known[-1] if len(known) == RECORDS else None


def bundles(
    pages: Iterable[list[T]], upto: int | None, id_of: Callable[[T], int]
) -> Iterator[tuple[list[T], int | None]]:
    """What one commit takes, and up to which id that is all that there is."""
    bundle: list[T] = []
    commits = 0
    for page in pages:
        bundle += page
        if len(bundle) >= COMMIT:
            yield bundle, id_of(bundle[-1])
            bundle = []
            commits += 1
            if commits == MOST_COMMITS:
                return
    yield bundle, upto
