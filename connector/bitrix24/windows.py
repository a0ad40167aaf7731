"""Several requests of one list in flight, its pages still in the order of their ids.

The commands of a batch run one after another inside the portal, so what makes a long list quick is more than
one batch at a time. The ids still to be read are cut into windows that should hold one request's worth of
rows each, judged by how many ids the last window needed for a row; windows are read side by side and handed
out in order, so a reader can stop, keep the last id, and go on there. A window that held more than a request
can bring is read on before the next is handed out; a sparse one makes the next ones wider.

How many are under way is asked anew each time one ends. At most `HELD` of them take their answers in before
their turn comes; the answers of the others wait with the portal. So what is in memory does not depend on how
long the list is, nor on how many requests are under way.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from connector.bitrix24.call import BATCH_SIZE, PAGE_SIZE
from connector.bitrix24.memory import expect_long_lists

#: Windows whose answers are in memory at a time: the one that is handed out, and what comes after it.
HELD = 2
#: Windows that a list is cut into at least, unless they would be too short to be worth a request.
RANGES = 12
_GROWTH = 4.0

Page = list[dict[str, Any]]
#: Called before an answer is taken in; may wait.
Turn = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Part:
    """The pages of one window, and the id up to which they are complete."""

    pages: Sequence[Page]
    upto: int


class Reader(Protocol):
    """Reads the ids in (above, upto], at most so many pages of them; called by several threads."""

    def __call__(self, above: int, upto: int, pages: int, turn: Turn) -> Part: ...


class Pacer(Protocol):
    """Says how many windows may be under way."""

    def pages(self) -> int:
        """Pages of the next one, at most."""

    def worthwhile_pages(self) -> int:
        """Pages that make a request worth its place in the bucket."""

    def room(self, under_way: int) -> int:
        """How many more may begin beside those."""

    def went_on(self) -> None:
        """One of them has been read."""


@dataclass(frozen=True, slots=True)
class _Window:
    """The ids in (above, upto]; being read, or not begun."""

    above: int
    upto: int
    part: Future[Part] | None = None


class _Turns:
    """Lets windows take their answers in, a few at a time, in the order in which they are handed out."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: list[int] = []
        self._is_over = False

    def of(self, above: int) -> Turn:
        """The turn of the window that begins there."""

        def wait() -> None:
            with self._changed:
                self._changed.wait_for(lambda: above in self._line or self._is_over)

        return wait

    def line_up(self, windows: Sequence[_Window], first: int) -> None:
        """So many of those under way may, first things first."""
        with self._changed:
            self._line = [window.above for window in windows if window.part is not None][:first]
            self._changed.notify_all()

    def end(self) -> None:
        """Nobody waits any longer."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


def in_windows(
    read: Reader,
    *,
    above: int,
    upto: int,
    ids_per_row: float,
    sample: int,
    pace: Pacer,
    most: int,
    ranges: int = RANGES,
) -> Iterator[Page]:
    """The pages of the ids in (`above`, `upto`], in order, with at most `most` windows under way.

    `ids_per_row` is what a `sample` of so many rows needed.
    What `read` raises is raised when its window's turn comes; windows not begun by then are not read.
    """
    ids_per_row = max(ids_per_row, 1.0)
    share = (upto - above) / ids_per_row / ranges
    pages_of_each = max(_Cutter(ids_per_row, sample, BATCH_SIZE).pages_for(share), pace.worthwhile_pages())
    turns = _Turns()
    expect_long_lists()
    pool = ThreadPoolExecutor(most, thread_name_prefix="listing")

    def begin(low: int, high: int, pages: int) -> Future[Part]:
        return pool.submit(read, low, high, pages, turns.of(low))

    def begin_some(line: deque[_Window]) -> deque[_Window]:
        return _begin(line, _Cutter(ids_per_row, sample, min(pages_of_each, pace.pages())), pace, begin)

    try:
        line = begin_some(deque([_Window(above, upto)] if above < upto else []))
        while line:
            turns.line_up(line, HELD)
            window = line.popleft()
            assert window.part is not None  # the first in line has always begun
            part = window.part.result()
            pace.went_on()
            if part.upto < window.upto:
                line.appendleft(_Window(part.upto, window.upto))
            found = sum(map(len, part.pages))
            sample = max(found, PAGE_SIZE)
            seen = (part.upto - window.above) / max(found, 1)
            ids_per_row = max(min(seen, ids_per_row * _GROWTH), ids_per_row / _GROWTH, 1.0)
            line = begin_some(line)  # to be under way while these pages are taken
            turns.line_up(line, HELD - 1)
            yield from part.pages
            del window, part  # not to be kept until the next has come
    finally:
        turns.end()
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Cuts windows that should fill so many pages, if the ids go on as they were."""

    ids_per_row: float
    #: Rows that this is known from.
    sample: int
    pages: int

    def cut(self, window: _Window) -> tuple[int, int]:
        """Where the first window of those ids should end, and for how many pages to ask.

        A page too many would be run for nothing, one too few costs another request: the last page is to be
        half full, less what ids that are scattered at random may come to: twice the spread of the rows, and
        of what is known of their density.
        """
        full = self.pages * PAGE_SIZE
        rows = max(full - PAGE_SIZE // 2 - self._spread(full), 1.0)
        end = min(window.above + max(int(rows * self.ids_per_row), 1), window.upto)
        if end < window.upto:
            return end, self.pages
        return end, self.pages_for((end - window.above) / self.ids_per_row)

    def pages_for(self, rows: float) -> int:
        """How many pages a window of about so many rows may take; not more than there are."""
        return min(math.ceil((rows + PAGE_SIZE // 2 + self._spread(rows)) / PAGE_SIZE), self.pages)

    def _spread(self, rows: float) -> float:
        missing = 1 - 1 / self.ids_per_row
        return 2 * (math.sqrt(rows * missing) + rows * math.sqrt(missing / self.sample))


def _begin(
    line: deque[_Window], cutter: _Cutter, pace: Pacer, begin: Callable[[int, int, int], Future[Part]]
) -> deque[_Window]:
    """The line with windows cut off and begun as far as there is room, and in any case its first."""
    room = pace.room(sum(window.part is not None for window in line))
    begun: deque[_Window] = deque()
    for window in line:
        left = window
        while left.part is None and left.above < left.upto:
            if begun and room <= 0:
                break
            end, pages = cutter.cut(left)
            begun.append(_Window(left.above, end, begin(left.above, end, pages)))
            left = _Window(end, left.upto)
            room -= 1
        if left.above < left.upto:
            begun.append(left)
    return begun
