"""Windows of ids are read side by side and handed out in order, few at a time."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.bitrix24.transport import at_once
from connector.bitrix24.windows import HELD, RANGES, Pacer, Page, Part, Reader, Turn, in_windows

BATCH = 2_500


class Ids:
    """A list of ids that is read by windows, at most a batch at a time, and counts who reads."""

    def __init__(self, ids: list[int]) -> None:
        self.ids = ids
        self.windows: list[tuple[int, int]] = []
        self.lock = threading.Lock()

    def read(self, above: int, upto: int, pages: int, turn: Turn) -> Part:
        with self.lock:
            self.windows.append((above, upto))
        turn()
        start, end = bisect.bisect_right(self.ids, above), bisect.bisect_right(self.ids, upto)
        found = self.ids[start : min(end, start + 50 * pages)]
        cut: list[Page] = [[{"id": one} for one in found[k : k + 50]] for k in range(0, len(found), 50)]
        return Part(cut, upto if end - start < 50 * pages else found[-1])


class Fixed:
    """So many windows at a time, of so many pages, as the test says."""

    def __init__(self, most: int, pages: int = 50) -> None:
        self.most = most
        self.of_each = pages

    def pages(self) -> int:
        return self.of_each

    def worthwhile_pages(self) -> int:
        return min(10, self.of_each)

    def room(self, under_way: int) -> int:
        return self.most - under_way

    def went_on(self) -> None:
        pass


def windows(
    read: Reader, highest: int, ids_per_row: float = 1.0, pace: Pacer | None = None
) -> Iterator[Page]:
    return in_windows(
        read, above=0, upto=highest, ids_per_row=ids_per_row, sample=100, pace=pace or Fixed(4), most=8
    )


def read_all(ids: Ids, highest: int, ids_per_row: float = 1.0, pace: Pacer | None = None) -> list[int]:
    return [row["id"] for page in windows(ids.read, highest, ids_per_row, pace) for row in page]


def test_nothing_to_read_reads_nothing() -> None:
    ids = Ids([1])
    assert read_all(ids, 0) == []
    assert ids.windows == []


def test_even_ids_take_one_window_for_a_batch_of_them() -> None:
    ids = Ids(list(range(1, 49_001)))
    assert read_all(ids, 49_000) == ids.ids
    assert len(ids.windows) == 20


def test_a_list_that_is_short_is_cut_into_as_many_ranges_all_the_same() -> None:
    ids = Ids(list(range(1, 10_001)))
    assert read_all(ids, 10_000) == ids.ids
    assert len(ids.windows) in (RANGES, RANGES + 1)


def test_answers_are_taken_in_only_shortly_before_their_turn() -> None:
    """Whatever is under way: what nobody has asked for yet lies with the portal and not in memory."""
    ids = Ids(list(range(1, 50_001)))
    taken: list[int] = []

    def read(above: int, upto: int, pages: int, turn: Turn) -> Part:
        turn()
        with ids.lock:
            taken.append(above)
        return ids.read(above, upto, pages, at_once)

    for page in windows(read, 50_000, pace=Fixed(8)):
        with ids.lock:
            assert sum(above >= page[-1]["id"] for above in taken) <= HELD


def test_a_window_with_more_than_a_batch_is_read_on_before_the_next() -> None:
    ids = Ids(list(range(1, 10_001)))
    assert read_all(ids, 10_000, ids_per_row=1_000) == ids.ids


def test_a_wide_gap_costs_few_windows() -> None:
    ids = Ids([*range(1, 300), *range(1_000_000, 1_003_000)])
    assert read_all(ids, 1_002_999) == ids.ids
    assert len(ids.windows) < 40


def test_a_reader_who_stops_leaves_the_rest_unread() -> None:
    ids = Ids(list(range(1, 100_001)))
    pages = windows(ids.read, 100_000, pace=Fixed(3))
    next(pages)
    pages.close()
    assert len(ids.windows) <= 3


def test_no_more_windows_are_under_way_than_allowed() -> None:
    """Whoever hands out a window has begun at most `overlap` of them, that one included."""
    ids = Ids(list(range(1, 50_001)))
    handed_out = 0
    for page in windows(ids.read, 50_000, pace=Fixed(3)):
        handed_out = max(handed_out, page[-1]["id"])
        with ids.lock:
            furthest = max(above for above, _ in ids.windows)
        assert furthest <= handed_out + 4 * BATCH


def test_an_error_comes_when_its_window_is_due() -> None:
    ids = Ids(list(range(1, 10_001)))

    def read(above: int, upto: int, pages: int, turn: Turn) -> Part:
        if above >= 4_900:
            raise RuntimeError("broken")
        return ids.read(above, upto, pages, turn)

    found: list[int] = []
    with pytest.raises(RuntimeError, match="broken"):
        found.extend(row["id"] for page in windows(read, 10_000) for row in page)
    assert 4_900 <= len(found) < 4_900 + BATCH
    assert found == list(range(1, len(found) + 1))


@settings(max_examples=40, deadline=None)
@given(
    gaps=st.lists(st.sampled_from([1, 1, 1, 2, 50, 3_000]), max_size=6_000),
    ids_per_row=st.floats(0, 5_000),
    overlap=st.integers(2, 5),
    pages=st.sampled_from([1, 2, 7, 50]),
)
def test_whatever_the_ids_and_the_guess_nothing_is_lost_or_out_of_order(
    gaps: list[int], ids_per_row: float, overlap: int, pages: int
) -> None:
    found, last = [], 0
    for gap in gaps:
        last += gap
        found.append(last)
    assert read_all(Ids(found), last, ids_per_row, Fixed(overlap, pages)) == found
